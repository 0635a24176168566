"""What changing a variable in place makes of a derivation.

``dZ2 = P - T`` followed by ``dZ2 /= N`` is one statement about dZ2, and so is a name that is given a new value made of
its old one, or that has entries set to zero by a mask. But where a mask is laid on a derivative that later lines go on
with, ``dA1[Z1 <= 0] = 0``, its name means two things: what it says it is before, and the next derivative back after.
"""

from dataclasses import replace

from gradcheck.formula.language.tree import Derivative, Name
from gradcheck.formula.text.lines import Assignment, in_brackets, mentions
from gradcheck.formula.text.names import Names
from gradcheck.formula.text.tokens import LONGEST, Token
from gradcheck.formula.text.unreadable import Unreadable

_OPPOSITE = {">": "<=", "<": ">=", ">=": "<", "<=": ">"}


def settled(pieces: list[list[Token]], names: Names) -> list[list[Token]]:
    """Put lines that change a variable in place together with the line that gave it its value."""
    pieces = _without_beginnings([_added_at(_at_classes(piece, names), names) for piece in pieces])
    done: list[list[Token]] = []
    masked: list[Assignment] = []
    for place, given in enumerate(pieces):
        piece = _with_masks(given, masked)
        own = Assignment.of(piece)
        earlier = _earlier(own, done) if own else None
        before = Assignment.of(earlier) if earlier else None
        if own and (changed := _changed(own, before, names)):
            new = Assignment.of(changed)
            if (
                new
                and earlier
                and _is_mask(own, names)
                and any(mentions(later, new.name) for later in pieces[place + 1 :])
            ):
                masked = [*(other for other in masked if other.name != new.name), new]
                continue
            if earlier and before:
                between = done.index(earlier)
                done[between:] = [_with_masks(piece, [before]) for piece in done[between + 1 :]]
            piece = changed
        done.append(piece)
    return done


def _without_beginnings(pieces: list[list[Token]]) -> list[list[Token]]:
    """Leave out ``dE = np.zeros_like(E)``, which only makes room, if a later line puts something there."""
    filled = {own.left[0].text for piece in pieces if (own := Assignment.of(piece)) and not _empty(own)}
    return [piece for piece in pieces if not ((own := Assignment.of(piece)) and _empty(own) and own.name in filled)]


def _empty(own: Assignment) -> bool:
    """Say whether a line sets a variable to nothing but zeros."""
    words = "".join(token.text for token in own.right).removeprefix("np.").removeprefix("torch.")
    return own.sign.kind == "=" and (words.strip("0.") == "" or words.startswith(("zeros(", "zeros_like(")))


def _added_at(piece: list[Token], names: Names) -> list[Token]:
    """Read ``np.add.at(dE, i, rows)`` as the statement about dE that it is."""
    begin = [token.text for token in piece[:6]]
    if begin != ["np", ".", "add", ".", "at", "("] or [token.kind for token in piece[6:8]] != ["word", ","]:
        return piece
    meant = names.find_quietly(piece[6].text)
    by = meant.by if isinstance(meant, Derivative) else ""
    end = next((place for place in range(8, len(piece)) if piece[place].kind == ","), 0)
    if not by or not end:
        return piece
    here = piece[4].span
    over = [Token(",", ",", here), Token("word", by, here), piece[-1]]
    rows = [Token("word", "scatter", here), piece[5], *piece[end + 1 : -1], piece[7], *piece[8:end], *over]
    return [piece[6], Token("=", "=", here), *rows]


def _at_classes(piece: list[Token], names: Names) -> list[Token]:
    """Read ``dZ[np.arange(N), y] -= 1`` as taking the one-hot array of the classes away from all of dZ."""
    own = Assignment.of(piece)
    opening = next((place for place, token in enumerate(own.left) if token.kind == "["), 0) if own else 0
    if own is None or not opening or len(own.left) < opening + 5 or own.sign.text not in ("-=", "+="):
        return piece
    rows, classes = own.left[opening + 1 : -3], own.left[-2]
    picked = names.picking(classes.text) if own.left[-3].kind == "," and classes.kind == "word" else ""
    one = [token.text for token in own.right] == ["1"]
    if not picked or not one or not {"range", "arange"} & {token.text for token in rows}:
        return piece
    return [*own.left[:opening], own.sign, replace(classes, text=picked)]


