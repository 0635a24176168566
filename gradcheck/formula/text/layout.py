r"""Commands of LaTeX that set a page and say nothing: ``\tag{3}``, ``\underbrace{...}_{...}``, ``\boxed{...}``.

Each falls away and leaves blanks, so that every other character stays where it was. Some take an argument with them: a
number of an equation, a colour, the words over a sign of equality or under a brace.
"""

import re

ALONE = (
    "underbrace overbrace boxed fbox cancel bcancel xcancel ensuremath mathstrut strut square blacksquare Box qed "
    "hfill noindent biggl biggr Biggl Biggr bigm Bigm hline phantom allowbreak nobreak "
    "smallskip medskip bigskip checkmark scriptstyle underline mathord enspace enskip"
)
"""Commands that fall away and leave what they are about."""
WITH_ARGUMENT = "tag label hspace vspace color textcolor overset underset stackrel ref eqref footnote"
"""Commands that fall away together with the group behind them."""
_ALONE = re.compile(rf"\\(?:{'|'.join(ALONE.split())})(?![A-Za-z])")
_WITH_ARGUMENT = re.compile(rf"\\(?:{'|'.join(WITH_ARGUMENT.split())})(?![A-Za-z])\*?[ ]*(?=\{{)")
_BRACE = re.compile(r"\\(?:under|over)brace(?![A-Za-z])[ ]*(?=\{)")
_GROUP = re.compile(r"(?<![_^}\w\\ ])[ ]*\{|\{(?=\s*:?=\s*\})")
"""Braces around a whole equation, or around its sign of equality, which fall away."""
_EMPTY = re.compile(r"\\math(?:op|bin|rel|ord)[ ]*\{[ ]*\}")
"""What only makes room."""
_STEP = re.compile(r"(?<=\\\\)[ ]*\[-?[\d.]+[ ]*(?:pt|em|ex|cm|mm|in|baselineskip)\]")
"""The space between two lines."""


def without_layout(text: str) -> str:
    """Return a text of the same length without the commands that only set it."""
    if "\\" not in text:
        return text
    for match in _BRACE.finditer(text):
        mark = _after_group(text, match.end())
        if text[mark : mark + 2] in ("_{", "^{"):
            text = _blanked(text, mark, _after_group(text, mark + 1))
    for match in _WITH_ARGUMENT.finditer(text):
        text = _blanked(text, match.start(), _after_group(text, match.end()))
    text = _STEP.sub(_blanks, _EMPTY.sub(_blanks, text))
    text = _ALONE.sub(_blanks, text)
    for match in _GROUP.finditer(text):
        opening = match.end() - 1
        end = _after_group(text, opening)
        if "=" in text[opening:end]:
            text = f"{text[:opening]} {text[opening + 1 : end - 1]} {text[end:]}"
    return text


def _after_group(text: str, opening: int) -> int:
    """Return the place after the group that is opened at a place; the end of the text if it is not closed."""
    depth = 0
    for place in range(opening, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if not depth:
            return place + 1
    return len(text)


def _blanked(text: str, begin: int, end: int) -> str:
    return text[:begin] + re.sub(r"[^\n]", " ", text[begin:end]) + text[end:]


def _blanks(match: re.Match[str]) -> str:
    return " " * len(match[0])
