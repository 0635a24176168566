"""Edits that put back what comes through a mean or a size that the forward pass takes out of all entries.

What leaves a norm sums to nothing, and so must what comes back: what arrives loses its own mean, and its share along
what was made to have size one. With what is not yet of that size, its size comes in squared.
"""

import ast
import re
from collections.abc import Iterator

from gradcheck.repair.edits import Edit, Site, parse
from gradcheck.repair.insertions import shape_at, whole
from gradcheck.repair.names import Names

SPREAD = re.compile(r"(\w+\.)?_?(\w*(std|sigma|sd|norm|rms|inv)\w*|[nrs])", re.IGNORECASE)
"""What a root is called that something has been divided by, or its inverse."""
LONG = 10
"""How many letters more make what is repeated more far-fetched."""
SLIP = "statistics-left-out"
"""What is mended."""


def statistics(site: Site, names: Names) -> Iterator[Edit]:
    """Yield edits that take the mean away from what stands here, its share along an array, or both."""
    if not whole(site) or not names.forward.axes:
        return
    shape = shape_at(site, names)
    along = [name for name, own in names.arrays.items() if len(own) > 1 and (shape is None or own == shape)]
    sizes = ["", *(f" {sign} {name} ** 2" for name in names.known if SPREAD.fullmatch(name) for sign in "/*")]
    for axis in names.forward.axes:
        mean = f"(A).mean(axis={axis}, keepdims=True)"
        yield _less(site, mean)
        for kind in ("mean", "sum"):
            for name in along:
                for size in sizes:
                    share = f"{name} * (A * {name}).{kind}(axis={axis}, keepdims=True){size}"
                    yield _less(site, share)
                    if kind == "mean":
                        yield _less(site, f"{mean} - {share}")


def _less(site: Site, term: str) -> Edit:
    """Take a term away; of what is short, rather than of what is long, for it comes twice."""
    return site.edit(parse(f"A - {term}", A=site.node), SLIP, 2 + len(ast.unparse(site.node)) // LONG)


__all__ = ["statistics"]
