"""What follows from moving an entry is what moving it under the whole network says, and nothing is believed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradcheck.architecture import parse_case, plan
from gradcheck.generate import cases
from gradcheck.op import Array
from gradcheck.oracles import ripples, structure
from gradcheck.oracles.differences import by_entries
from gradcheck.oracles.grid import Grid, moved_alone
from gradcheck.oracles.ripples import Ripples
from gradcheck.point import Point
from gradcheck.records import Case
from gradcheck.reference import Affine, HalfSumOfSquares, Network, Node, Softmax

PLAIN = "3x4 affine:40 tanh affine:20 sigmoid affine:2 half-sum-of-squares draws=3"


def at(case: Case) -> tuple[Point, Ripples]:
    """The point of a case, and its ripples."""
    laid = plan(case.architecture)
    wanted = tuple(name for name in laid.network.inputs if name not in laid.network.constants)
    point = Point(laid.network, laid.inputs(case), np.ones(case.draws), wanted)
    return point, Ripples.of(point, laid.network)


def looks(point: Point, data: st.DataObject) -> tuple[str, Grid, Array]:
    """Some entries of an input in some draws, and where they are moved to."""
    name = data.draw(st.sampled_from(point.wanted))
    size = point.inputs[name][0].size
    entries = data.draw(st.sets(st.integers(0, size - 1), min_size=1, max_size=9)) if size else set()
    draws = data.draw(st.sets(st.integers(0, point.draws - 1), min_size=1))
    grid = Grid(np.array(sorted(entries), int), np.array(sorted(draws)))
    here = grid.of(point.inputs[name].reshape(point.draws, -1).T)
    return name, grid, here + 0.01 * np.array([1.0, -2.0])[:, None, None]


def followed(own: Ripples, name: str, grid: Grid, moved: Array) -> Array:
    """The values when entries are moved, as they are believed to follow."""
    return own.of_draws(grid.draws).after(name, grid.alone(moved)).reshape(moved.shape)


@settings(max_examples=100)
@given(cases(), st.data())
def test_what_follows_is_what_the_whole_says(case: Case, data: st.DataObject) -> None:
    point, own = at(case)
    name, grid, moved = looks(point, data)
    with np.errstate(all="ignore"):
        found, whole = followed(own, name, grid, moved), moved_alone(point, name, grid, moved)
    scale = np.abs(whole).max(axis=(0, 1), initial=0.0)
    assert (np.abs(found - whole) <= 1e-11 * scale).all()


@pytest.mark.parametrize("believed", [True, False])
def test_an_assumption_that_does_not_hold_is_found_out(believed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    point, own = at(parse_case("3x4 affine:5 softmax affine:2 half-sum-of-squares draws=2"))
    monkeypatch.setattr(structure, "ENTRYWISE", structure.ENTRYWISE | {Softmax})
    grid = Grid(np.arange(20), np.arange(2))
    moved = point.inputs["W1"].reshape(2, -1).T[None] + 0.1
    found = followed(own, "W1", grid, moved) if believed else own.moved("W1", grid, moved)
    assert np.allclose(found, moved_alone(point, "W1", grid, moved), rtol=1e-12) is not believed


def test_as_many_copies_at_once_as_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    case = parse_case(PLAIN)
    point, _ = at(case)
    at_once = by_entries(point)
    monkeypatch.setattr(ripples, "CACHE", 1)
    one_by_one = by_entries(point)
    for name, own in at_once.items():
        assert (np.abs(own.value - one_by_one[name].value) <= own.bar).all()


def test_one_bias_for_all_columns_moves_all_of_them() -> None:
    generator = np.random.default_rng(0)
    shapes = {"x": (2, 3, 4), "W": (2, 4, 5), "b": (2, 1), "target": (2, 3, 5)}
    inputs = {name: generator.normal(size=shape) for name, shape in shapes.items()}
    affine = Node("y", Affine(), {"x": "x", "W": "W", "b": "b"})
    network = Network((affine, Node("L", HalfSumOfSquares(), {"y": "y", "target": "target"})))
    point, grid = Point(network, inputs, np.ones(2), ("b",)), Grid(np.arange(1), np.arange(2))
    moved = inputs["b"].T[None] + 0.1
    found = followed(Ripples.of(point, network), "b", grid, moved)
    assert np.allclose(found, moved_alone(point, "b", grid, moved), rtol=1e-12)
