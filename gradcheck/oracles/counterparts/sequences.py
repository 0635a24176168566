"""What PyTorch calls the layers of sequences: embeddings, positions, attention, recurrence.

PyTorch's own modules take one batch and one set of weights, so a stack is gone through draw by draw, and what they keep
transposed is transposed on the way.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from gradcheck import reference
from gradcheck.op import Op
from gradcheck.oracles.counterparts.general import Counterpart


def one_by_one(function: Callable[..., Tensor], inputs: dict[str, Tensor], **axes: int) -> Tensor:
    """Call a function that takes no stacks for every draw; ``axes`` says how many axes each input has of its own."""
    stacks = {name: tensor.shape[: tensor.ndim - axes[name]] for name, tensor in inputs.items()}
    stack = torch.Size(np.broadcast_shapes(*stacks.values()))
    flat = {
        name: tensor.expand(*stack, *tensor.shape[len(stacks[name]) :]).flatten(0, len(stack) - 1)
        if stack
        else tensor[None]
        for name, tensor in inputs.items()
    }
    count = next(iter(flat.values())).shape[0]
    values = torch.stack([function(**{name: tensor[k] for name, tensor in flat.items()}) for k in range(count)])
    return values.reshape(*stack, *values.shape[1:])


def _embedding(op: Op, indices: Tensor, W: Tensor) -> Tensor:
    return one_by_one(lambda indices, W: functional.embedding(indices, W), {"indices": indices, "W": W}, indices=2, W=2)


def _sinusoidal(op: reference.SinusoidalEncoding, x: Tensor) -> Tensor:
    waves = _turns(x, op.base)
    return x + torch.stack([waves.imag, waves.real], dim=-1).flatten(-2)


def _learned(op: Op, x: Tensor, P: Tensor) -> Tensor:
    return x + P[..., None, : x.shape[-2], :]


def _rotary(op: reference.RotaryEmbedding, x: Tensor) -> Tensor:
    pairs = torch.view_as_complex(x.reshape(*x.shape[:-1], -1, 2).contiguous())
    return torch.view_as_real(pairs * _turns(x, op.base)).flatten(-2)


def _turns(x: Tensor, base: float) -> Tensor:
    """Return the complex number exp(i angle) for every position and pair of features."""
    frequencies = base ** (-torch.arange(0, x.shape[-1], 2, dtype=x.dtype) / x.shape[-1])
    angles = torch.outer(torch.arange(x.shape[-2], dtype=x.dtype), frequencies)
    return torch.polar(torch.ones_like(angles), angles)


def _attention(
    op: reference.ScaledDotProductAttention, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None
) -> Tensor:
    return functional.scaled_dot_product_attention(q, k, v, attn_mask=_where(op.causal, q, k, mask))


def _where(causal: bool, q: Tensor, k: Tensor, mask: Tensor | None) -> Tensor:
    pairs = torch.ones(q.shape[-2], k.shape[-2], dtype=torch.bool)
    earlier = pairs.tril() if causal else pairs
    return earlier if mask is None else earlier & (mask != 0)


def _multi_head(op: reference.MultiHeadAttention, **inputs: Tensor) -> Tensor:
    if inputs["W_q"].shape[-1] != inputs["W_q"].shape[-2]:  # which PyTorch's own does not take
        return _in_groups((op.heads, op.heads), op.causal, **inputs)
    axes = {name: 1 if name.startswith("b_") else 2 if name.startswith("W_") else 3 for name in inputs}

    def attend(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None, **w: Tensor) -> Tensor:
        where = _where(op.causal, query, key, mask)
        forbidden = ~where.expand(len(query), *where.shape[-2:]).repeat_interleave(op.heads, dim=0)
        value, _ = functional.multi_head_attention_forward(
            query.transpose(0, 1),
            key.transpose(0, 1),
            value.transpose(0, 1),
            embed_dim_to_check=query.shape[-1],
            num_heads=op.heads,
            in_proj_weight=None,
            in_proj_bias=torch.cat([w["b_q"], torch.zeros_like(w["b_q"]), w["b_v"]]),
            bias_k=None,
            bias_v=None,
            add_zero_attn=False,
            dropout_p=0.0,
            out_proj_weight=w["W_o"].T,
            out_proj_bias=w["b_o"],
            need_weights=False,
            attn_mask=forbidden,
            use_separate_proj_weight=True,
            q_proj_weight=w["W_q"].T,
            k_proj_weight=w["W_k"].T,
            v_proj_weight=w["W_v"].T,
        )
        return value.transpose(0, 1)

    return one_by_one(attend, inputs, **axes)


def _grouped_query(op: reference.GroupedQueryAttention, **inputs: Tensor) -> Tensor:
    return _in_groups((op.heads, op.groups), op.causal, **inputs)


def _in_groups(
    heads: tuple[int, int], causal: bool, query: Tensor, key: Tensor, value: Tensor, **others: Tensor
) -> Tensor:
    """Attention with so many heads of queries, and of keys and values."""

    def cut(x: Tensor, role: str, count: int) -> Tensor:
        projected = x @ others[f"W_{role}"][..., None, :, :]
        if role != "k":
            projected = projected + others[f"b_{role}"][..., None, None, :]
        return projected.reshape(*projected.shape[:-1], count, -1).transpose(-2, -3)

    q, k, v = cut(query, "q", heads[0]), cut(key, "k", heads[1]), cut(value, "v", heads[1])
    where = _where(causal, query, key, others["mask"][..., None, :, :] if "mask" in others else None)
    y = functional.scaled_dot_product_attention(q, k, v, attn_mask=where, enable_gqa=True)
    joined = y.transpose(-2, -3).flatten(-2)
    return torch.matmul(joined, others["W_o"][..., None, :, :]) + others["b_o"][..., None, None, :]


def _recurrent(kind: str) -> Counterpart:
    """PyTorch's own unrolled layer, of one direction or of two."""
    own = {"x": 3, "h0": 2, "c0": 2, "W": 2, "U": 2, "b": 1, "c": 1}

    def layer(x: Tensor, **inputs: Tensor) -> Tensor:
        ends = [""] + ["_reverse"] * ("h0_reverse" in inputs)
        initial = [torch.stack([inputs[f"{name}{end}"] for end in ends]) for name in ("h0", "c0") if name in inputs]
        weights = [weight for end in ends for weight in _as_kept(inputs, end)]
        run = getattr(torch, kind)
        state = initial if kind == "lstm" else initial[0]
        return run(x, state, weights, True, 1, 0.0, True, len(ends) == 2, True)[0]  # type: ignore[no-any-return]

    def counterpart(op: Op, **inputs: Tensor) -> Tensor:
        return one_by_one(layer, inputs, **{name: own[name.removesuffix("_reverse")] for name in inputs})

    return counterpart


