"""The sentences around a formula fall away, and what they cut apart is cut.

"By the chain rule, dL/dw7 = dL/do2 do2/dw7, hence ..." is two statements. Words that say nothing in mathematics become
blanks, words that begin a new statement become a semicolon, and every other character stays where it was. So do the
marks of a list, and whole runs of words that are no names.
"""

import re

from gradcheck.formula.text.names import Names
from gradcheck.formula.text.tokens import LONGEST

EMPTY = (
    "the an is are was be by of to for in on at as it its we my our this that these which gradient gradients "
    "derivative derivatives chain rule backprop backpropagation get gets obtain obtains compute computed "
    "computing find found given gives give use using apply applying have has first second third next finally last "
    "step case answer solution result results final formula equation each every all holds follows from into here "
    "respect wrt summing over both paths path routes route up out one expression just simply equals equal "
    "multivariable multivariate total backward pass forward layer layers start starting begin beginning look"
)
"""Words that say nothing in mathematics."""
BREAKS = (
    "so then hence thus therefore where with and because since let now also whence consequently when if or note recall "
    "define denote similarly likewise"
)
"""Words at which a new statement begins."""
_EMPTY, _BREAKS = frozenset(EMPTY.split()), frozenset(BREAKS.split())

_WORD = re.compile(
    r"(?!for \w+ in range|in range|if[^\n;,]*\belse\b)(?<![\w\\^'.{_])[A-Za-z]{2,}(?![\w^'(]|_|\.\w|\s*[=/\[])\s*:?"
)
_RUN = re.compile(
    r"(?<![\w\\^'.{_])(?:[A-Za-z]{2,}|a|I)"
    r"(?:[ \n]+(?:[A-Za-z]{2,}|a)(?![\w^'(]|_|\.\w|\s*[=/\[*+])){2,}:?"
)
"""Three words or more in a row."""
_UPRIGHT = re.compile(r"(?<![_^])(?<![_^]\{)\\(?:text|textrm|mbox|mathrm|textit)\s*\{([^{}\\$]*)\}")
_EMPTY_BRACKETS = re.compile(r"\([\s;]{3,}\)|\[[\s;]{3,}\]")
_MARKDOWN = re.compile(
    r"^[ \t]*>(?=[ \t])|^[ \t]*\*\*(?=[^\n]*=[^\n]*\*\*[ \t]*$)|(?<=[^ \t\n*])\*\*(?=[ \t]*$)", re.MULTILINE
)
"""A quotation, and a line in bold face."""
_BOLD = re.compile(r"(?<![\w)\]}*])\*\*(?=[A-Z])([^*=\n]{1,80})\*\*")
"""Words in bold face."""
_RESPECT = "with respect to"
_SAID = re.compile(
    r"\b(?:gradient|derivative) (?:of (?:the )?\$?(\w+)\$?(?: function)? )?"
    r"(?:with respect to|w\.r\.t\.|wrt) \$?\\?([A-Za-z]\w*|\w+_\{\w+\})\$?(?: (?:is|equals)\b| ?[:=])"
)
"""A left side in words."""
_SUM = re.compile(r"\b(sum|mean|average) over (?:all )?\$?([a-z])\$? of\b")
_CONTRACTED = re.compile(
    r"\b(?:(?:let|that|it|here|there|what)['’]s|(?:we|you|they|i)['’](?:ll|ve|re|d|m)|\w+n['’]t)\b", re.IGNORECASE
)
"""Words with an apostrophe, which is no prime."""
_LABEL = re.compile(r"(?:^|(?<=[.;] ))[ \t]*[A-Za-z][A-Za-z ]{2,40}:(?!=)(?=[^:;\n]*=)", re.MULTILINE)
"""What an equation is introduced by: "Loss: L = ..."."""
_SIGNS = {"times": "*", "plus": "+", "minus": "-"}
"""Signs in words."""
_SIGN = re.compile(rf"(?<=\s)({'|'.join(_SIGNS)})(?=\s)")
_EQUALS = re.compile(r"(?<=[\w}$)])\s*(?:\b(?:is|equals)\b|:)(?=[\s$])")
"""What stands between a derivative and its value, where no line has a sign of equality."""
_DERIVATIVE = r"(?=\$?(?:d\w+'?/d|∂|∇|\\(?:d?frac\s*\{\s*(?:\\partial|d|\\mathrm\{d\})|partial|nabla)))"
_LEADING = re.compile(rf"(?:^|(?<=[,;:.\n]))[ \t]*(?:[^\W\d_]{{2,}}[ \t]+)+{_DERIVATIVE}", re.MULTILINE)
"""Words of whatever language before a derivative."""
_SAYING = r"[^=≠+*/^∂∇\\\n:;]*"
_INTRODUCING = re.compile(rf"^(?={_SAYING}?[^\W\d_]{{3}}){_SAYING}:[ \t]*{_DERIVATIVE}", re.MULTILINE)
"""What introduces a derivative, up to a colon."""
_HEADING = re.compile(r"^[^=∂∇\n]*:[ \t]*$", re.MULTILINE)
"""A line that ends in a colon and says what follows."""
_CLAUSE = re.compile(r"[^,;:\n]+(?::(?!=))?")
_SET = r"\\(?:text|textrm|mbox|mathrm)\s*\{\s*"
_CHOICE = re.compile(rf"({_SET}if\s*\}})([^\n;,&]*?)({_SET}else\s*\}})")
"""The words of a choice that is written in one line."""
_CASES = re.compile(r"\\begin\s*\{[dr]?cases.*?\\end", re.DOTALL)
_CONDITION = re.compile(r"\\(?:text|textrm|mbox|mathrm)\s*\{([^{}\\$]*)\}|\b(?:if|when|for|otherwise|else)\b")
_MARK = re.compile(
    r"^[ \t>]*(?:(?:step|part|case)[ \t]*\d+[ \t]*[.:)]|\(?(?:\d{1,2}|[a-h])[.)](?=[ \t])|(?P<sign>[-*•+])(?=[ \t]))"
    r"(?=[^\n]*=)",
    re.IGNORECASE | re.MULTILINE,
)
"""What the lines of a list begin with."""


