"""Large parameters: what a dozen passes settle, what they would have seen, and where what is wrong is found."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gradcheck import Result, Verdict, check, check_gradient
from gradcheck.op import Array, Gradients, Op, Pullback
from gradcheck.point import Point
from gradcheck.stages.directions import directions, joined, shortly, signs_and_sizes
from gradcheck.stages.testimony import undiagnosed

Arrays = tuple[Array, ...]
Change = Callable[[Array], Array]


class Perceptron:
    """L = 1/2 sum (phi(x W + b) V - t)^2 / batch, with its gradient; every pass is counted."""

    def __init__(self, activation: Callable[[Array], Array], slope: Callable[[Array], Array], seed: int = 0) -> None:
        generator = np.random.default_rng(seed)
        self.activation, self.slope = activation, slope
        self.x, self.t = generator.normal(size=(8, 20)), generator.normal(size=(8, 6))
        shapes = ((20, 30), (30,), (30, 6))
        self.parameters = tuple(generator.normal(size=shape) / 4.0 for shape in shapes)
        self.forward = self.backward = 0

    def value(self, W: Array, b: Array, V: Array) -> Any:
        self.forward += 1
        return 0.5 * ((self.activation(self.x @ W + b) @ V - self.t) ** 2).sum() / len(self.x)

    def gradient(self, W: Array, b: Array, V: Array) -> Arrays:
        self.backward += 1
        z = self.x @ W + b
        h = self.activation(z)
        dy = (h @ V - self.t) / len(self.x)
        dz = dy @ V.T * self.slope(z)
        return self.x.T @ dz, dz.sum(axis=0), h.T @ dy

    def check(self, change: Change = lambda dW: dW, which: int = 0) -> Result:
        """Judge the gradient, of which one has been changed; what was changed stands in no line of it."""

        def changed(W: Array, b: Array, V: Array) -> Arrays:
            right = list(self.gradient(W, b, V))
            right[which] = change(right[which].copy())
            return tuple(right)

        with undiagnosed():
            return check_gradient(self.value, changed, *self.parameters)


def opaque(activation: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """Code that takes nothing but real numbers in double precision."""
    return lambda z: activation(np.asarray(z, dtype=np.float64))


SMOOTH: dict[str, Callable[[Array], Array]] = {"watched": np.tanh, "opaque": opaque(np.tanh)}


def smooth(code: str, seed: int = 0) -> Perceptron:
    return Perceptron(SMOOTH[code], lambda z: 1.0 - np.tanh(z) ** 2, seed)


def rectified(code: str, seed: int = 0) -> Perceptron:
    relu = opaque(lambda z: np.maximum(z, 0.0)) if code == "opaque" else lambda z: np.maximum(z, 0.0)
    return Perceptron(relu, lambda z: (z > 0) * 1.0, seed)


def at(place: int, factor: float) -> Change:
    """Multiply one entry."""

    def change(right: Array) -> Array:
        right.reshape(-1)[place % right.size] *= factor
        return right

    return change


patiently = settings(
    max_examples=max(10, settings().max_examples // 5)
)  # a check of thousands of numbers takes a while
codes, seeds, places = st.sampled_from(list(SMOOTH)), st.integers(0, 1000), st.integers(0, 10**6)


@pytest.mark.parametrize("code", SMOOTH)
def test_a_dozen_passes_settle_a_right_gradient(code: str) -> None:
    network = smooth(code)
    assert network.check().verdict is Verdict.AGREES
    assert network.forward <= 13  # one of them is the second repetition that small things get
    assert network.backward <= 7


def test_many_small_parameters_are_as_large_as_a_large_one() -> None:
    parts = np.random.default_rng(0).normal(size=(20, 100))
    passes: list[None] = []

    def value(*own: Array) -> Any:
        passes.append(None)
        return sum(np.tanh(part).sum() for part in own)

    def slopes(*own: Array) -> Arrays:
        return tuple(1.0 - np.tanh(part) ** 2 for part in own)

    def wrong(*own: Array) -> Arrays:
        return tuple(right * (1.0 + 1e-6 * (place == 7)) for place, right in enumerate(slopes(*own)))

    assert check_gradient(value, slopes, *parts).verdict is Verdict.AGREES
    assert len(passes) <= 40
    assert [found.parameter for found in check_gradient(value, wrong, *parts).findings] == ["argument 7"]


@patiently
@given(codes, seeds, places, st.integers(0, 2))
def test_one_wrong_entry_is_found_whatever_the_code(code: str, seed: int, place: int, which: int) -> None:
    network = smooth(code, seed)
    result = network.check(at(place, 1.0 + 1e-4), which)
    assert result.verdict is Verdict.DIFFERS
    size = network.parameters[which].size
    (finding,) = result.findings
    assert [np.ravel_multi_index(entry.index, network.parameters[which].shape) for entry in finding.entries] == [
        place % size
    ]


@patiently
@given(codes, st.booleans(), seeds, places, st.integers(0, 2))
@example(code="opaque", bends=True, seed=626, place=1, which=0)  # its own direction sees less than the first look
@example(code="opaque", bends=True, seed=789, place=1, which=0)  # a half that is wrong shows it less than the other
def test_what_would_have_been_seen_is_seen(code: str, bends: bool, seed: int, place: int, which: int) -> None:
    network = (rectified if bends else smooth)(code, seed)
    right = network.check()
    assert right.verdict is Verdict.AGREES
    seen = list(right.sensitivity.values())[which]
    gradient = np.abs(network.gradient(*network.parameters)[which]).reshape(-1)
    assert seen is not None
    if gradient[place % gradient.size] > 1e-6 * gradient.max():
        assert network.check(at(place, 1.0 + 3.0 * seen), which).verdict is Verdict.DIFFERS


def swapped(right: Array) -> Array:
    right[3, 5], right[11, 17] = right[11, 17], right[3, 5]
    return right


def transposed(right: Array) -> Array:
    right[:20, :20] = right[:20, :20].T
    return right


def flipped(right: Array) -> Array:
    right[7] *= -1.0
    return right


def added(rows: slice, columns: slice, signs: Any = 1.0) -> Change:
    """Add the same small amount to a block, or to entries of it with signs."""

    def change(right: Array) -> Array:
        right[rows, columns] += 1e-4 * signs * np.abs(right).mean()
        return right

    return change


STRUCTURED: dict[str, Change] = {
    "two entries swapped": swapped,
    "a block transposed": transposed,
    "a row of the other sign": flipped,
    "a row moved by a constant": added(slice(4, 5), slice(None)),
    "a column moved by a constant": added(slice(None), slice(9, 10)),
    "a block of two by two moved by a constant": added(slice(6, 8), slice(2, 4)),
    "everything moved by a constant": added(slice(None), slice(None)),
    "two equal and opposite errors": added(slice(5, 6), slice(1, 3), np.array([1.0, -1.0])),
    "a checkerboard": added(slice(2, 4), slice(2, 4), np.array([[1.0, -1.0], [-1.0, 1.0]])),
}


@pytest.mark.parametrize("code", SMOOTH)
@pytest.mark.parametrize("change", STRUCTURED.values(), ids=STRUCTURED)
def test_errors_that_hang_together_do_not_cancel(code: str, change: Change) -> None:
    assert smooth(code).check(change).verdict is Verdict.DIFFERS


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 10**6))
def test_no_two_signs_and_sizes_are_alike(rows: int, columns: int, seed: int) -> None:
    drawn = signs_and_sizes(rows * columns * 8, np.random.default_rng(seed))
    assert len(np.unique(np.abs(drawn))) == drawn.size
    assert np.abs(drawn).min() >= 0.45
    assert np.abs(drawn).max() <= 1.0


@patiently
@given(codes, seeds, places)
def test_with_kinks_everywhere_right_is_right_and_wrong_is_wrong(code: str, seed: int, place: int) -> None:
    network = rectified(code, seed)
    assert network.check().verdict is Verdict.AGREES
    gradient = np.abs(network.gradient(*network.parameters)[0]).reshape(-1)
    if gradient[place % gradient.size] > 1e-3 * gradient.max():
        assert network.check(at(place, 1.001)).verdict is Verdict.DIFFERS


@pytest.mark.parametrize("factor", [1e-2, 1e-6, 1e-9])
def test_a_quiet_parameter_moves_on_its_own(factor: float) -> None:
    def value(loud: Array, quiet: Array) -> Any:
        return np.sin(loud).sum() + factor * np.sin(quiet).sum()

    def gradient(loud: Array, quiet: Array) -> Arrays:
        return np.cos(loud), factor * np.cos(quiet)

    def half_right(loud: Array, quiet: Array) -> Arrays:
        return np.cos(loud), factor * at(11, 1.001)(np.cos(quiet))

    generator = np.random.default_rng(0)
    arguments = generator.normal(size=400), generator.normal(size=30)
    assert check_gradient(value, gradient, *arguments).verdict is Verdict.AGREES
    result = check_gradient(value, half_right, *arguments)
    assert [(own.parameter, own.entries[0].index) for own in result.findings] == [("quiet", (11,))]


class Two(Op):
    """The sum of a loud and a quiet input."""

    def forward(self, loud: Array, quiet: Array) -> tuple[Array, Pullback]:
        """Return 1000 sum(loud) + 0.01 sum(quiet)."""

        def pullback(dy: Array) -> Gradients:
            return {"loud": np.full(loud.shape, 1e3) * dy, "quiet": np.full(quiet.shape, 1e-2) * dy}

        return np.asarray(1e3 * loud.sum() + 1e-2 * quiet.sum()), pullback


def test_what_is_far_quieter_is_not_moved_together() -> None:
    found = directions(Point.of(Two(), {"loud": np.ones(300), "quiet": np.ones(300)}))
    assert [list(way.stretches) for way in joined(found)] == [["loud"], ["quiet"]]


def test_a_single_wrong_entry_among_many_costs_the_digits_of_their_number() -> None:
    count = 0

    def value(x: Array) -> Any:
        nonlocal count
        count += 1
        return np.sin(x).sum()

    x = np.random.default_rng(1).normal(size=2**15)
    result = check_gradient(value, lambda x: at(12_345, 1.0 + 1e-6)(np.cos(x)), x)
    assert [entry.index for entry in result.findings[0].entries] == [(12_345,)]
    assert count <= 120


@pytest.mark.parametrize(("factor", "says"), [(2.0, "all are wrong, and 2 times"), (0.0, "all are wrong, and zero")])
def test_where_all_is_wrong_nothing_is_searched_for(factor: float, says: str) -> None:
    network = smooth("opaque")
    result = network.check(lambda right: factor * right)
    assert says in result.findings[0].says
    assert len(result.findings[0].entries) == 4
    assert network.forward <= 150


@pytest.mark.parametrize("factor", [1.0, 1.001])
def test_a_few_entries_are_accused_along_directions_where_that_is_enough(factor: float) -> None:
    """And with fewer values: what is right is not accused, and a right one at kinks is still judged by every entry."""
    x, values = sparse(60), [0]

    def value(x: Array) -> Any:
        values[0] += 1
        return np.abs(np.asarray(x, np.float64)).sum() + 0.5 * x @ x

    def slope(x: Array) -> Array:
        gradient = np.sign(x) + x
        gradient[7] *= factor
        return np.asarray(gradient)

    with undiagnosed():
        at_length = check_gradient(value, slope, x)
        many, values[0] = values[0], 0
        with shortly():
            result = check_gradient(value, slope, x)
    assert result.verdict is at_length.verdict is (Verdict.AGREES if factor == 1.0 else Verdict.DIFFERS)
    assert [entry.index for finding in result.findings for entry in finding.entries] == [(7,)] * (factor > 1.0)
    assert factor == 1.0 or 2 * values[0] < many


def test_noise_is_no_error() -> None:
    def value(x: Array) -> Any:
        return float(np.sin(x.astype(np.float32)).sum(dtype=np.float32))

    x = np.random.default_rng(1).normal(size=500).astype(np.float32).astype(np.float64)
    with undiagnosed():
        right, wrong = (check_gradient(value, claim, x) for claim in (np.cos, lambda x: 1.5 * np.cos(x)))
    assert right.verdict in (Verdict.AGREES, Verdict.UNDECIDED)
    assert wrong.verdict in (Verdict.DIFFERS, Verdict.UNDECIDED)


def sparse(size: int) -> Array:
    """Return numbers of which many are zero."""
    x = np.random.default_rng(1).normal(size=size)
    x[::5] = 0.0
    return x


@pytest.mark.parametrize(("place", "factor"), [(1, 1.001), (802, -1.0)])
def test_entries_at_a_kink_do_not_hide_the_others(place: int, factor: float) -> None:
    def value(x: Array) -> Any:
        return np.abs(x).sum() + 0.5 * x @ x

    def slope(x: Array) -> Array:
        return np.asarray(np.sign(x) + x)

    x = sparse(1000)
    assert check_gradient(value, slope, x).verdict is Verdict.AGREES
    result = check_gradient(value, lambda x: at(place, factor)(slope(x)), x)
    assert [entry.index for entry in result.findings[0].entries] == [(place,)]


@pytest.mark.parametrize("convention", [0.0, 1.0])
def test_where_kinks_meet_only_a_single_wrong_entry_accuses(convention: float) -> None:
    """A network with biases of zero, asked about a sample of zeros: every unit is at its kink."""
    generator = np.random.default_rng(0)
    x, t = generator.normal(size=(4, 10)), generator.normal(size=(4, 3))
    x[2] = 0.0
    W, b, V = generator.normal(size=(10, 30)) / 3.0, np.zeros(30), generator.normal(size=(30, 3)) / 5.0

    def value(W: Array, b: Array, V: Array) -> Any:
        return 0.5 * ((np.maximum(x @ W + b, 0.0) @ V - t) ** 2).sum()

    def gradient(W: Array, b: Array, V: Array) -> Arrays:
        z = x @ W + b
        dy = np.maximum(z, 0.0) @ V - t
        dz = dy @ V.T * np.where(z == 0, convention, z > 0)
        return x.T @ dz, dz.sum(axis=0), np.maximum(z, 0.0).T @ dy

    right = check_gradient(value, gradient, W, b, V)
    assert right.verdict is Verdict.AGREES
    assert any("at a kink" in note for note in right.notes)

    def wrong(W: Array, b: Array, V: Array) -> Arrays:
        dW, db, dV = gradient(W, b, V)
        return dW, at(9, -1.0)(db), dV

    (finding,) = check_gradient(value, wrong, W, b, V).findings
    assert (finding.parameter, [entry.index for entry in finding.entries]) == ("b", [(9,)])


class Numbers(Op):
    """y = tanh <w, (1, ..., n) / n> of n numbers, the fourth of whose slopes may be wrong."""

    def __init__(self, wrong: float) -> None:
        self.wrong = wrong

    def forward(self, **w: Array) -> tuple[Array, Pullback]:
        weights = np.arange(1.0, 1.0 + len(w)) / len(w)
        y = np.tanh(np.stack([*w.values()]) @ weights)
        slopes = (1.0 - y**2) * weights
        slopes[3] *= 1.0 + self.wrong
        return y, lambda dy: dict(zip(w, slopes * dy, strict=True))


@pytest.mark.parametrize("wrong", [0.0, 1e-3])
def test_many_single_numbers_are_judged_together(wrong: float) -> None:
    result = check(Numbers(wrong), **{f"w{k}": np.asarray(0.1 * k) for k in range(10)})
    assert result.verdict is (Verdict.DIFFERS if wrong else Verdict.AGREES)
