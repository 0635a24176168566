"""The complex step is right to rounding where it speaks, and silent where the code is not analytic."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from gradcheck import Verdict, check_gradient
from gradcheck.adapt.pairs import Pair
from gradcheck.op import Array
from gradcheck.oracles import ComplexStep
from gradcheck.point import Point
from gradcheck.records import Estimate
from gradcheck.reference import Affine
from tests.corpus.test_expressions import SMOOTH, Expression, expressions

Function = Callable[[Array], Any]


def ask(f: Function, x: Array) -> Estimate | None:
    """What the oracle says of f at x; None if it says nothing."""
    op = Pair(f, lambda *_: lambda _: None, (x,), ["x"])
    return ComplexStep().answer(Point.of(op, op.inputs)).gradients.get("x")


def _smoothed(x: Array, a: Array) -> Any:
    """A running mean, written into an array that is laid out like x."""
    s = np.zeros_like(x)
    s[0] = x[0]
    for t in range(1, len(x)):
        s[t] = a * x[t] + (1 - a) * s[t - 1]
    return (s * s).sum()


def test_what_is_written_into_an_array_like_another_input_moves_as_well() -> None:
    x = np.array([[0.3], [-1.2], [0.7]])
    op = Pair(_smoothed, lambda *_: lambda _: None, (x, np.array([0.25])), ["x", "a"])
    said = ComplexStep().answer(Point.of(op, op.inputs)).gradients
    around = [_smoothed(x, np.array([0.25 + step])) for step in (1e-5, -1e-5)]
    assert abs(said["a"].value[0] - (around[0] - around[1]) / 2e-5) < 1e-8


def test_where_what_is_written_is_real_again_nothing_is_said() -> None:
    x = np.array([[0.3], [-1.2], [0.7]])
    assert ask(lambda a: _smoothed(x, a), np.array([0.25])) is None


CODE_THAT_ABSTAINS = {"softplus", "sigmoid"}  # logaddexp takes no complex numbers; that sigmoid is written with abs


def _value(expression: Expression, x: Array) -> Any:
    """The expression as it is, not made a float of."""
    A, w, _ = expression.draw()
    z = A @ (x / expression.inner)
    for name in expression.names:
        z = SMOOTH[name][0](z)
    return expression.outer * (w @ z)


@example(Expression(("square", "square", "square", "sin"), seed=2, outer=1.0, inner=1.0))
@given(expressions)
def test_of_smooth_code_it_knows_eleven_digits_at_any_scale(expression: Expression) -> None:
    _, _, x = expression.draw()
    said = ask(lambda x: _value(expression, x), x)
    if said is None:
        assert CODE_THAT_ABSTAINS & set(expression.names)
        return
    right = expression.gradient(x)
    own = np.maximum(np.abs(right), 1e-3 * np.abs(right).max())
    assume((np.abs(expression.gradient((1.0 + 2.0**-50) * x) - right) <= 1e-11 * own).all())  # or nobody knows so many
    assert (np.abs(said.value[0] - right) <= said.bar[0] + 1e-11 * own).all()
    assert (said.bar[0] <= 1e-11 * own).all()


NOT_ANALYTIC: dict[str, tuple[Function, Function]] = {
    "abs": (np.abs, np.sign),
    "the operator": (lambda x: abs(x), np.sign),
    "sign": (lambda x: x * np.sign(x), np.sign),
    "conj": (lambda x: x * np.conj(x), lambda x: 2 * x),
    "the method conj": (lambda x: x.conj(), np.ones_like),
    "real": (lambda x: np.real(x) ** 2, lambda x: 2 * x),
    "the attribute": (lambda x: x.real**2, lambda x: 2 * x),
    "angle": (lambda x: np.angle(np.exp(0.1j * x)), lambda x: np.full_like(x, 0.1)),
    "astype": (lambda x: x.astype(float), np.ones_like),
    "an array": (lambda x: np.array(x, dtype=np.float64), np.ones_like),
    "a buffer": (lambda x: _buffered(x), np.ones_like),
    "maximum": (lambda x: np.maximum(x, 0.1), lambda x: (x > 0.1) * 1.0),
    "where": (lambda x: np.where(x > 0.1, x, 2 * x), lambda x: np.where(x > 0.1, 1.0, 2.0)),
    "clip": (lambda x: np.clip(x, -1, 1), lambda x: (np.abs(x) < 1) * 1.0),
    "norm": (lambda x: np.array([np.linalg.norm(x)]), lambda x: x / np.linalg.norm(x)),
    "variance": (lambda x: np.array([x.var()]), lambda x: 2 * (x - x.mean()) / x.size),
    "one float": (lambda x: np.array([float(x[0])]), lambda x: np.eye(x.size)[0]),
    "floor": (lambda x: np.floor(x), np.zeros_like),
    "root of a square": (lambda x: np.sqrt(x * x), np.sign),
    "kind": (lambda x: x if np.isrealobj(x) else 3 * x, np.ones_like),
}


def _buffered(x: Array) -> Array:
    out = np.zeros(x.shape)
    out[:] = x
    return out


@pytest.mark.parametrize("name", NOT_ANALYTIC)
@given(
    x=st.lists(st.floats(-3, 3).filter(lambda t: abs(t) > 0.01 and abs(t - 0.1) > 0.01), min_size=1, max_size=4),
    power=st.integers(-14, 2),
    offset=st.sampled_from([0.0, 1e10]),
)
def test_what_is_not_analytic_never_gets_a_wrong_step(name: str, x: list[float], power: int, offset: float) -> None:
    """However little the part that is not analytic adds, and whatever hides it from differences."""
    part, slope = NOT_ANALYTIC[name]
    c, here = 10.0**power, np.array(x)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        said = ask(lambda x: np.sin(x).sum() + c * part(x).sum() + offset, here)
    if said is not None:
        assert (np.abs(said.value[0] - np.cos(here) - c * slope(here)) <= said.bar[0] + 1e-14).all()


SILENT = ["abs", "conj", "real", "angle", "astype", "an array", "a buffer", "norm", "variance", "one float", "kind"]


@pytest.mark.parametrize("name", SILENT)
def test_of_what_is_not_analytic_it_says_nothing(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert ask(lambda x: NOT_ANALYTIC[name][0](x).sum(), np.array([0.3, -0.7])) is None


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: np.maximum(x, 0).sum(), np.array([0.0, 1.0])),
        (np.max, np.array([1.0, 1.0, 0.5])),
        (lambda x: np.where(x > 0.5, x, 0).sum(), np.array([0.5 + 1e-9, 2.0])),
        (lambda x: np.sqrt(x * x).sum(), np.array([0.0, 1.0])),
        (lambda x: x[0] if x[0] > x[1] else x[1], np.array([1.0, 1.0])),
    ],
)
def test_at_a_branch_it_says_nothing(f: Function, x: Array) -> None:
    assert ask(f, x) is None


def newton(a: Array) -> Any:
    root = a * 0 + 1.0
    while np.max((root * root - a) * (root * root - a)) > 1e-28:
        root = root - (root * root - a) / (2 * root)
    return root.sum()


ANALYTIC: dict[str, tuple[Function, Function]] = {
    "a branch": (lambda x: np.where(x > 1, x**2, np.sin(x)).sum(), lambda x: np.where(x > 1, 2 * x, np.cos(x))),
    "a kinked line": (lambda x: (x * (x > 1)).sum(), lambda x: (x > 1) * 1.0),
    "log-sum-exp": (lambda x: np.log(np.exp(x - x.max()).sum()) + x.max(), lambda x: np.exp(x) / np.exp(x).sum()),
    "a loop": (lambda x: sum(own**2 for own in x), lambda x: 2 * x),
    "a buffer of its own kind": (lambda x: _squares(x), lambda x: 2 * x),
    "iterations": (newton, lambda x: 0.5 / np.sqrt(x)),
    "products": (lambda x: np.cumprod(x).sum(), lambda x: np.array([np.cumprod(x)[k:].sum() for k in range(3)]) / x),
    "a large constant": (lambda x: np.sin(x).sum() + 1e10, np.cos),
    "a part of the last digits": (lambda x: np.sin((x + 1e4) - 1e4).sum(), np.cos),
}  # fmt: skip


def _squares(x: Array) -> Any:
    out = np.zeros_like(x)
    for place in range(len(x)):
        out[place] = x[place] ** 2
    return out.sum()


@pytest.mark.parametrize("name", ANALYTIC)
def test_code_with_branches_loops_and_buffers_may_be_analytic(name: str) -> None:
    f, slope = ANALYTIC[name]
    x = np.array([0.3, 1.7, 2.9])
    said = ask(f, x)
    assert said is not None
    assert (np.abs(said.value[0] - slope(x)) <= said.bar[0] + 1e-13).all()
    assert (said.bar[0] <= 1e-10).all()


def test_a_small_entry_is_known_beside_a_huge_one() -> None:
    said = ask(lambda x: 1e18 * x[0] ** 2 + 1e-6 * np.sin(x[1]), np.array([0.3, 0.7]))
    assert said is not None
    assert abs(said.value[0, 1] / (1e-6 * np.cos(0.7)) - 1) < 1e-12
    assert said.bar[0, 1] < 1e-17


def test_where_differences_contradict_it_nobody_listens() -> None:
    """Noise that is smooth to an imaginary step, and not to a real one."""
    noisy = lambda x: np.sin(x).sum() + 1e-10 * np.sin(1e13 * x.sum())  # noqa: E731 - one line of mathematics
    x = np.array([0.3, 0.8])
    assert ask(noisy, x) is not None
    assert check_gradient(noisy, np.cos, x).verdict is Verdict.AGREES
    assert check_gradient(noisy, lambda x: 1.001 * np.cos(x), x).verdict is Verdict.DIFFERS


def test_layers_are_left_to_pytorch() -> None:
    assert not ComplexStep().judges(Affine())
