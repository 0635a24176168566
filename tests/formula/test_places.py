"""Formulas with letters are worth the same at all places at once as at one place after the other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcheck.formula.language import places
from gradcheck.formula.language.point import Point
from gradcheck.formula.language.tree import KRONECKER, Binary, Call, Each, Entry, Name, Number, Transpose, Tree
from gradcheck.formula.language.values import entries, value

GENERATOR = np.random.default_rng(0)
AT = Point({"W": GENERATOR.normal(size=(3, 4)), "y": GENERATOR.normal(size=3), "v": GENERATOR.normal(size=4),
            "c": np.asarray(0.7)})  # fmt: skip
ROWS, COLUMNS = 3, 4
"""The shape of W: i and k run along its rows, j and l along its columns."""
LEAVES: tuple[Tree, ...] = (
    Number.of(2), Name("c"), Entry(Name("W"), ("i", "j")), Entry(Name("W"), ("k", "l")), Entry(Name("W"), ("i", "l")),
    Entry(Name("y"), ("i",)), Entry(Name("y"), ("k",)), Entry(Name("v"), ("j",)), Entry(Name("v"), ("2",)),
    Entry(Transpose(Name("W")), ("j", "k")), Entry(KRONECKER, ("i", "k")), Entry(KRONECKER, ("j", "l")),
    Call("sum", (Name("v"),)),
)  # fmt: skip


def grown(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    """Return larger formulas made of smaller ones."""
    return st.one_of(
        st.builds(Binary, st.sampled_from(["+", "-", "*", " ", "⊙", ">"]), inner, inner),
        st.builds(lambda x: Call("tanh", (x,)), inner),
        st.builds(lambda x, y: Call("maximum", (x, y)), inner, inner),
    )


FORMULAS = st.recursive(st.sampled_from(LEAVES), grown, max_leaves=6)


@given(FORMULAS)
def test_all_places_at_once_are_worth_what_each_is(body: Tree) -> None:
    tree: Tree = body
    for letter, entry in (("k", Entry(Name("y"), ("k",))), ("l", Entry(Name("v"), ("l",)))):
        tree = Each(letter, Binary("*", entry, tree))
    whole = places.at_once(tree, {"i": ROWS, "j": COLUMNS}, AT, value)
    assert whole is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(places, "at_once", lambda *_: None)
        assert np.allclose(whole, entries(tree, ("i", "j"), (ROWS, COLUMNS), AT), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    "tree",
    [
        Entry(Name("W"), ("i",)),
        Binary("*", Entry(Name("y"), ("i",)), Name("v")),
        Each("i", Entry(Name("y"), ("i",))),
        Each("k", Binary("*", Entry(Name("y"), ("k",)), Entry(Name("v"), ("k",)))),
        Entry(Name("v"), ("i",)),
    ],
)
def test_what_is_no_number_at_every_place_is_left_alone(tree: Tree) -> None:
    assert places.at_once(tree, {"i": ROWS}, AT, value) is None
