"""Verdicts on operations that nobody here has seen: one wrong entry, quiet parameters, other units, kinks."""

import json
import re
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradcheck
from gradcheck import Verdict, check
from gradcheck.errors import Broken, Differs, Mismatch
from gradcheck.op import Altered, Array, Backward, Gradients, Op, Pullback
from gradcheck.reference import Affine, Relu
from gradcheck.stages.testimony import undiagnosed


class Bilinear(Op):
    """y = outer * tanh(x W) * loud + quiet: four inputs of very different loudness."""

    def __init__(self, factor: float = 1.0, wrong: Callable[[Gradients], Gradients] = lambda right: right) -> None:
        self.factor, self.wrong = factor, wrong

    def forward(self, x: Array, W: Array, loud: Array, quiet: Array) -> tuple[Array, Pullback]:
        """Return the value and a pullback that may have been tampered with."""
        h = np.tanh(x @ W)

        def pullback(dy: Array) -> Gradients:
            dy = self.factor * dy
            dz = dy * loud * (1.0 - h**2)
            right = {
                "x": dz @ W.T,
                "W": x.T @ dz,
                "loud": (dy * h).sum(axis=0),
                "quiet": 1e-9 * dy.sum(axis=0),
            }
            return self.wrong(right)

        return self.factor * (h * loud + 1e-9 * quiet), pullback


def inputs(seed: int) -> dict[str, Array]:
    generator = np.random.default_rng(seed)
    shapes = {"x": (3, 4), "W": (4, 5), "loud": (5,), "quiet": (5,)}
    return {name: generator.normal(size=shape) for name, shape in shapes.items()}


seeds = st.integers(0, 10_000)


@given(seeds, st.integers(-12, 12))
def test_a_right_gradient_agrees_in_any_unit(seed: int, power: int) -> None:
    result = check(Bilinear(10.0**power), **inputs(seed))
    assert result.verdict is Verdict.AGREES, str(result)
    seen = [own for name, own in result.sensitivity.items() if name != "quiet"]
    assert all(own is not None and own < 1e-4 for own in seen)  # down to entries a millionth of the largest


@given(seeds, st.integers(-12, 12), st.sampled_from(["x", "W", "loud"]), st.integers(0, 100))
@settings(max_examples=25)
def test_one_wrong_entry_is_found_in_any_unit(seed: int, power: int, name: str, place: int) -> None:
    given_inputs = inputs(seed)
    index = tuple(map(int, np.unravel_index(place % given_inputs[name].size, given_inputs[name].shape)))

    def one_entry(right: Gradients) -> Gradients:
        wrong = right[name].copy()
        wrong[index] *= 1.0 + 1e-4
        return {**right, name: wrong}

    with undiagnosed():
        result = check(Bilinear(10.0**power, one_entry), **given_inputs)
    assert result.verdict is Verdict.DIFFERS
    assert [finding.parameter for finding in result.findings] == [name]
    assert [entry.index for entry in result.findings[0].entries] == [index]


@given(seeds)
@settings(max_examples=25)
def test_a_loud_parameter_does_not_hide_a_quiet_one(seed: int) -> None:
    with undiagnosed():
        result = check(Bilinear(wrong=lambda right: {**right, "quiet": -right["quiet"]}), **inputs(seed))
    assert result.verdict is Verdict.DIFFERS
    assert result.findings[0].parameter == "quiet"


def relu_at_zero(slope: float) -> Op:
    def backward(at: Backward) -> Gradients:
        x = at.inputs["x"]
        return {"x": np.where(x == 0, slope, x > 0) * at.cotangent}

    return Altered(Relu(), backward)


@pytest.mark.parametrize("slope", [0.0, 0.3, 0.5, 1.0])
def test_at_a_kink_every_subgradient_is_right(slope: float) -> None:
    result = check(relu_at_zero(slope), x=np.array([[0.0, 1.0, -2.0]]))
    assert result.verdict is Verdict.AGREES
    assert result.comparisons[0].kinks == 1
    assert "kink" in result.notes[0]


def test_a_function_of_strangers_is_judged_by_differences_alone() -> None:
    class Stranger(Affine):
        """Not an Affine to PyTorch."""

    x, W, b = np.ones((2, 3)), np.full((3, 2), 0.5), np.zeros(2)
    assert check(Affine(), x=x, W=W, b=b).oracles == ("differences", "pytorch")
    assert check(Stranger(), x=x, W=W, b=b).oracles == ("differences",)


def test_a_value_that_is_nothing_but_noise_is_undecided() -> None:
    class Noise(Op):
        """A value of which no digit can be relied on."""

        def forward(self, x: Array) -> tuple[Array, Pullback]:
            """Return the sine of x, buried in noise."""
            return 1e-6 * np.sin(x) + np.sin(1e17 * x), lambda dy: {"x": 1e-6 * np.cos(x) * dy}

    result = check(Noise(), x=np.array([0.7, 0.9]))
    assert result.verdict is Verdict.UNDECIDED
    assert "no oracle could judge" in result.notes[-1]


