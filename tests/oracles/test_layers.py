"""Layer by layer: the same derivative as moving the whole, with bars that hold; and nothing is believed unseen."""

from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings

from gradcheck.architecture import parse_case, plan
from gradcheck.generate import cases
from gradcheck.op import Array, Op, Pullback
from gradcheck.oracles import Differences, PyTorch, differences, layers, single
from gradcheck.oracles.differences import by_entries
from gradcheck.point import Point
from gradcheck.records import Case, Estimate
from gradcheck.reference import Add, Affine, HalfSumOfSquares, MaxPool1d, MeanSquaredError, Network, Node, Relu, Tanh
from gradcheck.stages.entries import NARROW

PLAIN = "3x4 affine:5 tanh residual(affine:5 sigmoid) affine:2 half-sum-of-squares draws=4"
ROUNDED_INSIDE = "1x2 embedding:5,3 ctc weights=9988 draws=8 regime=saturated"
"""Its value of 2e-7 climbs by stairs of 1e-16, between which all slopes are alike and none is the derivative."""


def at(text: str | Case) -> Point:
    """The point of a case."""
    case = parse_case(text) if isinstance(text, str) else text
    laid = plan(case.architecture)
    wanted = tuple(name for name in laid.network.inputs if name not in laid.network.constants)
    return Point(laid.network, laid.inputs(case), np.ones(case.draws), wanted)


def apart(one: dict[str, Estimate], other: dict[str, Estimate]) -> Iterator[str]:
    """The inputs whose two estimates are farther apart than their bars allow; bars are estimates themselves."""
    for name in one:
        if (np.abs(one[name].value - other[name].value) > NARROW * (one[name].bar + other[name].bar)).any():
            yield name


def of_draws(said: dict[str, Estimate], draws: Array) -> dict[str, Estimate]:
    """What is said of some draws."""
    return {name: Estimate(*(array[draws] for array in own)) for name, own in said.items()}


@settings(max_examples=20)
@given(cases())
@example(parse_case(ROUNDED_INSIDE))
def test_what_layers_say_is_what_moving_the_whole_says(case: Case) -> None:
    point = at(case)
    with np.errstate(all="ignore"):
        found, confirmed = layers.estimates(point)
        sure, moved = np.flatnonzero(confirmed), by_entries(point)
        assert not list(apart(of_draws(found, sure), of_draws(moved, sure)))


@settings(max_examples=20)
@given(cases())
def test_a_draw_is_judged_as_if_it_were_alone(case: Case) -> None:
    point = at(case)
    beside = Differences().answer(point).gradients
    for draw in range(0, case.draws, 3):
        own = np.array([draw])
        assert not list(apart(of_draws(beside, own), Differences().answer(point.of_draws(own)).gradients))


def test_the_bars_are_short_and_hold() -> None:
    point = at(PLAIN)
    (found, confirmed), torch = layers.estimates(point), PyTorch().answer(point).gradients
    assert confirmed.all()
    assert not list(apart(found, torch))
    assert all(own.bar.max() <= 1e-9 * np.abs(own.value).max() for own in found.values())


