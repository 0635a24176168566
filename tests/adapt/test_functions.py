"""Functions and their gradients as people pass them: containers, None, wrt, other precisions, and what breaks them."""

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradcheck import GradcheckError, Result, Verdict, check, check_gradient, check_hessian_vector, check_vjp
from gradcheck.adapt.leaves import leaves, match, rebuild

Array = np.ndarray[Any, Any]

X = np.array([[0.5, -1.2], [2.0, 0.3], [-0.7, 1.1]])


def f(W: Array, b: Array, n: int) -> Any:
    return n * np.tanh(X @ W + b).sum()


def grad(W: Array, b: Array, n: int) -> tuple[Array, Array, None]:
    d = n * (1 - np.tanh(X @ W + b) ** 2)
    return X.T @ d, d.sum(axis=0), None


W, B = np.array([[0.3, -0.2], [0.1, 0.4]]), np.array([0.2, -0.1])


def test_whole_numbers_are_carried_along() -> None:
    result = check_gradient(f, grad, W, B, 3)
    assert result.verdict is Verdict.AGREES
    assert list(result.sensitivity) == ["W", "b"]


@pytest.mark.parametrize("wrt", ["W", ["W"], 0, [0], ["W", "b"], [0, 1], [-3]])
def test_wrt_chooses_arguments_by_name_or_number(wrt: Any) -> None:
    result = check_gradient(f, grad, W, B, 3, wrt=wrt)
    assert result.verdict is Verdict.AGREES
    assert "W" in result.sensitivity


def test_a_gradient_may_be_given_for_the_chosen_arguments_only() -> None:
    assert check_gradient(f, lambda *args: grad(*args)[:2], W, B, 3, wrt=["W", "b"]).verdict is Verdict.AGREES
    assert check_gradient(f, lambda *args: grad(*args)[1], W, B, 3, wrt="b").verdict is Verdict.AGREES
    named = check_gradient(f, lambda *args: {"b": grad(*args)[1], "W": grad(*args)[0]}, W, B, 3)
    assert named.verdict is Verdict.AGREES


def test_none_is_not_judged() -> None:
    result = check_gradient(f, lambda *args: (grad(*args)[0], None, None), W, B, 3)
    assert result.verdict is Verdict.AGREES
    assert list(result.sensitivity) == ["W"]
    assert "b: not judged, for None came back." in result.notes


def test_every_argument_is_judged_and_not_just_the_first() -> None:
    result = check_gradient(f, lambda *args: (grad(*args)[0], 0 * B, None), W, B, 3)
    assert [finding.parameter for finding in result.findings] == ["b"]


def test_the_callers_arrays_are_never_touched() -> None:
    def vandal(x: Array) -> Any:
        x *= 0
        return x.sum()

    kept = X.copy()
    result = check_gradient(vandal, np.zeros_like, X)
    assert result.findings[0].clause == "unchanged"
    np.testing.assert_array_equal(X, kept)


BROKEN: dict[str, tuple[Any, str, str]] = {
    "too many": (lambda W, b, n: (W, b, None, W), "names", "4 gradients came back for 3 arguments: W, b, n."),
    "too few": (lambda W, b, n: (W,), "names", "Return None for what is not judged, or name with wrt= what is."),
    "wrong shape": (
        lambda W, b, n: (grad(W, b, n)[0], grad(W, b, n)[1][:, None], None),
        "shape",
        "(2, 1); 'b' has (2,)",
    ),
    "complex numbers": (lambda W, b, n: (np.ones((2, 2), complex), b, None), "dtype", "holds complex128"),
    "half the digits": (lambda W, b, n: (grad(W, b, n)[0].astype(np.float32), b, None), "dtype", "keeps fewer digits"),
    "not finite": (lambda W, b, n: (grad(W, b, n)[0] * np.nan, b, None), "finite", "nan at entry (0, 0)"),
    "raises": (lambda W, b, n: 1 / 0, "raises", "ZeroDivisionError"),
}