def _is_mask(own: Assignment, names: Names) -> bool:
    """Say whether a line lays a mask on the derivative by what an activation returns."""
    target, _ = _masked(own)
    meant = names.find_quietly(replace(own, left=target or own.left).name)
    compared = own.sign.text in ("*=", "=") and any(token.kind in _OPPOSITE for token in own.right)
    return bool(target or compared) and isinstance(meant, Derivative) and meant.by in names.activated


def _with_masks(piece: list[Token], masked: list[Assignment]) -> list[Token]:
    """Put the values of masked variables in where a later line uses them."""
    for before in masked:
        own = Assignment.of(piece)
        if own and (right := _with_value(own.right, before)):
            piece = [*own.left, own.sign, *right]
    return piece


def _earlier(own: Assignment, done: list[list[Token]]) -> list[Token] | None:
    """Return the line in which a variable was last given its value, if it was."""
    left = _spelled(_masked(own)[0] or own.left)
    return next(
        (piece for piece in reversed(done) if (other := Assignment.of(piece)) and _spelled(other.left) == left), None
    )


def _changed(own: Assignment, before: Assignment | None, names: Names) -> list[Token] | None:
    """Return the line that says the same as a change in place; None if it is no such change."""
    equals = replace(own.sign, kind="=", text="=")
    target, mask = _masked(own)
    if own.sign.kind == "update":
        if before:
            sign = Token(own.sign.text[0], own.sign.text[0], own.sign.span)
            return [*own.left, equals, *before.value, sign, *in_brackets(list(own.right))]
        return _first(own, equals, names)
    if mask and before:
        return [*target, equals, *before.value, Token("⊙", "*", own.sign.span), *in_brackets(mask)]
    if before and own.name and (right := _with_value(own.right, before)):
        return [*own.left, equals, *right]
    return None


def _first(own: Assignment, equals: Token, names: Names) -> list[Token]:
    """Read a sum that is begun without a first value as one that begins at nothing."""
    meant = names.find_quietly(own.name) if own.name else None
    if isinstance(meant, Name) and meant.name in names.inputs:
        says = f"this changes {meant.name} by a step; what is judged is the derivative alone"
        raise Unreadable(says, (own.left[0].span[0], own.sign.span[1]), f"d{names.loss}/d{meant.name} = ...")
    if own.sign.text[0] in "*/":
        says = "this changes what was not given a value before"
        raise Unreadable(says, (own.left[0].span[0], own.sign.span[1]))
    minus = [Token("-", "-", own.sign.span)] if own.sign.text[0] == "-" else []
    return [*own.left, equals, *minus, *in_brackets(list(own.right))]


def _masked(own: Assignment) -> tuple[tuple[Token, ...], list[Token]]:
    """Take ``dZ[Z <= 0] = 0`` apart: the variable, and where it keeps its value; nothing for another line."""
    opening = next((place for place, token in enumerate(own.left) if token.kind == "["), 0)
    inside = list(own.left[opening + 1 : -1])
    flipped = [replace(token, kind=_OPPOSITE[token.kind]) if token.kind in _OPPOSITE else token for token in inside]
    zero = len(own.right) == 1 and own.right[0].text.strip("0.") == ""
    if not opening or not zero or sum(one != other for one, other in zip(inside, flipped, strict=True)) != 1:
        return (), []
    return own.left[:opening], flipped


def _with_value(right: tuple[Token, ...], before: Assignment) -> list[Token]:
    """Put the value of a variable in wherever a right side mentions it; nothing if it does not."""
    wanted, row = _spelled(before.left), list(right)
    for place in range(len(row) - len(wanted), -1, -1):
        end = place + len(wanted)
        if _spelled(tuple(row[place:end])) == wanted and (end == len(row) or row[end].kind != "_"):
            row[place:end] = before.value
        if len(row) > LONGEST:
            raise Unreadable("this grows beyond what can be read", before.sign.span, "one step at a time")
    return row if len(row) > len(right) else []


def _spelled(row: tuple[Token, ...]) -> list[tuple[str, str]]:
    return [(token.kind, token.text) for token in row]
