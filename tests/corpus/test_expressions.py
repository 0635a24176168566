"""Random smooth expressions, at every scale: the true derivative agrees, and one entry changed by 1e-4 differs."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gradcheck import Verdict, check_gradient
from gradcheck.stages.testimony import undiagnosed
from tests.corpus.functions import Array, sigmoid

Pair = tuple[Callable[[Array], Array], Callable[[Array], Array]]

SMOOTH: dict[str, Pair] = {
    "sin": (np.sin, np.cos),
    "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "sigmoid": (sigmoid, lambda x: sigmoid(x) * (1 - sigmoid(x))),
    "softplus": (lambda x: np.logaddexp(0, x), sigmoid),
    "arctan": (np.arctan, lambda x: 1 / (1 + x**2)),
    "bell": (lambda x: np.exp(-(x**2)), lambda x: -2 * x * np.exp(-(x**2))),
    "square": (np.square, lambda x: 2 * x),
    "root": (lambda x: np.sqrt(1 + x**2), lambda x: x / np.sqrt(1 + x**2)),
}


@dataclass(frozen=True)
class Expression:
    """c sum_i w_i (f_k o ... o f_1)((A x / u)_i), with x measured in units of u."""

    names: tuple[str, ...]
    seed: int
    outer: float
    inner: float

    def draw(self) -> tuple[Array, Array, Array]:
        generator = np.random.default_rng(self.seed)
        return generator.normal(size=(5, 4)), generator.normal(size=5), self.inner * generator.normal(size=4)

    def value(self, x: Array) -> float:
        A, w, _ = self.draw()
        z = A @ (x / self.inner)
        for name in self.names:
            z = SMOOTH[name][0](z)
        return float(self.outer * (w @ z))

    def gradient(self, x: Array) -> Array:
        A, w, _ = self.draw()
        z = A @ (x / self.inner)
        slope = np.ones_like(z)
        for name in self.names:
            f, df = SMOOTH[name]
            slope = slope * df(z)
            z = f(z)
        return np.asarray(self.outer * (A.T @ (w * slope)) / self.inner)


def visible(expression: Expression) -> bool:
    """Whether x moves the value by more than its last eight digits: what is less is lost where it becomes a float."""
    _, _, x = expression.draw()
    return bool(np.abs(expression.gradient(x) * x).max() > 1e-8 * abs(expression.value(x)))


expressions = st.builds(
    Expression,
    names=st.lists(st.sampled_from(list(SMOOTH)), min_size=1, max_size=4).map(tuple),
    seed=st.integers(0, 10_000),
    outer=st.integers(-12, 12).map(lambda power: 10.0**power),
    inner=st.integers(-12, 12).map(lambda power: 10.0**power),
).filter(visible)


@given(expressions)
def test_the_true_derivative_agrees(expression: Expression) -> None:
    _, _, x = expression.draw()
    result = check_gradient(expression.value, expression.gradient, x)
    assert result.verdict is Verdict.AGREES, str(result)


@given(expressions, st.integers(0, 3))
def test_one_entry_changed_by_one_in_ten_thousand_differs(expression: Expression, entry: int) -> None:
    _, _, x = expression.draw()
    sizes = np.abs(expression.gradient(x))
    place = entry if sizes[entry] >= 1e-3 * sizes.max() else int(sizes.argmax())

    def changed(x: Array) -> Array:
        gradient = expression.gradient(x)
        gradient[place] *= 1 + 1e-4
        return gradient

    with undiagnosed():
        result = check_gradient(expression.value, changed, x)
    assert result.verdict is Verdict.DIFFERS, str(result)
    assert [entry.index for entry in result.findings[0].entries] == [(place,)]