def without_prose(text: str, names: Names) -> str:
    """Return a text of the same length in which the words around the formulas are blanks and semicolons."""
    if len(text) > LONGEST:
        return text
    text = _CHOICE.sub(lambda own: f"{'if':^{len(own[1])}}{own[2]}{'else':^{len(own[3])}}", text)

    def bare(match: re.Match[str]) -> str:
        return match[0] if _multiplied(match, names) else _without(match[0], names)

    def left_side(match: re.Match[str]) -> str:
        return _left_side(match, names.loss)

    def condition(match: re.Match[str]) -> str:
        word = (match[1] or "").strip()
        return match[0] if word and (names.function(word) or names.find_quietly(word)) else _blank(match)

    def upright(match: re.Match[str]) -> str:
        applied = re.match(r"\s*(?:\\left|\\[bB]igg?l?)?\s*[(\[{]", match.string[match.end() :])
        if applied and names.function(match[1].strip()):
            return match[0]
        inside = _WORD.sub(bare, match[1])
        if inside.strip(" ,.:;") or not match[1].strip():
            return match[0]
        return (";" if ";" in inside else " ").ljust(len(match[0]))

    plain = _BOLD.sub(lambda bold: f"  {bold[1]}  ", _CONTRACTED.sub(_blank, text))
    plain = _without_marks(_MARKDOWN.sub(_blank, plain))
    plain = _CASES.sub(lambda cases: _CONDITION.sub(condition, cases[0]), plain)
    for introduced in (_INTRODUCING, _LEADING):
        plain = introduced.sub(lambda said: _blank(said) if _unknown(said[0], names) else said[0], plain)
    plain = _LABEL.sub(lambda label: f";{_blank(label)[1:]}", plain)
    plain = _HEADING.sub(lambda line: _without_heading(line[0], names), _SAID.sub(left_side, plain))
    plain = plain.replace(_RESPECT, " " * len(_RESPECT))
    plain = _SIGN.sub(lambda sign: _SIGNS[sign[1]].ljust(len(sign[0])), _SUM.sub(_running_sum, plain))
    if "=" not in plain:
        plain = _EQUALS.sub(lambda match: "=".rjust(len(match[0])), plain, count=1)
    plain = _CLAUSE.sub(lambda clause: _without_clause(clause[0], names), plain)
    plain = _RUN.sub(lambda run: _without_run(run[0], names), plain)
    plain = _WORD.sub(bare, _UPRIGHT.sub(upright, plain))
    return text if plain == text else _EMPTY_BRACKETS.sub(lambda match: " " * len(match[0]), plain)


