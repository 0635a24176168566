"""Changes that are made wherever a part of a text stands: a name that is wrong in all its places, a mask told twice."""

from collections import Counter
from collections.abc import Iterator

from gradcheck.formula.diagnose.edit import Edit
from gradcheck.formula.diagnose.edits import TURNED
from gradcheck.formula.diagnose.pool import Pool
from gradcheck.formula.language.tree import Binary, Name, Tree, rewrite, walk


def everywhere(tree: Tree, pool: Pool) -> Iterator[tuple[Tree, Edit]]:
    """Yield a formula in which a part that it has several times is another in all places."""
    several = [part for part, times in Counter(map(_bare, walk(tree))).items() if part is not None and times > 1]
    for part in several:
        first = next(own for own in walk(tree) if own == part)
        for other, cause, says, mistake in _others(part, pool):
            yield _exchanged(tree, part, other), Edit(first, other, cause, says, mistake)


def _bare(part: Tree) -> Tree | None:
    """Return a name or a comparison; None for all else."""
    return part if isinstance(part, Name) or (isinstance(part, Binary) and part.operator in TURNED) else None


def _others(part: Tree, pool: Pool) -> Iterator[tuple[Tree, str, str, str]]:
    """Yield what may stand in the place of a part, with what to say."""
    if isinstance(part, Binary):
        turned = Binary(TURNED[part.operator], part.left, part.right)
        yield turned, "wrong-variable", "This comparison has to be turned round: {new}.", "mask-turned-round"
    if isinstance(part, Name) and part.name not in pool.problem.letters:
        for other in pool.variables(pool.shape(part) or ()):
            if other != part:
                yield other, "wrong-variable", "It is {new} that belongs here, in all places, not {old}.", ""


def _exchanged(tree: Tree, part: Tree, other: Tree) -> Tree:
    return rewrite(tree, lambda own: other if own == part else None)