@pytest.mark.parametrize(("backward", "clause", "says"), BROKEN.values(), ids=BROKEN)
def test_a_broken_contract_is_named(backward: Any, clause: str, says: str) -> None:
    result = check_gradient(f, backward, W, B, 3)
    assert result.verdict is Verdict.BROKEN
    assert result.findings[0].clause == clause
    assert says in result.findings[0].says


@pytest.mark.parametrize("slope", [lambda x: x > 0, lambda x: (x > 0).astype(int), lambda x: np.where(x > 0, 1, 0)])
def test_whole_numbers_are_as_good_as_others(slope: Any) -> None:
    x = np.array([[-1.5, 0.4, 2.0], [0.3, -0.2, 1.1]])
    check_gradient(lambda x: np.maximum(x, 0).sum(), slope, x).verify()
    check_vjp(lambda x: x + np.sign(x), lambda x, dy: dy * slope(np.abs(x)), x).verify()


def test_what_whole_numbers_have_cut_off_is_told() -> None:
    result = check_gradient(lambda x: (x**3).sum(), lambda x: (3 * x**2).astype(int), np.array([0.5, 1.2]))
    assert result.verdict is Verdict.DIFFERS
    assert any("holds int64: what is written into such an array" in note for note in result.notes)


def test_what_is_tried_as_a_repair_is_not_told_of_the_claim() -> None:
    result = check_gradient(lambda x: (x**2).sum(), lambda x: 3 * x, np.ones(3))
    assert result.verdict is Verdict.DIFFERS
    assert result.notes == ()


def test_a_backward_pass_that_writes_to_its_argument_is_told() -> None:
    def backward(x: Array) -> Array:
        slope = np.cos(x)
        x[0] = 0.0
        return slope

    result = check_gradient(lambda x: np.sin(x).sum(), backward, np.array([0.5, 1.0]))
    assert result.findings[0].clause == "unchanged"
    assert "'x' was changed, first at entry (0,)" in result.findings[0].says


def test_randomness_in_the_forward_pass_is_found_first() -> None:
    generator = np.random.default_rng(0)
    result = check_gradient(lambda x: (x * (generator.random(x.shape) > 0.5)).sum(), np.ones_like, np.ones(20))
    assert result.verdict is Verdict.BROKEN
    assert "different values for equal inputs" in result.findings[0].says


points = st.lists(st.floats(0.5, 2.0), min_size=1, max_size=9).map(np.array)


@settings(max_examples=10)
@given(points)
def test_a_gradient_that_is_kept_is_told_where_it_happens_to_be_right(x: Array) -> None:
    kept: list[Array] = []

    def remembered(x: Array) -> Array:
        kept.append(2 * x)
        return kept[0].copy()

    result = check_gradient(lambda x: (x**2).sum(), remembered, x)
    assert result.verdict is Verdict.BROKEN
    assert result.findings[0].clause == "kept"


@settings(max_examples=10)
@given(points)
def test_a_gradient_that_is_constant_is_not_accused(x: Array) -> None:
    assert check_gradient(lambda x: 3 * x.sum(), lambda x: np.full_like(x, 3.0), x).verdict is Verdict.AGREES


@settings(max_examples=10)
@given(points)
def test_a_buffer_that_is_used_again_is_told(x: Array) -> None:
    buffer = np.zeros_like(x)

    def backward(x: Array) -> Array:
        buffer[:] = np.cos(x)
        return buffer

    assert check_gradient(lambda x: np.sin(x).sum(), backward, x).findings[0].clause == "reused"


@settings(max_examples=10)
@given(points)
def test_a_list_of_one_gradient_is_one_gradient(x: Array) -> None:
    assert check_vjp(np.sin, lambda x, dy: [np.cos(x) * dy], x).verdict is Verdict.AGREES


def test_at_a_kink_the_margin_is_that_of_the_wrong_slope() -> None:
    result = check_gradient(lambda x: np.abs(x).sum(), lambda x: np.where(x == 0, 3.0, np.sign(x)), np.array([0.0, 1]))
    assert result.verdict is Verdict.DIFFERS
    assert result.comparisons[0].margin > 1.0


def test_an_array_is_no_number() -> None:
    result = check_gradient(np.sin, np.cos, np.ones(3))
    assert "Try check_vjp" in result.findings[0].says


