"""The sentences around a formula fall away, and what they cut apart is cut.

"By the chain rule, dL/dw7 = dL/do2 do2/dw7, hence ..." is two statements. Words that say nothing in mathematics become
blanks, words that begin a new statement become a semicolon, and every other character stays where it was.
"""

import re

from gradcheck.formula.text.names import Names
from gradcheck.formula.text.tokens import LONGEST

EMPTY = (
    "the an is are was be by of to for in on at as it its we my our this that these which gradient gradients "
    "derivative derivatives chain rule backprop backpropagation get gets obtain obtains compute computed "
    "computing find found given gives give use using apply applying have has first second third next finally last "
    "step answer solution result results final formula equation each every all holds follows from into here "
    "respect wrt summing over both paths path routes route up out one expression just simply equals equal"
)
"""Words that say nothing in mathematics."""
BREAKS = (
    "so then hence thus therefore where with and because since let now also whence consequently when if or note recall "
    "define denote similarly likewise"
)
"""Words at which a new statement begins."""
_EMPTY, _BREAKS = frozenset(EMPTY.split()), frozenset(BREAKS.split())

_WORD = re.compile(r"(?<![\w\\^'.{_])[A-Za-z]{2,}(?![\w^'(]|_|\.\w|\s*[=/\[])\s*:?")
_UPRIGHT = re.compile(r"(?<![_^])(?<![_^]\{)\\(?:text|textrm|mbox|mathrm|textit)\s*\{([^{}\\$]*)\}")
_EMPTY_BRACKETS = re.compile(r"\(\s{3,}\)|\[\s{3,}\]")
_RESPECT = "with respect to"


def without_prose(text: str, names: Names) -> str:
    """Return a text of the same length in which the words around the formulas are blanks and semicolons."""
    if len(text) > LONGEST:
        return text

    def bare(match: re.Match[str]) -> str:
        return _without(match[0], names)

    def upright(match: re.Match[str]) -> str:
        inside = _WORD.sub(bare, match[1])
        if inside.strip(" ,.:;") or not match[1].strip():
            return match[0]
        return (";" if ";" in inside else " ").ljust(len(match[0]))

    plain = _WORD.sub(bare, _UPRIGHT.sub(upright, text.replace(_RESPECT, " " * len(_RESPECT))))
    return text if plain == text else _EMPTY_BRACKETS.sub(lambda match: " " * len(match[0]), plain)


def _without(words: str, names: Names) -> str:
    """Return blanks for a word that says nothing, and the word itself for one that may be mathematics."""
    word = words.rstrip(": \t\n")
    if word.lower() not in _EMPTY | _BREAKS or names.find_quietly(word):
        return words
    blank = "".join(letter if letter == "\n" else " " for letter in words)
    return ";" + blank[1:] if word.lower() in _BREAKS else blank