@pytest.mark.parametrize("kind", [Affine, Add, Tanh, HalfSumOfSquares])
def test_a_layer_of_another_kind_than_it_is_taken_for_is_found_out(
    kind: type[Op], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a rule assumes wrongly, moving the whole shows it; then the whole is moved by every entry."""
    right = single.layer
    network = Network(
        (
            Node("z", Affine(), {"x": "x", "W": "W", "b": "b"}),
            Node("h", Tanh(), {"x": "z"}),
            Node("y", Add(), {"left": "h", "right": "x"}),
            Node("L", HalfSumOfSquares(), {"y": "y", "target": "t"}),
        )
    )
    generator = np.random.default_rng(0)
    inputs = {name: generator.normal(size=(2, 3, 3)) for name in ("x", "W", "t")} | {"b": generator.normal(size=(2, 3))}
    point = Point(network, inputs, np.ones(2), ("x", "W", "b"))
    assert layers.estimates(point)[1].all()

    def mistaken(op: Op, arguments: single.Arguments, roles: Collection[str]) -> tuple[Array, single.Back]:
        value, back = right(op, arguments, roles)

        def wrong(arrived: Estimate) -> tuple[single.Shares, list[Array]]:
            said, summands = back(arrived)
            return {name: own._replace(value=own.value * (1.0 + 1e-6)) for name, own in said.items()}, summands

        return value, wrong if type(op) is kind else back

    monkeypatch.setattr(single, "layer", mistaken)
    assert not layers.estimates(point)[1].any()
    assert not list(apart(Differences().answer(point).gradients, PyTorch().answer(point).gradients))


def test_a_forgotten_route_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    point = at("3x4 affine:4 tanh add(sigmoid | silu) half-sum-of-squares draws=2")
    assert layers.estimates(point)[1].all()
    monkeypatch.setattr(layers, "added", lambda one, _: one)
    assert not layers.estimates(point)[1].any()


def test_only_the_draw_in_which_something_is_assumed_wrongly_is_moved_by_every_entry(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    right, point, asked = layers.through, at("3x4 affine:4 tanh half-sum-of-squares draws=5"), list[int]()

    def wrong_in_one(*arguments: Any) -> Any:
        value, back = right(*arguments)

        def wrong(arrived: Estimate) -> Any:
            found, variance = back(arrived)
            found["W1"].value[3] *= 2.0
            return found, variance

        return value, wrong

    def entries(there: Point) -> dict[str, Estimate]:
        asked.append(there.draws)
        return by_entries(there)

    monkeypatch.setattr(
        layers, "through", lambda op, *rest: wrong_in_one(op, *rest) if op is point.op else right(op, *rest)
    )
    monkeypatch.setattr(differences, "by_entries", entries)
    assert layers.estimates(point)[1].tolist() == [True, True, True, False, True]
    assert not list(apart(Differences().answer(point).gradients, PyTorch().answer(point).gradients))
    assert asked == [1]


def test_what_has_a_bar_that_says_nothing_is_seen_by_moving_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bars of a long way back are forgotten, and its errors are not."""
    right, point = layers.through, at(PLAIN)
    slip = np.ones((point.draws, 4, 5))
    slip[1, 2, 3] += 1e-3

    def blurred(op: Op, *rest: Any) -> Any:
        value, back = right(op, *rest)

        def longer(arrived: Estimate) -> Any:
            found, variance = back(arrived)
            found = {name: own._replace(bar=own.bar + 1e9 * np.abs(own.value).max()) for name, own in found.items()}
            return found | {"W1": found["W1"]._replace(value=found["W1"].value * slip)}, variance

        return value, longer if op is point.op else back

    monkeypatch.setattr(layers, "through", blurred)
    found, confirmed = layers.estimates(point)
    assert confirmed.tolist() == [True, False, True, True]
    sure = np.flatnonzero(confirmed)
    assert all(own.bar.max() <= 1e-6 * np.abs(own.value).max() for own in of_draws(found, sure).values())
    assert not list(apart(of_draws(found, sure), of_draws(PyTorch().answer(point).gradients, sure)))
    assert not list(apart(Differences().answer(point).gradients, PyTorch().answer(point).gradients))


def test_a_kink_in_a_layer_is_a_kink_below_it() -> None:
    network = Network((Node("z", Affine(), {"x": "x", "W": "W", "b": "b"}), *_relu_and_loss()))
    inputs = {"x": np.ones((2, 1, 2)), "W": np.zeros((2, 2, 1)), "b": np.zeros((2, 1)), "t": np.ones((2, 1, 1))}
    inputs["W"][1] = 2.0  # the second draw is away from the kink
    found, confirmed = layers.estimates(Point(network, inputs, np.ones(2), ("W", "b")))
    own = found["W"]
    assert confirmed.all()
    assert own.kinks.tolist() == [[[True], [True]], [[False], [False]]]
    assert own.value[0, :, 0] == pytest.approx(-1.0, abs=1e-6)
    assert own.bar[0, :, 0] == pytest.approx(1.0, abs=1e-6)
    assert own.bar[1].max() <= 1e-9


@pytest.mark.parametrize("part", [1.0, 0.4])
def test_a_kink_is_confirmed_if_the_slopes_to_both_sides_are_within_the_bars(
    part: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    right, network = layers.through, Network((Node("z", Affine(), {"x": "x", "W": "W", "b": "b"}), *_relu_and_loss()))
    inputs = {"x": np.ones((2, 1, 1)), "W": np.zeros((2, 1, 1)), "b": np.zeros((2, 1)), "t": np.ones((2, 1, 1))}
    point = Point(network, inputs, np.ones(2), ("W",))

    def shortened(op: Op, *rest: Any) -> Any:
        value, back = right(op, *rest)

        def shorter(arrived: Estimate) -> Any:
            found, variance = back(arrived)
            return {name: own._replace(bar=part * own.bar) for name, own in found.items()}, variance

        return value, shorter if op is point.op else back

    monkeypatch.setattr(layers, "through", shortened)
    found, confirmed = layers.estimates(point)
    assert found["W"].kinks.all()
    assert (confirmed == (part == 1.0)).all()


def _relu_and_loss() -> tuple[Node, ...]:
    return Node("h", Relu(), {"x": "z"}), Node("L", MeanSquaredError(), {"y": "h", "target": "t"})


def test_what_a_stranger_wrote_is_moved_as_a_whole() -> None:
    class Own(Op):
        def forward(self, x: Array) -> tuple[Array, Pullback]:
            return x**2, lambda dy: {"x": 2 * x * dy}

    assert not layers.known(Own())


def test_only_what_is_large_and_at_a_kink_is_moved_entry_by_entry() -> None:
    assert layers.quick(at("50x60 layer-norm half-sum-of-squares draws=1"))
    assert layers.quick(at("50x60 affine:90 tanh half-sum-of-squares draws=1"))
    pool = MaxPool1d()
    generator = np.random.default_rng(0)
    apart, tied = generator.normal(size=(20, 10, 10)), np.ones((20, 10, 10))
    assert layers.quick(Point.of(pool, {"x": apart}))
    assert not layers.quick(Point.of(pool, {"x": tied}))
    assert layers.quick(Point.of(pool, {"x": tied[:2]}))