no_function: Any = np.ones(3)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: check_gradient(f, grad, 3, 4, 5), "Nothing to differentiate"),
        (lambda: check_gradient(f, grad, W, B, 3, wrt="c"), "wrt='c' is no argument; there is: W, b, n"),
        (lambda: check_gradient(f, grad, W, B, 3, wrt=7), "wrt=7 is no argument"),
        (lambda: check_gradient(np.sum, lambda x: x, np.arange(3)), "a: int64 array.*Whole numbers"),
        (lambda: check_gradient(np.sum, lambda x: x, "abc"), "a: str.*They may be arrays"),
        (lambda: check_gradient(np.sum, no_function, np.ones(3)), "grad is to be a function; .* ndarray"),
        (lambda: check_vjp(no_function, np.sin, np.ones(3)), "f is to be a function; .* ndarray"),
        (
            lambda: check_vjp(np.sin, lambda x, dy: np.cos(x) * dy, np.ones(3), seed=-1),
            "whole number, 0 or more; .* -1",
        ),
        (lambda: check(no_function, x=np.ones(3)), "gradcheck.Op; .* ndarray.*check_vjp"),
    ],
)
def test_what_makes_no_sense_is_refused(call: Any, says: str) -> None:
    with pytest.raises(GradcheckError, match=says):
        call()


@pytest.mark.parametrize(
    ("value", "gradient", "says"),
    [
        (lambda x: (x.sum(), np.ones_like(x)), np.ones_like, "f returns 2 values, a tuple"),
        (lambda x: (x * (1 + 2j)).sum(), np.ones_like, "f returns 3[+]6j; a gradient is of one real number"),
        (np.sum, lambda x: {"w": np.ones_like(x)}, "Gradients came back for 'w'; of x for none"),
        (np.sum, lambda _: np.r_, "of type RClass, which holds no numbers"),
    ],
)
def test_what_is_no_gradient_is_told_as_what_it_is(value: Any, gradient: Any, says: str) -> None:
    (finding,) = check_gradient(lambda x: value(x), gradient, np.ones(3)).findings
    assert re.search(says, finding.says)


def test_several_values_and_nested_arguments() -> None:
    def two(p: dict[str, Any]) -> list[Any]:
        return [np.sin(p["a"][0]), p["b"] ** 2]

    def vjp(p: dict[str, Any], dy: list[Any]) -> dict[str, Any]:
        return {"a": [np.cos(p["a"][0]) * dy[0]], "b": 2 * p["b"] * dy[1]}

    good: Result = check_vjp(two, vjp, {"a": [X], "b": B})
    assert good.verdict is Verdict.AGREES
    assert list(good.sensitivity) == ["p['a'][0]", "p['b']"]
    bad = check_vjp(two, lambda p, dy: {"a": dy[0], "b": dy[1]}, {"a": [X], "b": B})
    assert bad.findings[0].clause == "names"


def test_a_hessian_vector_product() -> None:
    S = np.array([[2.0, 1.0], [1.0, 3.0]])
    slope = lambda x: S @ x + np.cos(x)  # noqa: E731 - one line of mathematics
    assert check_hessian_vector(slope, lambda x, v: S @ v - np.sin(x) * v, B).verdict is Verdict.AGREES
    assert check_hessian_vector(slope, lambda x, v: S @ v, B).verdict is Verdict.DIFFERS


def test_complex_gradients_are_in_pytorchs_convention() -> None:
    z = np.array([1 + 2j, -0.5j])
    assert check_gradient(lambda z: (np.abs(z) ** 2).sum(), lambda z: 2 * z, z).verdict is Verdict.AGREES
    assert check_gradient(lambda z: (np.abs(z) ** 2).sum(), lambda z: 2 * z.conj(), z).verdict is Verdict.DIFFERS
    assert check_vjp(np.exp, lambda z, dy: dy * np.exp(z).conj(), z).verdict is Verdict.AGREES


