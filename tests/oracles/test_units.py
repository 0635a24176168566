"""Unit by unit: the bars hold where rows are apart, and where they are not, moving the whole denies it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcheck.architecture import parse_case, plan
from gradcheck.op import Array, Op
from gradcheck.oracles import Differences, PyTorch, differences, layers, units
from gradcheck.oracles.grid import Grid
from gradcheck.point import Point
from gradcheck.records import Estimate
from gradcheck.reference import Network

BENDS = ("tanh", "sigmoid", "relu", "softplus", "elu", "softmax", "log-softmax")
LOSSES = ("half-sum-of-squares", "mean-squared-error", "softmax-cross-entropy", "huber")
units_summed = units._summed
WIDE = "6x8 affine:200 tanh affine:3 mean-squared-error draws=1"
MIXED = "6x8 affine:200 batch-norm tanh affine:3 mean-squared-error draws=1"


def at(text: str) -> tuple[Point, Network]:
    """The point of a case, all weights and biases of its affine layers wanted; and the network."""
    case = parse_case(text)
    laid = plan(case.architecture)
    wanted = tuple(name for name in laid.network.inputs if name[0] in "Wb")
    return Point(laid.network, laid.inputs(case), np.ones(case.draws), wanted), laid.network


@given(st.lists(st.sampled_from(BENDS), max_size=3), st.sampled_from(LOSSES), st.integers(0, 99))
def test_the_bars_hold_what_pytorch_says(bends: list[str], loss: str, seed: int) -> None:
    hidden = " ".join(f"affine:{4 + own} {bend}" for own, bend in enumerate(bends))
    point, network = at(f"5x3 {hidden} affine:4 {loss} weights={seed} draws=1")
    assert units.known(point, network)
    with np.errstate(all="ignore"):
        found, torch = units.estimates(point, network), PyTorch().answer(point).gradients
    for name in point.wanted:
        off = np.abs(found[name].value - torch[name].value)
        assert (off <= found[name].bar + torch[name].bar).all(), name


@pytest.mark.parametrize(
    ("text", "is_known"),
    [
        (WIDE, True),
        (MIXED, False),
        ("1x4x5 conv1d:3,kernel=2 flatten affine:2 mean-squared-error draws=1", False),
        ("3x4 affine:2 mean-squared-error draws=2", False),
    ],
)
def test_it_is_known_where_rows_are_apart(text: str, is_known: bool) -> None:
    point, network = at(text)
    assert units.known(point, network) is is_known


def test_a_bias_that_units_share_is_moved_as_one_number() -> None:
    point, network = at(WIDE)
    point = replace(point, inputs={**point.inputs, "b1": point.inputs["b1"][:, :1]})
    assert not units.known(point, network)
    found, torch = differences.by_entries(point)["b1"], PyTorch().answer(point).gradients["b1"]
    assert (np.abs(found.value - torch.value) <= found.bar + torch.bar).all()


def astray(monkeypatch: pytest.MonkeyPatch, point: Point) -> list[tuple[str, ...]]:
    """Let layer by layer be wrong, and note who is moved by entries."""
    right, entries, asked = layers.through, differences.by_entries, []

    def wrong(op: Op, *rest: Any) -> Any:
        value, back = right(op, *rest)

        def doubled(arrived: Estimate) -> Any:
            found, variance = back(arrived)
            found["W1"].value[:, 3] *= 2.0
            return found, variance

        return value, doubled if op is point.op else back

    def noted(there: Point) -> dict[str, Estimate]:
        asked.append(there.wanted)
        return entries(there)

    monkeypatch.setattr(layers, "through", wrong)
    monkeypatch.setattr(differences, "by_entries", noted)
    return asked


def test_units_are_moved_where_layers_are_denied(monkeypatch: pytest.MonkeyPatch) -> None:
    point, _ = at(WIDE)
    asked = astray(monkeypatch, point)
    found, torch = Differences().answer(point).gradients, PyTorch().answer(point).gradients
    for name in point.wanted:
        assert (np.abs(found[name].value - torch[name].value) <= found[name].bar + torch[name].bar).all(), name
    assert not asked


def test_entries_are_moved_where_units_are_denied_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    point, _ = at(WIDE)
    asked = astray(monkeypatch, point)
    monkeypatch.setattr(units, "_summed", lambda x, D: units_summed(x, D._replace(value=1.001 * D.value)))
    found, torch = Differences().answer(point).gradients, PyTorch().answer(point).gradients
    for name in point.wanted:
        assert (np.abs(found[name].value - torch[name].value) <= found[name].bar + torch[name].bar).all(), name
    assert asked


@pytest.mark.parametrize(("bend", "values"), [("tanh", 2.2), ("relu", 3.0)])
def test_two_values_are_enough_for_most_units_where_nothing_has_a_kink(
    bend: str, values: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at, moved = 0, units.Units.moved

    def noted(own: units.Units, grid: Grid, there: Array) -> Array:
        nonlocal looked_at
        looked_at += there.size
        return moved(own, grid, there)

    monkeypatch.setattr(units.Units, "moved", noted)
    point, network = at(WIDE.replace("tanh", bend))
    inputs = {name: own / np.sqrt(200.0) if name[0] == "W" else own for name, own in point.inputs.items()}
    units.estimates(replace(point, inputs=inputs), network)
    assert looked_at <= values * (200 + 3) * 6


def test_what_truncation_leaves_of_units_with_two_values_is_in_the_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    point, network = at(WIDE)
    right = PyTorch().answer(point).gradients["W1"].value

    def holds(margin: float) -> bool:
        monkeypatch.setattr(units, "MARGIN", margin)
        found = units.estimates(point, network)["W1"]
        return bool((np.abs(found.value - right) <= found.bar).all())

    assert holds(units.MARGIN)
    assert not holds(0.0)
