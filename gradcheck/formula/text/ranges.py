r"""Ranges of letters that only say what runs: ``\forall i``, ``for i = 1, \dots, n``, ``(k \in \{1, ..., K\})``.

They fall away where they stand behind an equation; every other character stays where it was.
"""

import re

_LETTERS = r"\$?[a-z](?:\s*,\s*[a-z])*\$?"
_DOTS = r"(?:\\[lcd]?dots[cb]?|\.\.\.|…)"
_UPRIGHT = r"\\(?:text|textrm|mathrm|mbox)\s*\{\s*"
_WORDS = r"(?:for(?:\s+(?:all|each|every|any))?|all|where|with)"
_APART = r"[,;(]?(?:\\q?quad|\\[,;: ]|\s)*\(?"
_BETWEEN = rf"{_APART}(?:{_UPRIGHT}{_WORDS}\s*\}}|{_WORDS}\b|\\forall\b|∀)?\s*"
_FROM_TO = rf"\\?\{{?\s*[01]\s*,\s*(?:[12]\s*,\s*)?{_DOTS}\s*,\s*\$?[A-Za-z]\w*(?:\s*-\s*1)?\$?\s*\\?\}}?"
_RANGE = re.compile(rf"(?<=[^\s=])(?=[,;(\s\\∀]){_BETWEEN}{_LETTERS}\s*(?:=|\\in\b|∈)\s*{_FROM_TO}\)?")
"""A letter, or several, with where it runs from and to."""
_ALL = re.compile(
    rf"{_APART}(?:\\forall\b|∀|{_UPRIGHT}for all\s*\}}|\bfor all\b)\s*{_LETTERS}(?![\w^(=])(?:\)|\s*:(?!=))?"
)
"""A letter, or several, for all of which something holds."""


def without_ranges(text: str) -> str:
    """Return a text of the same length in which ranges of letters are blanks."""
    return _ALL.sub(_blank, _RANGE.sub(_blank, text))


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])
