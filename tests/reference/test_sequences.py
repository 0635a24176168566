"""Layers of sequences: what must be true of each beside its gradient, and what they refuse."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gradcheck import reference
from gradcheck.errors import IllFormed
from gradcheck.op import Array, Op

seeds = st.integers(0, 1000)


def draw(seed: int, **shapes: tuple[int, ...]) -> dict[str, Array]:
    generator = np.random.default_rng(seed)
    return {name: generator.normal(size=shape) for name, shape in shapes.items()}


def weights_of_heads(seed: int, width: int, heads: int, groups: int, d: int) -> dict[str, Array]:
    columns = {"q": heads * d, "k": groups * d, "v": groups * d}
    shapes = {f"W_{role}": (width, own) for role, own in columns.items()} | {"W_o": (heads * d, width)}
    biases = {"b_q": (heads * d,), "b_v": (groups * d,), "b_o": (width,)}
    return draw(seed, **shapes, **biases)


def test_a_word_that_occurs_three_times_receives_three_gradients() -> None:
    indices, W = np.array([[0, 2, 0], [0, 1, 1]]), np.zeros((4, 2))
    _, pullback = reference.Embedding()(indices=indices, W=W)
    gradient = pullback(np.ones((2, 3, 2)))["W"]
    np.testing.assert_array_equal(gradient, [[3, 3], [2, 2], [1, 1], [0, 0]])
    dy = np.random.default_rng(0).normal(size=(2, 3, 2))
    by_place = np.zeros((4, 2))
    np.add.at(by_place, indices, dy)
    np.testing.assert_allclose(pullback(dy)["W"], by_place)


@given(seed=seeds, apart=st.integers(0, 3), moved=st.integers(1, 3))
def test_after_rotation_only_the_distance_counts(seed: int, apart: int, moved: int) -> None:
    drawn = draw(seed, q=(4,), k=(4,))
    q, k = (np.tile(vector, (1, 8, 1)) for vector in drawn.values())
    (q, _), (k, _) = reference.RotaryEmbedding()(x=q), reference.RotaryEmbedding()(x=k)
    np.testing.assert_allclose(q[0, 0] @ k[0, apart], q[0, moved] @ k[0, moved + apart])


def test_causal_attention_does_not_see_the_future() -> None:
    q, k, v = draw(0, q=(1, 4, 2), k=(1, 4, 2), v=(1, 4, 3)).values()
    _, pullback = reference.ScaledDotProductAttention(causal=True)(q=q, k=k, v=v)
    first = np.zeros((1, 4, 3))
    first[0, 1] = 1.0
    gradients = pullback(first)
    assert not gradients["k"][0, 2:].any()
    assert not gradients["v"][0, 2:].any()
    assert gradients["v"][0, :2].all()


def test_a_query_that_may_look_at_nothing_has_value_and_gradient_zero() -> None:
    q, k, v = draw(0, q=(1, 2, 2), k=(1, 3, 2), v=(1, 3, 2)).values()
    mask = np.array([[[True, False, True], [False, False, False]]])
    y, pullback = reference.ScaledDotProductAttention()(q=q, k=k, v=v, mask=mask)
    assert not y[0, 1].any()
    assert y[0, 0].all()
    gradients = pullback(np.ones((1, 2, 2)))
    assert not gradients["q"][0, 1].any()
    assert all(np.isfinite(gradient).all() for gradient in gradients.values())


@given(seed=seeds, causal=st.booleans())
def test_with_a_group_for_every_head_it_is_multi_head_attention(seed: int, causal: bool) -> None:
    x = draw(seed, x=(2, 3, 4))["x"]
    inputs = {"query": x, "key": x, "value": x} | weights_of_heads(seed, 4, 2, 2, 2)
    grouped, plain = reference.GroupedQueryAttention(2, 2, causal), reference.MultiHeadAttention(2, causal)
    np.testing.assert_allclose(grouped(**inputs)[0], plain(**inputs)[0])


@settings(max_examples=20)
@given(seed=seeds, causal=st.booleans(), post=st.booleans())
def test_a_transformer_block_is_that_of_pytorch(seed: int, causal: bool, post: bool) -> None:
    width, inner = 4, 6
    block = reference.TransformerBlock(heads=2, causal=causal, post=post)
    x = draw(seed, x=(2, 3, width))["x"]
    norms = {f"{kind}_{own}": (width,) for kind in "gb" for own in "af"}
    own = {"W_up": (width, inner), "b_up": (inner,), "W_down": (inner, width), "b_down": (width,)} | norms
    parameters = weights_of_heads(seed, width, 2, 2, 2) | draw(seed + 1, **own)
    theirs = torch.nn.TransformerEncoderLayer(
        width, 2, inner, dropout=0.0, activation="gelu", batch_first=True, norm_first=not post, dtype=torch.float64
    )
    p = {name: torch.tensor(array) for name, array in parameters.items()}
    state = {
        "self_attn.in_proj_weight": torch.cat([p["W_q"].T, p["W_k"].T, p["W_v"].T]),
        "self_attn.in_proj_bias": torch.cat([p["b_q"], torch.zeros(width), p["b_v"]]),
        "self_attn.out_proj.weight": p["W_o"].T,
        "self_attn.out_proj.bias": p["b_o"],
        "linear1.weight": p["W_up"].T,
        "linear1.bias": p["b_up"],
        "linear2.weight": p["W_down"].T,
        "linear2.bias": p["b_down"],
        "norm1.weight": p["g_a"],
        "norm1.bias": p["b_a"],
        "norm2.weight": p["g_f"],
        "norm2.bias": p["b_f"],
    }
    theirs.load_state_dict(state)
    given_x = torch.tensor(x, requires_grad=True)
    mask = torch.nn.Transformer.generate_square_subsequent_mask(3, dtype=torch.float64) if causal else None
    expected = theirs(given_x, src_mask=mask, is_causal=causal)
    y, pullback = block(x=x, **parameters)
    np.testing.assert_allclose(y, expected.detach().numpy(), rtol=1e-10, atol=1e-12)
    dy = np.random.default_rng(seed).normal(size=y.shape)
    (dx,) = torch.autograd.grad(expected, given_x, torch.tensor(dy))
    np.testing.assert_allclose(pullback(dy)["x"], dx.numpy(), rtol=1e-8, atol=1e-10)


def test_weights_of_all_steps_are_one_weight() -> None:
    """The gradient of a layer through time is the sum over time of what each step alone would get."""
    inputs = draw(0, x=(2, 3, 1), h0=(2, 2), W=(1, 2), U=(2, 2), b=(2,))
    y, pullback = reference.Rnn()(**inputs)
    dy = np.random.default_rng(1).normal(size=y.shape)
    by_step = [pullback(dy * (np.arange(3) == t)[:, None]) for t in range(3)]
    for name, gradient in pullback(dy).items():
        np.testing.assert_allclose(gradient, sum(step[name] for step in by_step), atol=1e-15)
    assert not by_step[0]["x"][:, 1:].any()


def probability(y: Array, labels: tuple[int, ...]) -> float:
    """The probability of a sequence of labels, summed over every way to say it; y is (time, classes)."""
    p = np.exp(y) / np.exp(y).sum(axis=-1, keepdims=True)
    ways = itertools.product(range(y.shape[1]), repeat=len(y))
    said = ((way, tuple(k for k, _ in itertools.groupby(way) if k)) for way in ways)
    return float(sum(np.prod(p[np.arange(len(y)), way]) for way, spoken in said if spoken == labels))


@given(seed=seeds, labels=st.lists(st.integers(1, 2), max_size=3).map(tuple))
def test_ctc_sums_over_every_way_to_stretch_the_labels(seed: int, labels: tuple[int, ...]) -> None:
    y = draw(seed, y=(1, 5, 3))["y"]
    L, _ = reference.Ctc()(y=y, target=np.array([labels], dtype=np.int64).reshape(1, len(labels)))
    np.testing.assert_allclose(L * max(1, len(labels)), -np.log(probability(y[0], labels)))


@given(seed=seeds)
def test_what_lies_beyond_the_lengths_of_a_sample_is_not_there(seed: int) -> None:
    """Each sample costs what it would alone, cut to its own time and labels, and nothing goes back to the rest."""
    y, target = draw(seed, y=(3, 6, 3))["y"], np.random.default_rng(seed).integers(1, 3, (3, 3))
    steps, labels = np.array([6, 5, 3]), np.array([3, 2, 0])
    L, pullback = reference.Ctc()(y=y, target=target, input_lengths=steps, target_lengths=labels)
    dy, alone = pullback(np.ones(()))["y"], np.zeros(())
    for n in range(3):
        own, own_back = reference.Ctc()(y=y[n : n + 1, : steps[n]], target=target[n : n + 1, : labels[n]])
        np.testing.assert_allclose(dy[n, : steps[n]], own_back(np.ones(()))["y"][0] / 3.0, rtol=1e-12, atol=1e-15)
        assert not dy[n, steps[n] :].any()
        alone = alone + own / 3.0
    np.testing.assert_allclose(L, alone)


def test_losses_far_out_do_not_overflow() -> None:
    y = 1e3 * draw(0, y=(1, 6, 3))["y"]
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        L, pullback = reference.Ctc()(y=y, target=np.array([[1, 1, 2]]))
        assert np.isfinite(L)
        assert np.isfinite(pullback(np.ones(()))["y"]).all()


def refuse(op: Op, says: str, **inputs: Array) -> None:
    with pytest.raises(IllFormed, match=says):
        op(**inputs)


def test_what_does_not_fit_together_is_refused_by_name() -> None:
    x, y = np.zeros((2, 3, 5)), np.zeros((2, 4))
    attention = {"query": x, "key": x, "value": x} | weights_of_heads(0, 5, 3, 3, 2)
    refuse(reference.Embedding(), "0 to 3; given were 1 to 4", indices=np.array([[1, 4]]), W=np.zeros((4, 2)))
    refuse(reference.Embedding(), "whole numbers", indices=np.array([[1.0]]), W=np.zeros((4, 2)))
    refuse(reference.SinusoidalEncoding(), "such as 6", x=x)
    refuse(reference.RotaryEmbedding(), "rotary.*such as 6", x=x)
    refuse(reference.LearnedEncoding(), r"\(3 or more, 5\), not \(2, 5\)", x=x, P=np.zeros((2, 5)))
    refuse(reference.ScaledDotProductAttention(), r"Q \(3, 5\), K \(3, 4\)", q=x, k=x[..., :4], v=x)
    refuse(reference.MultiHeadAttention(4), "multi-head-attention.*6; 1, 2, 3, 6 would", **attention)
    refuse(reference.Glu(), "such as 6", x=x[0])
    refuse(
        reference.Rnn(), "at least one step", x=x[:, :0], h0=y, W=np.zeros((5, 4)), U=np.zeros((4, 4)), b=np.zeros(4)
    )
    refuse(reference.Lstm(), r"W \(5, 16\)", x=x, h0=y, c0=y, W=x[0, :, :4], U=np.zeros((4, 16)), b=y[0])
    refuse(reference.NegativeLogLikelihood(), "0 to 3", y=y, target=np.array([0, 4]))
    refuse(reference.SmoothedCrossEntropy(), "all 2 are -100", y=y, target=np.array([-100, -100]))
    refuse(reference.MultiMargin(), "multi-class margin", y=y, target=np.array([0, -1]))
    refuse(reference.Triplet(), r"\(2, 4\), \(2, 4\), \(3, 5\)", anchor=y, positive=y, negative=x[0])
    refuse(reference.InfoNce(), r"\(2, 4\).*\(3, 5\)", left=y, right=x[0])
    refuse(reference.Ctc(), "take 4 steps", y=x, target=np.array([[1, 1, 2], [1, 2, 1]]))
    refuse(reference.Ctc(), "blank", y=x, target=np.array([[0], [1]]))
    labels = np.array([[1, 2], [1, 1]])
    refuse(
        reference.Ctc(), "take 3 steps or more, and a sample has 2", y=x, target=labels, input_lengths=np.array([3, 2])
    )
    refuse(reference.Ctc(), "target_lengths .* from 0 to 2; given", y=x, target=labels, target_lengths=np.array([3, 0]))
    refuse(reference.GaussianLikelihood(), r"y \(2, 6\) would fit; it is \(2, 4\)", y=y, target=np.zeros((2, 3)))
    refuse(reference.Prelu(), "4 channels have as many slopes, or share 1; given were 3", x=y, a=np.ones(3))
    with pytest.raises(IllFormed, match="1, 2, 3, 6 would fit"):
        reference.GroupedQueryAttention(6, 4)
    with pytest.raises(IllFormed, match="nonlinearity=sigmoid cannot be: it is one of tanh, relu"):
        reference.Rnn("sigmoid")
    with pytest.raises(IllFormed, match="low is below high"):
        reference.Hardtanh(1.0, 1.0)
    with pytest.raises(IllFormed, match="power=3 cannot be: it is 1 or 2"):
        reference.MultiMargin(power=3)
    with pytest.raises(IllFormed, match="focus=-1 cannot be"):
        reference.Focal(-1.0)


def test_rows_that_are_ignored_have_no_gradient_and_no_share_in_the_mean() -> None:
    y, target = draw(0, y=(3, 4))["y"], np.array([1, -100, 3])
    L, pullback = reference.SmoothedCrossEntropy(0.2)(y=y, target=target)
    without, _ = reference.SmoothedCrossEntropy(0.2)(y=y[[0, 2]], target=target[[0, 2]])
    np.testing.assert_allclose(L, without)
    assert not pullback(np.ones(()))["y"][1].any()
