r"""A letter that runs along the columns: ``x_j`` beside ``\partial L/\partial w_j`` is the column of the feature j."""

from gradcheck.formula.language.tree import Derivative, Entry, Name, Transpose, Tree, rewrite, walk
from gradcheck.formula.text.names import Names


def with_columns(chain: tuple[Tree, ...], names: Names) -> tuple[Tree, ...]:
    """Return formulas in which a matrix has columns where its letter runs along no axis of its rows."""
    along = _lengths(chain[0], names)

    def column(part: Tree) -> Tree | None:
        whole = part.array if isinstance(part, Entry) and len(part.letters) == 1 else None
        axes = names.axes.get(whole.name, ()) if isinstance(whole, Name) else ()
        wanted = along.get(part.letters[0]) if isinstance(part, Entry) else None
        if whole is None or len(axes) != 2 or wanted not in axes or axes[0] == wanted or not isinstance(part, Entry):
            return None
        return Entry(Transpose(whole, span=part.span), part.letters, span=part.span)

    return (chain[0], *(rewrite(member, column) for member in chain[1:]))


def _lengths(left: Tree, names: Names) -> dict[str, Tree]:
    """Return how far the letters of a left side run, as that is written."""
    found: dict[str, Tree] = {}
    for part in walk(left):
        own = part.array if isinstance(part, Entry) else None
        if isinstance(own, Derivative) and isinstance(part, Entry):
            above = names.axes.get(own.of, ()) if own.table else ()
            found |= dict(zip(part.letters, (*above, *names.axes.get(own.by, ())), strict=False))
    return found
