"""What a function is given, or computes, and never uses: it was meant for something, so it is tried first.

As a factor, as a divisor, as a term; and if nothing else helps, as a term together with others.
"""

import ast
from collections.abc import Iterator

from gradcheck.repair.edits import Edit, Site, parse
from gradcheck.repair.insertions import a_factor, handed_over, shape_at, whole
from gradcheck.repair.names import Names, fits


def idle(names: Names, every: list[Site]) -> list[str]:
    """Name the arrays and numbers that are never used."""
    used = {own.node.id for own in every if isinstance(own.node, ast.Name) and isinstance(own.node.ctx, ast.Load)}
    return [name for name in (*names.arrays, *names.numbers) if name not in used and name.isidentifier()]


def plainly(site: Site, names: Names, unused: list[str]) -> Iterator[Edit]:
    """Yield edits that use what is never used once, by itself."""
    if isinstance(site.node, ast.Constant) and isinstance(site.parent, ast.AugAssign):
        yield from (site.edit(parse(name), "other-variable", 2) for name in unused if name in names.arrays)
    if isinstance(site.node, ast.Name) and isinstance(site.node.ctx, ast.Load) and site.name != "func":
        yield from (site.edit(parse(name), "other-variable", 1) for name in unused if name in names.arrays)
    shape = shape_at(site, names)
    if not whole(site) and not handed_over(site):
        beside = [name for name in unused if a_factor(site) and names.arrays.get(name) == shape]
        rank = 1 if isinstance(site.parent, ast.BinOp) and isinstance(site.parent.op, ast.Div) else 2
        for name in beside:
            yield from (site.edit(parse(f"A {sign} {name}", A=site.node), "term-left-out", rank) for sign in "+-")
        return
    for name in unused:
        number = name in names.numbers
        if not number and shape is not None and not fits(names.arrays[name], shape):
            continue
        kind = "size-left-out" if name in names.sizes else "factor-left-out"
        for text in ("(A) * V", "(A) / V"):
            yield site.edit(parse(text, A=site.node, V=parse(name)), kind, 1)
        for sign in "" if number else "+-":
            yield site.edit(parse(f"A {sign} V", A=site.node, V=parse(name)), "term-left-out", 1)


def together(site: Site, names: Names, unused: list[str]) -> Iterator[Edit]:
    """Yield edits that add a term made of what is never used: over a size, times another array, or both."""
    if not whole(site) and not handed_over(site):
        return
    shape = shape_at(site, names)
    beside = [other for other, own in names.arrays.items() if shape is None or fits(own, shape)]
    for name in (own for own in unused if own in names.arrays):
        for product in (name, *(f"{name} * {other}" for other in beside)):
            for ending in ("", *(f" / {size}" for size in names.sizes)):
                for start in ("+", "-", "+ 2 *"):
                    yield site.edit(parse(f"A {start} {product}{ending}", A=site.node), "term-left-out", 3)


__all__ = ["idle", "plainly", "together"]
