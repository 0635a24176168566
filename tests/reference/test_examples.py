"""The two networks of the beginning, against the chain rule written out by hand, factor by factor."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gradcheck.architecture import parse_case, plan
from gradcheck.op import Array, Gradients

seeds = st.integers(0, 10_000)


def values_and_gradients(name: str, seed: int) -> tuple[dict[str, Array], Gradients]:
    """Every value of a built-in network at one weight draw, and every gradient."""
    case = parse_case(f"{name} weights={seed}")
    laid = plan(case.architecture)
    inputs = {name: array[0] for name, array in laid.inputs(case).items()}
    values, _ = laid.network.evaluate(inputs)
    _, pullback = laid.network(**inputs)
    return values, pullback(np.ones(()))


@given(seeds)
def test_two_two_two(seed: int) -> None:
    v, gradients = values_and_gradients("two-two-two", seed)

    def slope(y: str) -> Array:
        return np.asarray(v[y] * (1 - v[y]))

    dL = {"o1": v["o1"] - v["t1"], "o2": v["o2"] - v["t2"]}
    do = {("o1", "h1"): "w5", ("o1", "h2"): "w6", ("o2", "h1"): "w7", ("o2", "h2"): "w8"}
    dh = {"w1": ("h1", "x1"), "w2": ("h1", "x2"), "w3": ("h2", "x1"), "w4": ("h2", "x2")}
    for weight, (h, x) in dh.items():
        dh_dw = slope(h) * v[x]
        do1_dh, do2_dh = (slope(o) * v[do[o, h]] for o in ("o1", "o2"))
        both_routes = dh_dw * do1_dh * dL["o1"] + dh_dw * do2_dh * dL["o2"]
        np.testing.assert_allclose(gradients[weight], both_routes.sum(), rtol=1e-10, atol=1e-14)
    for (o, h), weight in do.items():
        np.testing.assert_allclose(gradients[weight], (slope(o) * v[h] * dL[o]).sum(), rtol=1e-10, atol=1e-14)


@given(seeds)
def test_one_path(seed: int) -> None:
    v, gradients = values_and_gradients("one-path", seed)
    x, h, y_hat = v["x"], v["h"], v["y'"]
    dL_dy = y_hat - v["y"]
    dy_dz2, dh_dz1 = y_hat * (1 - y_hat), h * (1 - h)
    dL_dw2 = (dy_dz2 * h * dL_dy).sum()
    dL_dw1 = (dh_dz1 * x * dy_dz2 * v["w2"] * dL_dy).sum()
    through_the_output = (dy_dz2 * dL_dy).sum()
    through_the_hidden_layer = (dh_dz1 * dy_dz2 * v["w2"] * dL_dy).sum()
    np.testing.assert_allclose(gradients["w2"], dL_dw2, rtol=1e-10)
    np.testing.assert_allclose(gradients["w1"], dL_dw1, rtol=1e-10)
    np.testing.assert_allclose(gradients["b"], through_the_output + through_the_hidden_layer, rtol=1e-10)