def test_verify_raises_the_page() -> None:
    check(Affine(), x=np.ones((1, 1)), W=np.ones((1, 1)), b=np.ones(1)).verify()
    wrong = Altered(Affine(), lambda at: {**at.gradients, "b": 2.0 * at.gradients["b"]})
    with pytest.raises(Differs, match="claimed/right") as raised:
        check(wrong, x=np.ones((1, 1)), W=np.ones((1, 1)), b=np.ones(1)).verify()
    assert isinstance(raised.value, Mismatch)
    assert isinstance(raised.value, AssertionError)
    empty = Altered(Affine(), lambda _: {})
    with pytest.raises(Broken, match="No gradient came back"):
        check(empty, x=np.ones((1, 1)), W=np.ones((1, 1)), b=np.ones(1)).verify()


def test_a_result_is_true_if_it_agrees() -> None:
    """Who knows other checkers writes ``assert check_gradient(...)``, and that must not pass for a wrong gradient."""
    at = np.array([1.0, 2.0])
    assert gradcheck.check_gradient(lambda x: (x**2).sum(), lambda x: 2 * x, at)
    assert not gradcheck.check_gradient(lambda x: (x**2).sum(), lambda x: x, at)
    assert not gradcheck.check_gradient(lambda _x: None, lambda x: x, at)


def test_a_result_shows_itself_as_text_json_and_in_a_notebook() -> None:
    result = check(Affine(), x=np.ones((1, 1)), W=np.ones((1, 1)), b=np.ones(1))
    assert str(result).startswith("AGREES")
    assert json.loads(result.to_json())["verdict"] == "agrees"
    assert re.search("AGREES.*affine", result._repr_html_())


def test_the_public_names() -> None:
    kinds = {"GradcheckError", "Mismatch", "Op", "Result", "Verdict"}
    checks = {"check", "check_gradient", "check_hessian_vector", "check_torch", "check_vjp", "find_mismatch"}
    formulas = {"Judgement", "Problem", "check_formula", "derive"}
    assert set(gradcheck.__all__) == kinds | checks | formulas
    assert all(hasattr(gradcheck, name) for name in gradcheck.__all__)
    with pytest.raises(AttributeError, match="no attribute 'check_formulas'"):
        gradcheck.check_formulas  # noqa: B018


def normalised(W: Array, b: Array) -> float:
    """A loss behind a normalisation that takes the bias away again, in code that no other numbers can enter."""
    z = np.array(ROWS @ W + b, dtype=float)
    return float(((z - z.mean(axis=0)) / z.std(axis=0) * TARGETS).sum())


def normalised_gradient(W: Array, b: Array) -> tuple[Array, Array]:
    z = ROWS @ W + b
    y = (z - z.mean(axis=0)) / z.std(axis=0)
    dz = (TARGETS - TARGETS.mean(axis=0) - y * (TARGETS * y).mean(axis=0)) / z.std(axis=0)
    return ROWS.T @ dz, dz.sum(axis=0)


ROWS, TARGETS = np.random.default_rng(8).normal(size=(2, 5, 3))


@given(seeds)
@settings(max_examples=25)
def test_a_bias_that_a_normalisation_takes_away_has_gradient_zero_but_for_rounding(seed: int) -> None:
    W, b = np.random.default_rng(seed).normal(size=(4, 3))[:3], np.random.default_rng(seed + 1).normal(size=3)
    result = gradcheck.check_gradient(normalised, normalised_gradient, W, b)
    assert result.verdict is Verdict.AGREES, str(result)
    by_luck = not normalised_gradient(W, b)[1].any()
    assert by_luck or any("zero, but for rounding" in note for note in result.notes)


def shares(z: Array) -> Array:
    """Shares of a whole, in code that no other numbers can enter."""
    powers = np.exp(np.array(z, dtype=float))
    return np.asarray(powers / powers.sum())


@given(seeds, st.integers(-9, 0))
@settings(max_examples=25)
def test_where_nothing_at_all_moves_the_value_it_is_zero_but_for_rounding(seed: int, power: int) -> None:
    z = np.random.default_rng(seed).normal(size=6)
    claimed = [lambda z: shares(z) * (1.0 - shares(z).sum()), lambda z: 10.0**power * shares(z)]
    with undiagnosed():
        right, wrong = (gradcheck.check_gradient(lambda z: shares(z).sum(), claim, z) for claim in claimed)
    assert right.verdict is Verdict.AGREES, str(right)
    assert wrong.verdict is Verdict.DIFFERS, str(wrong)


@given(seeds, st.integers(-9, 0))
@settings(max_examples=25)
def test_what_is_no_rounding_of_zero_differs_there(seed: int, power: int) -> None:
    W, b = np.random.default_rng(seed).normal(size=(4, 3))[:3], np.random.default_rng(seed + 1).normal(size=3)

    def shifted(W: Array, b: Array) -> tuple[Array, Array]:
        dW, db = normalised_gradient(W, b)
        return dW, db + 10.0**power

    with undiagnosed():
        off = gradcheck.check_gradient(normalised, shifted, W, b)
    assert [finding.parameter for finding in off.findings] == ["b"]