@pytest.mark.parametrize("size", [300, 5000])
@pytest.mark.parametrize("wrong", [1, 3])
def test_wrong_entries_of_a_large_parameter_are_found(size: int, wrong: int) -> None:
    places = [7 + 91 * k for k in range(wrong)]

    def backward(x: Array) -> Array:
        slope = np.cos(x)
        slope[places] *= 1.001
        return slope

    x = np.random.default_rng(1).normal(size=size)
    assert check_gradient(lambda x: np.sin(x).sum(), np.cos, x).verdict is Verdict.AGREES
    result = check_gradient(lambda x: np.sin(x).sum(), backward, x)
    assert sorted(entry.index[0] for entry in result.findings[0].entries) == places
    assert result.findings[0].entries[0].claimed / (result.findings[0].entries[0].differences or 0) == pytest.approx(
        1.001
    )


def test_all_together_at_a_tie() -> None:
    def everybody(x: Array) -> Array:
        return np.asarray((x == x.max()) * 1.0)

    result = check_gradient(np.max, everybody, np.array([1.0, 1.0, 0.5]))
    assert result.verdict is Verdict.DIFFERS
    assert "no subgradient" in result.findings[0].says
    alone = check_gradient(np.max, lambda x: everybody(x) / everybody(x).sum(), np.array([1.0, 1.0, 0.5]))
    assert alone.verdict is Verdict.AGREES


def test_what_rounding_hides_from_differences_the_complex_step_sees() -> None:
    def value(x: Array) -> Any:
        return 1e18 * x[0] ** 2 + np.sin(x[1])

    x = np.array([1.0, 2.0])
    assert check_gradient(value, lambda x: np.array([2e18 * x[0], np.cos(x[1])]), x).verdict is Verdict.AGREES
    result = check_gradient(value, lambda x: np.array([2e18 * x[0], 1.00001 * np.cos(x[1])]), x)
    assert [entry.index for entry in result.findings[0].entries] == [(1,)]


def test_entries_that_rounding_hides_from_everybody_are_told() -> None:
    def value(x: Array) -> Any:
        return 1e24 * x[0] ** 2 + np.abs(x[1])

    result = check_gradient(value, lambda x: np.array([2e24 * x[0], -5.0]), np.array([1.0, 2.0]))
    assert any(note.startswith("x: 1 of its entries are so small") for note in result.notes)


trees = st.recursive(
    st.floats(-5, 5) | st.integers() | st.just(np.arange(3.0)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=6,
)


@given(trees)
def test_arguments_come_apart_and_go_together_again(tree: Any) -> None:
    found = list(leaves("p", tree))
    assert len({own.name for own in found}) == len(found)
    again = rebuild("p", tree, {own.name: own.restore(own.array) for own in found})
    assert re.sub(r"np\.float64\(([^)]*)\)", r"\1", repr(again)) == repr(tree)
    assert [name for name, _ in match("p", tree, tree)] == [own.name for own in found]


@given(st.integers(1, 40), st.integers(0, 2**16))
@settings(max_examples=25)
def test_a_right_gradient_of_few_entries_takes_a_dozen_values_and_four_gradients(size: int, seed: int) -> None:
    asked: list[str] = []

    def f(x: Array) -> float:
        asked.append("value")
        return float(np.exp(x).sum())  # no digits are lost on the way: a noisy value is looked at more closely

    def grad(x: Array) -> Array:
        asked.append("gradient")
        return np.exp(x)

    result = check_gradient(f, grad, np.random.default_rng(seed).normal(size=size))
    assert result.verdict is Verdict.AGREES, result
    assert result.comparisons[0].sensitivity is not None
    assert result.comparisons[0].sensitivity < 1e-6
    assert asked.count("value") <= 12
    assert asked.count("gradient") <= 4


def test_a_backward_pass_that_writes_into_its_input_beside_a_kink_is_broken() -> None:
    def vjp(x: Array, dy: Array) -> Array:
        x[x < 0] = 0
        return dy * (x > 0)

    result = check_vjp(lambda x: np.maximum(x, 0), vjp, np.array([0.0, 0.0, 1.0]))
    assert result.verdict is Verdict.BROKEN
    assert result.findings[0].clause == "unchanged"
