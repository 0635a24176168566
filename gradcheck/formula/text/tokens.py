"""Text cut into tokens: LaTeX, Unicode, plain text and NumPy lose here what sets them apart.

Spacing, fonts and delimiters of LaTeX fall away, every sign of multiplication becomes one of four, and a Greek letter
is its name. Each token remembers where it stood. What a word *means* is not decided here: that takes the problem's
names.
"""

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction

from gradcheck.formula.language.tree import Span
from gradcheck.formula.language.writing import GREEK
from gradcheck.formula.text.unreadable import Unreadable


@dataclass(frozen=True)
class Token:
    """One word or sign."""

    kind: str
    """number, word, frac, sum, d, nabla, transpose, line, end, or the sign itself."""
    text: str
    span: Span


LONGEST = 4096
"""How many characters a formula may have."""

_SAME = str.maketrans('−–·⋅×∗∙′’‘"⊤⊺∘≈≔≜←⁄∕⇒⟹⇔∴→▒〖〗', "--*****''''ᵀᵀ⊙====//;;;;; {}")
"""Characters that mean the same, one for one, so that places in the text stay what they are."""

_RAISED, _RAISED_MEAN = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴰᴷᴸᴹᴺ", "0123456789-+=()abcdefghijklmnoprstuvwxyzDKLMN"
_LOWERED, _LOWERED_MEAN = "₀₁₂₃₄₅₆₇₈₉₋₊₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚₛₜₓᵣᵤᵥ", "0123456789-+=()aehijklmnopstxruv"
_SMALL = str.maketrans(_RAISED + _LOWERED, _RAISED_MEAN + _LOWERED_MEAN)
"""Superscripts and subscripts of Unicode."""

_HALVES = "¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
"""Fractions that are one letter."""

_LETTERS = {letter: name for name, letter in GREEK.items()} | {"ϕ": "phi", "ϵ": "epsilon", "ℒ": "L", "ℓ": "l"}

_SPACING = {
    "left", "right", "big", "Big", "bigl", "bigr", "Bigl", "Bigr", "bigg", "Bigg", "quad", "qquad", "displaystyle",
    "textstyle", "limits", "nolimits", "nonumber", "notag", "thinspace", ",", ";", ":", "!", " ", "(", ")", "[", "]",
}  # fmt: skip
_FONTS = {
    "mathrm", "text", "operatorname", "mathbf", "boldsymbol", "bm", "vec", "mathit", "mathsf", "mathcal", "mathbb",
    "textbf", "textit", "mathbbm", "mathds", "rm", "bf", "mathscr", "boldmath", "pmb",
}  # fmt: skip
_ACCENTS = {
    "hat": "hat",
    "widehat": "hat",
    "bar": "bar",
    "overline": "bar",
    "tilde": "tilde",
    "widetilde": "tilde",
    "dot": "dot",
    "ddot": "ddot",
}
_SIGNS = {
    "cdot": "*", "times": "*", "ast": "*", "odot": "⊙", "circ": "⊙", "prime": "'", "top": "transpose", "div": "/",
    "intercal": "transpose", "partial": "d", "nabla": "nabla", "frac": "frac", "dfrac": "frac", "tfrac": "frac",
    "cfrac": "frac", "sum": "sum", "\\": "line", "newline": "line", "{": "(", "}": ")", "lbrace": "(", "rbrace": ")",
    "lvert": "|", "rvert": "|", "vert": "|", "mid": "|", "equiv": "=", "gt": ">", "lt": "<", "geq": ">=", "ge": ">=",
    "leq": "<=", "le": "<=", "lbrack": "[", "rbrack": "]", "lparen": "(", "rparen": ")", "_": "_", "oslash": "/",
    "neq": "≠", "ne": "≠", "|": "‖", "lVert": "‖", "rVert": "‖", "Vert": "‖", "over": "over", "prod": "prod",
    "implies": "line", "Rightarrow": "line", "Longrightarrow": "line", "therefore": "line", "iff": "line",
    "Leftrightarrow": "line", "Longleftrightarrow": "line", "langle": "⟨", "rangle": "⟩", "lang": "⟨", "rang": "⟩",
    "approx": "=", "simeq": "=", "triangleq": "=", "coloneqq": "=", "propto": "∝", "otimes": "⊗",
    "leftarrow": "=", "gets": "=",
    "pdv": "frac of d", "dv": "frac of d", "odv": "frac of d",
}  # fmt: skip

