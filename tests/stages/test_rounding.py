"""A right formula is forgiven what rounding makes of it, and a wrong one is not."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gradcheck import Verdict, check_gradient
from gradcheck.adapt.pairs import Pair
from gradcheck.architecture import parse_case
from gradcheck.check import examine
from gradcheck.op import Altered, Array, Backward, Gradients
from gradcheck.oracles import layers
from gradcheck.point import Point
from gradcheck.stages.rounding import lost_on_the_way, own_rounding
from gradcheck.stages.testimony import undiagnosed
from gradcheck.survey.judging import point_of

through_layers = layers.estimates


def lost(grad: Any, x: Array) -> Array | None:
    op = Pair(lambda x: np.sin(x).sum(), lambda *args: lambda dy: grad(*args) * dy, (x,), ["x"])
    point = Point.of(op, op.inputs)
    return own_rounding(point, point.claim(), None).get("x")


def test_what_a_difference_loses_is_known() -> None:
    found = lost(lambda x: 1 - np.tanh(x) ** 2, np.array([0.3, 8.0]))
    assert found is not None
    assert 1e-20 < found[0, 1] < 1e-15
    assert lost(np.cos, np.array([0.3, 8.0])) is not None
    assert lost(lambda x: (x > 0) * 1.0, np.array([0.3, 8.0])) is not None


@pytest.mark.parametrize(
    "grad",
    [
        lambda x: np.cos(x.astype(np.float64)),
        lambda x: np.array([float(np.cos(own)) for own in x]),
        lambda x: np.cos(x) * (1.0 if x.dtype == np.float64 else 1.5),
        lambda x: np.cos(x) if x.dtype == np.float64 else np.cos(x)[:1],
        lambda x: np.cos(x) if x.dtype == np.float64 else None,
    ],
    ids=["cast", "floats", "another formula", "another shape", "nothing"],
)
def test_code_that_does_something_else_with_more_digits_tells_nothing(grad: Any) -> None:
    assert lost(grad, np.array([0.3, 1.1])) is None


def tanh(x: Array) -> Any:
    return np.tanh(x).sum()


def slope(x: Array) -> Any:
    return 1 - np.tanh(x) ** 2


@given(st.lists(st.floats(-11, 11).filter(lambda t: abs(t) > 1e-3), min_size=1, max_size=4).map(np.array))
def test_a_saturated_slope_is_not_accused_and_a_wrong_one_is(x: Array) -> None:
    worst = np.argmin(np.abs(x))
    with undiagnosed():
        right = check_gradient(tanh, slope, x)
        wrong = check_gradient(tanh, lambda x: slope(x) * np.where(np.arange(x.size) == worst, 1.001, 1), x)
    assert right.verdict is not Verdict.DIFFERS
    assert wrong.verdict is Verdict.DIFFERS


def test_a_guard_against_division_by_zero_is_no_mistake() -> None:
    x = np.array([0.3, -1.2])
    guarded = check_gradient(lambda x: np.sqrt((x * x).sum()), lambda x: x / (np.sqrt((x * x).sum()) + 1e-12), x)
    assert guarded.verdict is Verdict.AGREES
    loose = check_gradient(lambda x: np.sqrt((x * x).sum()), lambda x: x / (np.sqrt((x * x).sum()) + 1e-8), x)
    assert loose.verdict is Verdict.DIFFERS


LABELS = np.array([1, 0, 4, 2])


def cross_entropy(z: Array) -> float:
    """A loss in code that no other numbers can enter."""
    z = np.array(z, dtype=float)
    z -= z.max(axis=1, keepdims=True)
    return float(-(z[range(4), LABELS] - np.log(np.exp(z).sum(axis=1))).mean())


def residual(z: Array) -> Array:
    p = np.exp(np.array(z, dtype=float) - z.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    return np.asarray((p - np.eye(5)[LABELS]) / 4.0)


def confident(seed: int, scale: float, margin: float) -> Array:
    """Logits of a classifier that is right, and surer than any other by this."""
    z = np.random.default_rng(seed).normal(scale=scale, size=(4, 5))
    z[range(4), LABELS] = z.max(axis=1) + margin
    return z


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.floats(5.0, 100.0), st.floats(45.0, 400.0))
def test_a_classifier_that_is_right_and_sure_has_a_gradient_too_small_to_be_seen(
    seed: int, scale: float, margin: float
) -> None:
    result = check_gradient(cross_entropy, residual, confident(seed, scale, margin))
    assert result.verdict is Verdict.AGREES, str(result)


def test_the_stairs_of_a_loss_that_is_nearly_zero_accuse_nobody() -> None:
    z = np.random.default_rng(2).normal(scale=40.0, size=(4, 5))
    z[range(4), LABELS] += 120.0
    assert 0 < cross_entropy(z) < 1e-12
    result = check_gradient(cross_entropy, residual, z)
    assert result.verdict is not Verdict.DIFFERS, str(result)


@pytest.mark.parametrize("off", [1e-10, 1e-3, 0.25])
@pytest.mark.parametrize("margin", [50.0, 300.0])
def test_where_nothing_moves_a_claim_that_would_be_seen_is_wrong(margin: float, off: float) -> None:
    wrong = off * np.eye(4, 5)
    result = check_gradient(cross_entropy, lambda z: residual(z) + wrong, confident(1, 40.0, margin))
    assert result.verdict is Verdict.DIFFERS


def in_every_draw_by_every_entry(point: Point) -> tuple[dict[str, Any], Array]:
    """What layer by layer says where moving the whole confirms it in no draw."""
    return through_layers(point)[0], np.zeros(point.draws, bool)


@pytest.mark.parametrize(("slip", "verdict"), [(0.0, Verdict.AGREES), (1e-7, Verdict.DIFFERS)])
def test_what_a_layer_loses_within_is_no_mistake(
    slip: float, verdict: Verdict, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows of zeros are divided by 1e-8: 1e-16, which rounding leaves of a sum that cancels, becomes 1e-8."""
    monkeypatch.setattr(layers, "estimates", in_every_draw_by_every_entry)
    point = point_of(parse_case("3x1x1 group-norm flatten info-nce weights=803 draws=8 regime=sparse"), "")

    def slipped(own: Backward) -> Gradients:
        return own.gradients | {"b1": own.gradients["b1"] + slip * own.cotangent[..., None]}

    assert np.abs(point.claim()["b1"]).max() > 1e-9
    assert examine(replace(point, op=Altered(point.op, slipped)), "info-nce").verdict is verdict


