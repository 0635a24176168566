"""``np.einsum`` for what a page has signs for: sums, transposes, products of two arrays with one letter summed.

Anything else is refused with the forms that are read.
"""

from gradcheck.formula.language.tree import Binary, Call, Span, Transpose, Tree
from gradcheck.formula.text.unreadable import Unreadable


def einsum(letters: str, arguments: list[Tree], span: Span) -> Tree:
    """Return the formula that an einsum of one or two arrays stands for. Raises Unreadable for any other."""
    taken, _, result = letters.replace(" ", "").partition("->")
    axes = taken.split(",")
    tree = None
    if len(axes) == len(arguments) and "->" in letters and all(len(set(own)) == len(own) <= 2 for own in axes):
        tree = _one(axes[0], result, arguments[0]) if len(axes) == 1 else None
        tree = _two(axes[0], axes[1], result, arguments[0], arguments[1]) if len(axes) == 2 else tree
    if tree is None:
        says = f"this einsum, {letters!r}, is more than is read here"
        raise Unreadable(says, span, "np.einsum('ni,nj->ij', X, dZ), or the same with @ and .T")
    return Call("sum", (tree,), span=span) if not result and isinstance(tree, Binary) and tree.operator == "*" else tree


def _one(own: str, result: str, tree: Tree) -> Tree | None:
    """Return the sum or transpose of one array."""
    if result in (own, own[::-1]):
        return tree if result == own else Transpose(tree)
    summed = [place for place, letter in enumerate(own) if letter not in result]
    if len(result) + len(summed) != len(own):
        return None
    return Call("sum", (tree,), axis=summed[0] if len(summed) == 1 and result else None)


def _two(first: str, second: str, result: str, left: Tree, right: Tree) -> Tree | None:
    """Return a product of two arrays: entry by entry, of all pairs, or with one letter summed."""
    if first == second and result in (first, ""):
        return Binary("*", left, right)
    shared = [letter for letter in first if letter in second]
    rest = "".join(letter for letter in first + second if letter not in shared)
    if result not in (rest, rest[::-1]) or len(shared) > 1:
        return None
    if not shared:
        tree: Tree | None = Call("outer", (left, right)) if len(rest) == 2 else None
    else:
        left = Transpose(left) if len(first) == 2 and first[0] == shared[0] else left
        right = Transpose(right) if len(second) == 2 and second[1] == shared[0] else right
        tree = Binary("@", left, right)
    return tree if tree is None or result == rest else Transpose(tree)