_PATTERN = re.compile(
    r"""
    (?P<cases>\\begin\s*\{(?:[dr]?cases\*?|[pb]matrix)\}|[.,;]?\s*\\end\s*\{(?:[dr]?cases\*?|[pb]matrix)\})
  | (?P<space>[ \t\r\f\v\u00a0\u2009$]+|\\(?:begin|end)\s*\{[^{}]{0,20}\}|%(?!\*%|o%)[^\n]*|\#[^\n]*
        |[✓✔■□∎]|```(?:python|py|numpy|latex|tex|math|matlab|julia)?\b|`+)
  | (?P<line>\n|;)
  | (?P<command>\\(?:[A-Za-z]+|.))
  | (?P<halves>\d*[HALVES])
  | (?P<number>(?!𝟙)\d+(?:\.\d+|\.(?!\w|\s\s|\s+[A-Z∂∇]|\s*\\[ ,;qfp]))?(?:[eE][+-]?\d+)?|\.\d+)
  | (?P<raised>[RAISED]+)
  | (?P<lowered>[LOWERED]+)
  | (?P<word>(?:(?![RAISEDLOWEREDᵀHALVES])[^\W\d_][\u0302\u0304\u0307]?)
        (?:(?![RAISEDLOWEREDᵀHALVES])[^\W_][\u0302\u0307]?)*)
  | (?P<sign>%\*%|%o%|\*\*|:=|==|>=|<=|!=|<-(?=\s)|\|\||[-+*/]=(?!=)|\.(?:[*/^']|[-+](?=\s)|[<>]=?)|[∝⊗…⋯∫]|\.{3}|𝟙
        |[-+*/^@=()\[\]{}_',.|<>⊙ᵀ∂∇∑∏√:&≠≥≤‖⟨⟩])
    """.replace("RAISED", _RAISED)
    .replace("LOWERED", _LOWERED)
    .replace("HALVES", _HALVES),
    re.VERBOSE,
)


def tokens(text: str) -> list[Token]:
    """Cut a text into tokens, the last of kind ``end``. Raises Unreadable at a character that nothing begins with."""
    if len(text) > LONGEST:
        says = f"this text has {len(text):,} characters; a formula may have {LONGEST:,}"
        raise Unreadable(says, (LONGEST, LONGEST + 1), "one formula at a time")
    found: list[Token] = []
    plain = text.translate(_SAME)
    place = 0
    while place < len(text):
        match = _PATTERN.match(plain, place)
        if not match:
            raise Unreadable(f"the character {text[place]!r} has no meaning here", (place, place + 1))
        place = _take(found, plain, match)
    return [*layered(found), Token("end", "", (len(text), len(text)))]


def layered(found: list[Token]) -> list[Token]:
    """Cut a superscript that is a layer and something more, the ``[1]T`` of ``A^{[1]T}``, into two.

    A subscript behind both, as in ``A^{[1]T}_n``, belongs to the name.
    """
    kinds = [token.kind for token in found]
    for place in range(len(found) - 6, -1, -1):
        opening, closing = kinds[place + 2], kinds[place + 4]
        if kinds[place : place + 2] == ["^", "{"] and (opening, closing) in (("(", ")"), ("[", "]")):
            if found[place + 5].kind == "}":
                continue
            here = found[place + 5].span
            end = kinds.index("}", place + 5) + 1 if "}" in kinds[place + 5 :] else len(kinds)
            mark = _subscript(found, end)
            del found[end : end + len(mark)]
            found[place + 5 : place + 5] = [Token("}", "}", here), *mark, Token("^", "^", here), Token("{", "{", here)]
    return found


def _subscript(found: list[Token], place: int) -> list[Token]:
    """Return the tokens of the subscript at a place; none if there is none."""
    kinds = [token.kind for token in found[place:]]
    if kinds[:2] == ["_", "{"] and "}" in kinds:
        return found[place : place + kinds.index("}") + 1]
    return found[place : place + 2] if kinds[:1] == ["_"] else []


def _take(found: list[Token], plain: str, match: re.Match[str]) -> int:
    """Append what was matched, if it says anything; return where to go on."""
    kind, text, span = match.lastgroup, match[0], match.span()
    if kind == "command":
        return _command(found, plain, match)
    if kind == "word":
        found.append(_word(text, span))
    elif kind in ("raised", "lowered"):
        mark = "^" if kind == "raised" else "_"
        found += [Token(mark, mark, span), *_inside(text.translate(_SMALL), span)]
    elif text == "." and _ENDED.match(plain, match.end()):
        found.append(Token("line", text, span))
    elif kind == "sign":
        found.append(Token(*_sign(text), span))
    elif kind == "cases":
        found += _cases(text, span)
    elif kind in ("number", "line"):
        found.append(Token(kind, text, span))
    elif kind == "halves":
        part = unicodedata.normalize("NFKC", text[-1]).translate(_SAME)
        found.append(Token("number", str(int(text[:-1] or 0) + Fraction(part)), span))
    return match.end()


_ENDED = re.compile(r"\s|$|\$|\\(?:[\])\\ ,;]|end\b|q?quad\b)")
"""What follows the full stop of a sentence."""


def _cases(text: str, span: Span) -> list[Token]:
    """Return a pair of braces, one at a time, around what is told case by case, or row by row."""
    if "end" in text:
        return [Token("}", "}", span)]
    return [Token("matrix" if "matrix" in text else "cases", text, span), Token("{", "{", span)]