def _as_kept(inputs: dict[str, Tensor], end: str) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return the weights of one direction as PyTorch keeps them; a bias that the reference does without is 0."""
    W, U, b = (inputs[f"{name}{end}"] for name in ("W", "U", "b"))
    return W.T, U.T, b, inputs.get(f"c{end}", torch.zeros_like(b))


def _bidirectional(op: reference.Bidirectional, **inputs: Tensor) -> Tensor:
    return SEQUENCES[type(op.layer)](op.layer, **inputs)


SEQUENCES: dict[type[Op], Counterpart] = {
    reference.Embedding: _embedding,
    reference.SinusoidalEncoding: _sinusoidal,
    reference.LearnedEncoding: _learned,
    reference.RotaryEmbedding: _rotary,
    reference.ScaledDotProductAttention: _attention,
    reference.MultiHeadAttention: _multi_head,
    reference.GroupedQueryAttention: _grouped_query,
    reference.Glu: lambda op, x: functional.glu(x, dim=-1),
    reference.SwiGlu: lambda op, x, W, V: functional.silu(x @ W) * (x @ V),
    reference.Rnn: _recurrent("rnn_tanh"),
    reference.Lstm: _recurrent("lstm"),
    reference.Gru: _recurrent("gru"),
    reference.Bidirectional: _bidirectional,
}