def test_what_a_value_loses_within_its_layers_makes_it_no_other_function() -> None:
    """What a GELU leaves of 1 - 1 is divided by 1e-8, the smallest length that a cosine allows."""
    case = "1x1 embedding:2,3 gelu-tanh max-pool1d flatten cosine-loss weights=101 draws=1 regime=saturated"
    point = point_of(parse_case(case), "")
    assert examine(point, "cosine").verdict is Verdict.AGREES
    assert 1e-11 < float(lost_on_the_way(point).max()) < 1e-6
    plain = point_of(parse_case("2x3 affine:2 tanh half-sum-of-squares weights=1 draws=2 regime=ordinary"), "")
    assert float(lost_on_the_way(plain).max()) < 1e-15


def saturated(z: float, seed: int, offset: float) -> tuple[Callable[[Array], Any], Callable[[Array], Any], Array]:
    """Return tanh(<a, x>) + offset, its gradient, and an x with <a, x> = z whose entries are of any size."""
    generator = np.random.default_rng(seed)
    a, x = np.abs(generator.normal(size=4)), 10.0 ** generator.uniform(-2, 1, size=4)
    return lambda x: np.tanh(a @ x) + offset, lambda x: (1.0 - np.tanh(a @ x) ** 2) * a, x * (z / (a @ x))


def test_a_gradient_that_is_made_of_rounding_may_seem_to_lie_at_a_kink() -> None:
    """All three tokens attend to the same one, and a layer norm makes them as far apart as rounding has left them."""
    case = (
        "2x4 embedding:1,3 flatten affine:3 affine:3 residual(reshape:3x1 grouped-query-attention:4,groups=4 "
        "layer-norm:over=2 flatten affine:3~b4) reshape:1x3 tokenwise:4,swi-glu flatten affine:5 residual(batch-norm) "
        "triplet weights=2102 draws=8 regime=huge"
    )
    point = point_of(parse_case(case), "")
    result = examine(point, "network")
    assert result.verdict is not Verdict.DIFFERS, str(result)


@example(z=25.7, seed=1, offset=10.0)
@example(z=20.0, seed=623, offset=0.0)  # one of its entries is hundreds of times as large as the others
@example(z=21.0, seed=45, offset=0.0)
@settings(max_examples=25)
@given(z=st.floats(19.5, 300.0), seed=st.integers(0, 999), offset=st.sampled_from([0.0, 1.0, 10.0]))
def test_a_slope_that_no_value_shows_may_be_none(z: float, seed: int, offset: float) -> None:
    """The slope 1 - y^2 of y = tanh z is 0 in float64, and more than that in numbers with more digits."""
    f, slope, x = saturated(z, seed, offset)
    with undiagnosed():
        assert check_gradient(f, slope, x)
        assert not check_gradient(f, lambda x: slope(x) + 1e-6, x)


def test_stairs_of_lost_digits_are_no_kinks() -> None:
    f, slope, x = saturated(17.54525100204894, 468075, 0.0)
    assert check_gradient(f, slope, x)
    with undiagnosed():
        assert not check_gradient(f, lambda x: 3.0 * slope(x), x)


def test_what_has_vanished_behind_another_layer_is_forgiven() -> None:
    x, V = np.array([0.3, -0.2]), np.array([[20.6, 0.1], [0.4, 0.2]])

    def value(W: Array) -> Any:
        return 20.0 * np.tanh(V @ np.tanh(W @ x) + V[:, 0])[0] + np.tanh(V @ np.tanh(W @ x))[1]

    def gradient(W: Array) -> Array:
        h = np.tanh(W @ x)
        one, other = np.tanh(V @ h + V[:, 0]), np.tanh(V @ h)
        dh = V.T @ (np.array([20.0, 0.0]) * (1.0 - one**2)) + V.T @ (np.array([0.0, 1.0]) * (1.0 - other**2))
        return np.outer(dh * (1.0 - h**2), x)

    assert check_gradient(value, gradient, np.array([[0.5, -0.4], [0.3, 0.9]])).verdict is Verdict.AGREES
