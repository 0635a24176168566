r"""A letter that runs along the columns: ``x_j`` beside ``\partial L/\partial w_j`` is the column of the feature j.

How far a letter runs is told by every array that it stands at. Where it stands alone at a matrix it picks a row, unless
only the columns are as many as it runs over; a matrix of which a letter picks columns is cut into columns throughout.
"""

from collections.abc import Mapping
from dataclasses import replace

from gradcheck.formula.language.tree import Derivative, Each, Entry, Name, Transpose, Tree, rewrite, walk
from gradcheck.formula.text.matrices import Axes, axes_of
from gradcheck.formula.text.names import Names


def with_columns(chain: tuple[Tree, ...], names: Names) -> tuple[Tree, ...]:
    """Return formulas in which a matrix has columns where its letter runs along no axis of its rows."""
    entries = [part for member in chain for part in walk(member) if isinstance(part, Entry)]
    along = _lengths(chain, entries, names)
    cut = {own.array for own in entries if _is_column(own, along, names)}

    def column(part: Tree) -> Tree | None:
        if not isinstance(part, Entry) or not (_is_column(part, along, names) or _follows(part, along, cut)):
            return None
        whole = part.array
        turned = whole.inner if isinstance(whole, Transpose) else Transpose(whole, span=part.span)
        return replace(part, array=turned)

    return tuple(rewrite(member, column) for member in chain)


def _lengths(chain: tuple[Tree, ...], entries: list[Entry], names: Names) -> dict[str, Tree]:
    """Return how far letters run, as that is written, where the arrays that they stand at leave just one length.

    What a letter shares with others at an array, or what its sum says, goes before where it stands alone.
    """
    sure: dict[str, set[Tree]] = {}
    may: dict[str, set[Tree]] = {}
    for own in entries:
        axes = _axes(own.array, names)
        if len(axes) == len(own.letters):
            for letter, length in zip(own.letters, axes, strict=True):
                sure.setdefault(letter, set()).add(length)
        elif len(own.letters) == 1 and axes:
            may[own.letters[0]] = may.get(own.letters[0], {*axes}) & {*axes}
    for part in (part for member in chain for part in walk(member)):
        if isinstance(part, Each) and part.over in names.letters:
            sure.setdefault(part.letter, set()).add(Name(part.over))
    return {letter: next(iter(lengths)) for letter, lengths in {**may, **sure}.items() if len(lengths) == 1}


def _axes(array: Tree, names: Names) -> Axes:
    """Return the lengths of the axes of an array, as they are written; none if nobody knows."""
    match array:
        case Derivative(of=of, by=by):
            return (*(names.axes.get(of, ()) if array.table else ()), *names.axes.get(by, ()))
        case Transpose(inner=inner):
            return _axes(inner, names)[::-1]
    return axes_of(array, names)


def _is_column(own: Entry, along: Mapping[str, Tree], names: Names) -> bool:
    """Say whether the one letter that stands at a matrix runs along its columns, and not along its rows."""
    axes, wanted = _axes(own.array, names), along.get(own.letters[0])
    return len(own.letters) == 1 and len(axes) == 2 and wanted == axes[1] != axes[0]


def _follows(own: Entry, along: Mapping[str, Tree], cut: set[Tree]) -> bool:
    """Say whether a matrix is cut into columns elsewhere, and nothing is known of the letter that stands at it."""
    return len(own.letters) == 1 and own.letters[0] not in along and own.array in cut
