"""A wrong gradient is called by its name, in a network and in unknown code; what has no name gets none."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradcheck
from gradcheck.records import Result
from tests.corpus.diagnoses import named, off, perturbed, places, strangers, unreadable, verdict
from tests.corpus.functions import Array, functions

RNG = np.random.default_rng(0)
x, W, b = RNG.normal(size=(4, 3)), RNG.normal(size=(3, 2)), RNG.normal(size=2)


def said(result: Result) -> dict[str, list[str]]:
    """Every finding's parameter with what it is called."""
    return {own.parameter: [named.mistake for named in own.diagnoses] for own in result.findings}


@pytest.mark.parametrize("place", places()[::9], ids=lambda place: f"{place[0].id} in {place[1]}")
def test_a_mistake_of_the_catalogue_is_named(place: Any) -> None:
    assert named(place)[0] == "named"


def test_what_is_in_no_catalogue_has_no_name() -> None:
    assert strangers(40) == {"none": 40}


def affine(x: Array, W: Array, b: Array) -> Array:
    return np.asarray(x @ W + b)


Vjp = Callable[..., tuple[Array, ...]]
SLIPS: dict[str, tuple[Vjp, dict[str, list[str]]]] = {
    "one": (lambda x, W, b, dy: (dy @ W.T, x.T @ dy, dy.mean(0)), {"b": ["mean-for-sum"]}),
    "shape": (lambda x, W, b, dy: (dy @ W.T, x.T @ dy, dy), {"b": ["bias-not-summed-over-batch"]}),
    "two": (
        lambda x, W, b, dy: (dy @ W.T, x.T @ dy / len(x), dy.mean(0)),
        {name: ["mean-for-sum + weights-divided-by-batch"] for name in "Wb"},
    ),
    "none": (unreadable(lambda x, W, b, dy: (dy @ W.T, x.T @ dy * 1.37, dy.sum(0))), {"W": []}),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_code_that_computes_an_affine_layer_is_diagnosed_as_one(slip: str) -> None:
    vjp, expected = SLIPS[slip]
    result = gradcheck.check_vjp(affine, vjp, x, W, b)
    assert said(result) == expected
    assert "affine layer" in result.findings[0].says


def test_weights_may_be_kept_transposed_and_the_bias_left_out() -> None:
    result = gradcheck.check_vjp(lambda a, M: a @ M.T, lambda a, M, dy: (dy @ M, dy.T @ a / len(a)), x, W.T.copy())
    assert said(result) == {"M": ["weights-divided-by-batch"]}


def test_labels_that_are_given_belong_to_the_reading() -> None:
    def cross_entropy(y: Array, labels: Array) -> Any:
        p = np.exp(y) / np.exp(y).sum(axis=1, keepdims=True)
        return -np.log(p[np.arange(len(y)), labels]).mean()

    def gradient(y: Array, labels: Array) -> tuple[Array, None]:
        p = np.exp(y) / np.exp(y).sum(axis=1, keepdims=True)
        p[np.arange(len(y)), labels] -= 1.0
        return p, None

    assert said(gradcheck.check_gradient(cross_entropy, gradient, x, np.array([0, 1, 2, 1]))) == {"y": ["sum-for-mean"]}


def loss(x: Array, U: Array, V: Array) -> Any:
    return ((np.tanh(x @ U) @ V) ** 2).mean()


def backward(factor: Callable[[Array], float]) -> Callable[..., tuple[Array, ...]]:
    unreadable(factor)

    def gradient(x: Array, U: Array, V: Array) -> tuple[Array, ...]:
        h = np.tanh(x @ U)
        dy = 2.0 * (h @ V) / (h @ V).size
        dz = dy @ V.T * (1.0 - h**2)
        return dz @ U.T, x.T @ dz * factor(x), h.T @ dy

    return unreadable(gradient)  # type: ignore[no-any-return] # the same function


@pytest.mark.parametrize(
    ("factor", "name"),
    [
        (lambda x: -1.0, ["gradient-negated"]),
        (lambda x: 2.0, ["gradient-doubled"]),
        (lambda x: 1.0 / len(x), ["divided-by-a-size"]),
        (lambda x: float(x.shape[1]), ["multiplied-by-a-size"]),
        (lambda x: float(np.sqrt(x.shape[1])), ["off-by-root-of-a-size"]),
        (lambda x: -1.0 / len(x), ["gradient-negated + divided-by-a-size"]),
        (lambda x: 4.0, []),
        (lambda x: 1.37, []),
        (lambda x: 0.0, ["gradient-is-zero"]),
    ],
)
def test_of_unknown_code_only_relations_are_told(factor: Callable[[Array], float], name: list[str]) -> None:
    """A 4 that is no size, though the batch is 4, is told apart where the batch is longer."""
    V = np.random.default_rng(1).normal(size=(2, 2))
    assert said(gradcheck.check_gradient(loss, backward(factor), x, W, V)) == {"U": name}


def test_gradients_in_each_others_place_and_a_forgotten_penalty() -> None:
    swapped = gradcheck.check_gradient(
        lambda x, y: (x * np.sin(y)).sum(), lambda x, y: (x * np.cos(y), np.sin(y)), x, x + 1.0
    )
    assert said(swapped) == {"x": ["gradient-of-another-argument"], "y": ["gradient-of-another-argument"]}
    ridge = gradcheck.check_gradient(
        lambda w, X: ((X @ w - 1.0) ** 2).sum() / 2 + 0.3 * (w**2).sum() / 2,
        lambda w, X: (X.T @ (X @ w - 1.0), None),
        RNG.normal(size=3),
        x,
    )
    assert said(ridge) == {"w": ["penalty-wrong"]}
    assert "-0.3 times" in ridge.findings[0].diagnoses[0].says


@pytest.mark.parametrize("own", functions(7)[::6], ids=lambda own: own.name)
def test_a_sign_is_told_and_random_errors_are_not(own: Any) -> None:
    with np.errstate(all="ignore"):
        assert verdict("gradient-negated", off(own, np.negative)) in ("named", "tie")
        assert verdict("", off(own, perturbed)) == "none"


def test_a_law_that_is_broken_is_told_where_nothing_has_a_name() -> None:
    """Softmax times a matrix: each row of the right gradient sums to zero, whatever the matrix is."""
    M = np.random.default_rng(2).normal(size=(3, 3))

    def f(z: Array) -> Any:
        e = np.exp(z)
        return ((e / e.sum(axis=1, keepdims=True) @ M) ** 2).sum()

    def gradient(z: Array) -> Array:
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        return np.asarray(p * (1.0 - p) * (2.0 * (p @ M) @ M.T))

    (finding,) = gradcheck.check_gradient(f, unreadable(gradient), x).findings
    assert not finding.diagnoses
    assert "Along axis 1 the right gradient always sums to zero" in finding.says