def _multiplied(match: re.Match[str], names: Names) -> bool:
    """Say whether a word is a product of names, the by of ``-by(1 - y/a)``: behind a sign, and before a bracket."""
    before, after = match.string[: match.start()].rstrip(), match.string[match.end() :].lstrip()
    signs = before[-1:] in tuple("-+*/=") and before[-1:] != "" and re.match(r"\\left|\\[bB]igg?l?|[({\[]", after)
    return bool(signs) and all(names.find_quietly(letter) for letter in match[0].strip())


def _unknown(said: str, names: Names) -> bool:
    """Say whether words mean nothing here, but for variables that a sentence mentions."""
    words = re.findall(r"[^\W\d_]{2,}", said)
    strange = [word for word in words if not (names.find_quietly(word) or names.function(word))]
    return len(strange) == len(words) or (":" in said and len(strange) > 1)


def _without_heading(line: str, names: Names) -> str:
    """Return blanks for a line that is a heading, the line itself for one that may be a left side."""
    words = [word for word in re.findall(r"(?<!\\)\b[^\W\d_]{2,}", line) if not names.find_quietly(word)]
    said = len(words) > 1 and set(map(str.lower, words)) & (_EMPTY | _BREAKS)
    return ";" + re.sub(r"[^\n]", " ", line[1:]) if said else line


def _blank(match: re.Match[str]) -> str:
    """Return blanks, and the ends of lines where they were."""
    return re.sub(r"[^\n]", " ", match[0])


def _without_marks(text: str) -> str:
    """Take the marks of a list away; a sign at the beginning of one line alone may be a part of a formula."""
    marks = [match["sign"] for match in _MARK.finditer(text)]
    first = text[: len(text) - len(text.lstrip())]

    def bare(match: re.Match[str]) -> str:
        sign = match["sign"]
        begins = sign in ("*", "•") and first == text[: match.start()]
        return match[0] if sign and marks.count(sign) < 2 and not begins else _blank(match)

    return _MARK.sub(bare, text)


def _left_side(match: re.Match[str], loss: str) -> str:
    """Return the left side that was told in words."""
    return f"d{match[1] or loss}/d{match[2]} = ".ljust(len(match[0]))


def _running_sum(match: re.Match[str]) -> str:
    """Return a sum or mean that was told in words."""
    sign = "sum" if match[1] == "sum" else "mean"
    return f"{sign}_{match[2]} ".ljust(len(match[0]))


def _without_clause(clause: str, names: Names) -> str:
    """Return blanks for a part of a sentence that mentions variables and says nothing about their values."""
    words = [word.lower() for word in re.findall(r"(?<![\w\\])[A-Za-z]{2,}(?![\w_])", clause)]
    said = [word for word in words if word in _EMPTY | _BREAKS or not names.find_quietly(word)]
    if len(said) < 3 or not set(words) & (_EMPTY | _BREAKS) or re.search(r"[-+*/^=()∂∇·⊙]|\\(?!\(|\[)", clause):
        return clause
    return ";" + re.sub(r"[^\n]", " ", clause[1:])


def _without_run(words: str, names: Names) -> str:
    """Return blanks for a run of words that is a part of a sentence, the run itself for one that may be a product."""
    run = [word.lower() for word in words.rstrip(":").split()]
    said = [word in _EMPTY | _BREAKS or not names.find_quietly(word) for word in run]
    if sum(said) * 3 < 2 * len(run) or not set(run) & (_EMPTY | _BREAKS):
        return words
    blank = re.sub(r"[^\n]", " ", words)
    return ";" + blank[1:] if set(run) & _BREAKS else blank


def _without(words: str, names: Names) -> str:
    """Return blanks for a word that says nothing, and the word itself for one that may be mathematics."""
    word = words.rstrip(": \t\n")
    if word.lower() not in _EMPTY | _BREAKS or names.find_quietly(word):
        return words
    blank = "".join(letter if letter == "\n" else " " for letter in words)
    return ";" + blank[1:] if word.lower() in _BREAKS else blank
