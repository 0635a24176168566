r"""Steps of descent, ``w := w - \eta (a - t) x`` or ``W1 -= lr * dW1``, are about the derivative that they subtract.

A step by a derivative that other lines say is left out: it adds nothing to them.
"""

from gradcheck.formula.language.tree import Derivative
from gradcheck.formula.text.lines import Assignment, cut, in_brackets
from gradcheck.formula.text.names import Names
from gradcheck.formula.text.tokens import Token

RATES = ("eta", "alpha", "lr", "gamma", "epsilon", "rate", "step", "mu", "lambda")
"""What people call the learning rate."""
LONG_RATES = (["learning", "_", "rate"], ["step", "_", "size"], ["learningrate"], ["stepsize"])


def without_steps(pieces: list[list[Token]], names: Names) -> list[list[Token]]:
    """Write steps of descent as statements about derivatives, and leave out those that only name one."""
    told = [(piece, _told(piece, names)) for piece in pieces]
    kept = [step or piece for piece, step in told if step is None or not _only_names(step, names)]
    return kept or pieces


def _told(piece: list[Token], names: Names) -> list[Token] | None:
    """Return a step as a statement about the derivative by what it changes; None if it is no step."""
    own = Assignment.of(piece)
    if own is None or own.sign.text in ("*=", "/=") or not own.right:
        return None
    changed, members = _changed(own), cut(list(own.right), ("=",))
    if own.sign.kind == "update":
        sign = own.sign.text[0]
    elif own.left[0].text.startswith("Delta"):
        sign = "+"
    else:
        begin = [token.text for token in members[0][: len(changed)]]
        rest = members[0][len(changed) :]
        if len(members) > 1 or begin != [token.text for token in changed] or not rest or rest[0].kind not in "+-":
            return None
        sign, members = rest[0].kind, [rest[1:]]
    steps = [_without_rate(member, names) for member in members]
    if not changed or None in steps or not _is_named(changed[0].text, names):
        return None
    here = own.sign.span
    downwards = [down != (sign == "-") for down, _ in filter(None, steps)]
    minus = [] if downwards[0] else [Token("-", "-", here)]
    above = [Token(kind, text, here) for kind, text in (("frac", "frac"), ("{", "{"), ("d", "d"), ("word", names.loss))]
    below = [Token(kind, text, here) for kind, text in (("}", "}"), ("{", "{"), ("d", "d"))]
    equal = [
        [Token("=", "=", here), *(rest if same == downwards[0] else [Token("-", "-", here), *in_brackets(rest)])]
        for same, (_, rest) in zip(downwards, filter(None, steps), strict=True)
    ]
    return [*minus, *above, *below, *changed, Token("}", "}", here), *(part for member in equal for part in member)]


def _is_named(word: str, names: Names) -> bool:
    """Say whether there is a variable of a name, or several that are numbered."""
    return names.find_quietly(word) is not None or names.family(word)


def _changed(own: Assignment) -> list[Token]:
    r"""Return the tokens of what a step changes, the w of ``w -=`` or of ``\Delta w =``."""
    first, *rest = own.left
    if first.text == "Delta":
        return rest
    if first.text.startswith("Delta"):
        return [Token("word", first.text.removeprefix("Delta"), first.span), *rest]
    return [first, *rest]


def _without_rate(row: list[Token], names: Names) -> tuple[bool, list[Token]] | None:
    """Return whether a step goes down along something, and that without the learning rate; None if it has no rate."""
    down = bool(row) and row[0].kind == "-"
    row = row[down:]
    texts = [token.text for token in row]
    long = next((len(words) for words in LONG_RATES if texts[: len(words)] == words), 0)
    end = long or int(texts[:1] != [] and texts[0] in RATES and names.find_quietly(texts[0]) is None)
    rest = row[end:]
    if not end or not rest or (rest[0].kind in ("_", "^", "+", "-", "(") and len(rest) < 2):
        return None
    if rest[0].kind == "/":
        return down, [Token("number", "1", rest[0].span), *rest]
    return down, rest[rest[0].kind in ("*", "⊙") :]


def _only_names(step: list[Token], names: Names) -> bool:
    """Say whether a step subtracts a derivative by its name alone."""
    _, rest, *further = cut(step, ("=",))
    named = len(rest) == 1 and isinstance(names.find_quietly(rest[0].text), Derivative)
    written = rest[0].kind in ("nabla", "d") or [token.kind for token in rest[:3]] == ["frac", "{", "d"]
    return not further and (named or written)
