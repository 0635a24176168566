"""Every layer of the textbook, at random shapes: right by both oracles, and blind to what else is on the stack."""

import contextlib
from inspect import Parameter, signature

import numpy as np
import pytest
from hypothesis import given, settings, target
from hypothesis import strategies as st

from gradcheck import Verdict, generate, reference
from gradcheck.architecture.vocabulary import JOINS, KINDS, LOSSES, Need
from gradcheck.architecture.weights import draw
from gradcheck.check import examine
from gradcheck.errors import IllFormed
from gradcheck.op import Array, Op, in_words
from gradcheck.point import Point

WORDS = {kind.layer: word for known in (KINDS, LOSSES, JOINS) for word, kind in known.items()}
"""What the layers are called in an architecture."""

OTHERS = {
    reference.Scale: {"x": Need((3, 2)), "w": Need(())},
    reference.L1Penalty: {"W": Need((3, 2))},
    reference.L2Penalty: {"W": Need((3, 2))},
    reference.CosineSimilarity: {"left": Need((3, 2)), "right": Need((3, 2))},
}
"""The inputs of the layers that no architecture names."""

seeds = st.integers(0, 1000)
layers = pytest.mark.parametrize("layer", reference.LAYERS, ids=in_words)


patiently = settings(max_examples=max(10, settings().max_examples // 5))  # there are many layers


def examples(layer: type[Op]) -> st.SearchStrategy[tuple[Op, dict[str, Need]]]:
    """Draw a layer with settings, and what its inputs must look like, as networks have them."""
    return generate.layers(WORDS[layer]) if layer in WORDS else st.just((layer(), OTHERS[layer]))


def inputs(needs: dict[str, Need], seed: int, draws: int) -> dict[str, Array]:
    """Draw the inputs of a layer, (draws, *shape), to which nobody may write."""
    drawn = {
        name: draw(need.holds, name, need.shape, range(seed, seed + draws), "ordinary") for name, need in needs.items()
    }
    for array in drawn.values():
        array.flags.writeable = False
    return drawn


@layers
@patiently
@given(data=st.data(), seed=seeds)
def test_a_layer_agrees_with_both_oracles(layer: type[Op], data: st.DataObject, seed: int) -> None:
    op, needs = data.draw(examples(layer))
    result = examine(Point.under(op, inputs(needs, seed, 3), seed), op.kind)
    target(max((comparison.margin for comparison in result.comparisons), default=0.0), label="error over bar")
    assert result.verdict is Verdict.AGREES, f"{op} {result}"
    assert result.oracles == ("differences", "pytorch")


@layers
@patiently
@given(data=st.data(), seed=seeds)
def test_a_stack_is_its_draws_one_by_one_and_nothing_given_is_written_to(
    layer: type[Op], data: st.DataObject, seed: int
) -> None:
    op, needs = data.draw(examples(layer))
    stacked = inputs(needs, seed, 3)
    value, pullback = op(**stacked)
    cotangent = np.random.default_rng(seed).normal(size=value.shape)
    cotangent.flags.writeable = False
    gradients = pullback(cotangent)
    for k in range(3):
        own_value, own_pullback = op(**{name: array[k] for name, array in stacked.items()})
        np.testing.assert_allclose(value[k], own_value, rtol=1e-12, atol=1e-14)
        for name, gradient in own_pullback(cotangent[k]).items():
            np.testing.assert_allclose(gradients[name][k], gradient, rtol=1e-12, atol=1e-13)


@layers
@patiently
@given(data=st.data(), seed=seeds)
def test_inputs_that_do_not_vary_over_the_stack_need_no_copies(layer: type[Op], data: st.DataObject, seed: int) -> None:
    """One input may be stacked and the others not: each draw of it sees the same others."""
    op, needs = data.draw(examples(layer))
    plain = {name: array[0] for name, array in inputs(needs, seed, 1).items()}
    for name in plain.keys() - op.constants:
        moved = {**plain, name: np.stack([plain[name], 0.5 * plain[name]])}
        value, _ = op(**moved)
        alone, _ = op(**{**plain, name: 0.5 * plain[name]})
        np.testing.assert_allclose(value[1], alone, rtol=1e-12, atol=1e-14)


@layers
@settings(max_examples=20)
@given(data=st.data(), seed=seeds)
def test_forward_mode_and_the_pullback_are_transposes(layer: type[Op], data: st.DataObject, seed: int) -> None:
    """<v, J u> = <J^T v, u>: the one from dual numbers, the other from the pullback, and neither knows the other."""
    op, needs = data.draw(examples(layer))
    at, along, across = (inputs(needs, seed + k, 2) for k in (0, 10, 20))
    u, w = ({name: own[name] for name in own if name not in op.constants} for own in (along, across))
    value, J_u = reference.pushforward(op, at, u)
    v = np.random.default_rng(seed).normal(size=value.shape)
    gradients = op(**at)[1](v)
    size = 1.0 + sum(np.abs(gradients[name] * u[name]).sum() for name in u) + np.abs(v * J_u).sum()
    assert abs(inner(gradients, u) - (v * J_u).sum()) <= 1e-12 * size
    H_u, H_w = reference.hessian_vector(op, at, u, v), reference.hessian_vector(op, at, w, v)
    size = 1.0 + sum(np.abs(H_u[name] * w[name]).sum() + np.abs(H_w[name] * u[name]).sum() for name in u)
    assert abs(inner(H_u, w) - inner(H_w, u)) <= 1e-10 * size  # second derivatives are symmetric


def inner(gradients: dict[str, Array], direction: dict[str, Array]) -> float:
    """The sum of all products."""
    return float(sum((gradients[name] * direction[name]).sum() for name in direction))


@layers
@settings(max_examples=20)
@given(data=st.data(), seed=seeds)
def test_what_does_not_fit_is_refused_by_name(layer: type[Op], data: st.DataObject, seed: int) -> None:
    """An input with an axis too long is taken, where nothing has to meet it, or refused in the layer's own words."""
    op, needs = data.draw(examples(layer))
    name = data.draw(st.sampled_from(sorted(own for own, need in needs.items() if need.shape)))
    *front, last = needs[name].shape
    longer = needs | {name: Need((*front, last + 1), needs[name].holds)}
    with contextlib.suppress(IllFormed):
        op(**{own: array[0] for own, array in inputs(longer, seed, 1).items()})
    if all(own.kind is not Parameter.VAR_KEYWORD for own in signature(op.forward).parameters.values()):
        fitting = {own: array[0] for own, array in inputs(needs, seed, 1).items()}
        with pytest.raises(IllFormed, match=f"{op.kind} .*: it takes .*{name}"):
            op(**fitting, no_such_input=fitting[name])


@layers
def test_every_layer_has_a_derivation(layer: type[Op]) -> None:
    text = layer.__doc__ or ""
    assert "=" in text
    assert len(text.splitlines()) >= 3


def test_numbers_that_overflow_an_exponential_are_no_trouble() -> None:
    far = np.array([[-1e4, -800.0, -30.0, 30.0, 800.0, 1e4]])
    with np.errstate(all="raise", under="ignore"):
        for layer in (reference.Sigmoid, reference.Softplus, reference.Silu, reference.Elu, reference.Softmax):
            value, pullback = layer()(x=far)
            assert np.isfinite(value).all()
            assert np.isfinite(pullback(np.ones_like(value))["x"]).all()


def test_soft_labels_need_not_sum_to_one() -> None:
    inputs = {"y": np.array([[0.3, -1.2, 0.7]]), "target": np.array([[0.5, 2.0, 0.1]])}
    assert examine(Point.of(reference.SoftLabelCrossEntropy(), inputs), "soft labels").verdict is Verdict.AGREES


@pytest.mark.parametrize("layer", [reference.Silu, reference.Softplus, reference.Sigmoid, reference.Softmax])
def test_where_everything_saturates_rounding_is_not_taken_for_a_mistake(layer: type[Op]) -> None:
    generator = np.random.default_rng(0)
    for size in (20.0, 40.0, 400.0, 2000.0):
        for _ in range(10):
            result = examine(Point.of(layer(), {"x": size * generator.normal(size=(2, 3))}), layer().kind)
            assert result.verdict is Verdict.AGREES, str(result)