def _inside(text: str, span: Span) -> list[Token]:
    """Return what stands in a Unicode superscript, in braces."""
    inner = [replace_span(token, span) for token in tokens(text)[:-1]]
    return [Token("{", "{", span), *inner, Token("}", "}", span)]


def replace_span(token: Token, span: Span) -> Token:
    """Return the token, at another place."""
    return Token(token.kind, token.text, span)


def _sign(text: str) -> tuple[str, str]:
    kind = {
        "**": "^",
        ":=": "=",
        "==": "=",
        "<-": "=",
        "%*%": "@",
        "%o%": "⊗",
        ".*": "⊙",
        ".+": "+",
        ".-": "-",
        ".>": ">",
        ".<": "<",
        ".>=": ">=",
        ".<=": "<=",
        "./": "/",
        ".^": "^",
        ".'": "transpose",
        "𝟙": "ones",
        "+=": "update",
        "-=": "update",
        "*=": "update",
        "/=": "update",
        "∂": "d",
        "∇": "nabla",
        "∑": "sum",
        "∏": "prod",
        "!=": "≠",
        "≥": ">=",
        "≤": "<=",
        "||": "‖",
        "ᵀ": "transpose",
        "√": "word",
    }.get(text)
    return (kind or text), "sqrt" if text == "√" else text


def _word(text: str, span: Span) -> Token:
    """Return a word with accents and Greek letters spelled out."""
    spelled = ""
    for letter in unicodedata.normalize("NFD", text):
        accents = {"\u0302": "hat", "\u0304": "bar", "\u0303": "tilde", "\u0307": "dot", "\u0308": "ddot"}
        spelled += accents.get(letter) or _LETTERS.get(letter) or unicodedata.normalize("NFKC", letter)
    return Token("word", spelled, span)


def _command(found: list[Token], plain: str, match: re.Match[str]) -> int:
    """Read a command of LaTeX."""
    name, end = match[0][1:], match.end()
    if name in _SPACING:
        return end + 1 if name in ("left", "right") and plain[end : end + 1] == "." else end
    if name in _FONTS or name in _ACCENTS:
        return _styled(found, plain, match, _ACCENTS.get(name, ""))
    if name in _SIGNS:
        found.append(Token(_SIGNS[name], match[0], match.span()))
    elif name == "ell":
        found.append(Token("word", "l", match.span()))
    elif name.isalpha():
        greek = name.removeprefix("var")
        found.append(Token("word", greek if greek in GREEK else name, match.span()))
    else:
        raise Unreadable(f"the command {match[0]} is not known", match.span())
    return end


_GROUP = re.compile(r"\s*(?:\{((?:[^{}]|\{[^{}]*\}){1,40})\}|(\\[A-Za-z]+|[A-Za-z0-9]))")


def _styled(found: list[Token], plain: str, match: re.Match[str], accent: str) -> int:
    r"""Read what stands in ``\mathrm{...}`` or under ``\hat{...}``; an upright d alone is the d of a derivative."""
    group = _GROUP.match(plain, match.end())
    if not group:
        if accent:
            raise Unreadable(f"after {match[0]} one letter is expected", match.span(), r"\hat{y}")
        return match.end()
    inside = (group[1] or group[2]).strip()
    span = (match.start(), group.end())
    if inside == "d" and not accent:
        found.append(Token("d", "d", span))
    elif match[0] == r"\mathbb" and inside == "E":
        found.append(Token("mean", "E", span))
    elif inside in ("1", "I") and match[0] in _BOLD and (inside == "1" or "bb" in match[0]):
        found.append(Token("ones", "1", span))
    elif inside.lstrip("\\") in ("T", "top", "intercal") and not accent and found and found[-1].kind in _BEFORE_T:
        found.append(Token("transpose", "T", span))
    else:
        bare = inside if "\\" in inside and ("{" in inside or " " in inside) else inside.lstrip("\\")
        own = [replace_span(token, span) for token in tokens(bare)[:-1]]
        found += _accented(own, accent, match[0], span) if accent and own else own
    return group.end()


def _accented(own: list[Token], accent: str, command: str, span: Span) -> list[Token]:
    """Return tokens under an accent; a bar over more than one name is a mean."""
    word = own[-1].text
    names = command == r"\overline" and len(own) == 1 < len(word) and word.isalpha() and word not in GREEK
    if accent == "bar" and (names or {token.kind for token in own} & {"⊙", "*", "+", "-", "^"}):
        kind = "mean" if any(token.kind == "_" for token in own) else "word"  # of entries by letters, over the samples
        return [Token(kind, "mean", span), Token("(", "(", span), *own, Token(")", ")", span)]
    return [*own[:-1], Token("word", word + accent, span)]


_BOLD = (r"\mathbf", r"\mathbb", r"\boldsymbol", r"\bm", r"\vec", r"\mathbbm", r"\textbf", r"\bf", r"\mathds")
"""Styles in which a 1 is a vector of ones, or of zeros and ones."""
_BEFORE_T = ("^", "{", ")", "]")
"""What an upright T follows if it is a transpose."""
