"""What PyTorch calls the layers of sequences: embeddings, positions, attention, recurrence.

PyTorch's own modules take one batch and one set of weights. Where a stack of them can be computed at once out of
PyTorch's functions it is, and a test holds that against the module.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from gradcheck import reference
from gradcheck.op import Op
from gradcheck.oracles.counterparts.general import Counterpart


def _embedding(op: Op, indices: Tensor, W: Tensor) -> Tensor:
    rows = indices.shape[-2:]
    stack = torch.Size(np.broadcast_shapes(indices.shape[:-2], W.shape[:-2]))
    tables, places = W.expand(*stack, *W.shape[-2:]), indices.expand(*stack, *rows)
    first = torch.arange(stack.numel()).reshape(*stack, 1, 1) * W.shape[-2]
    return functional.embedding(places.long() + first, tables.reshape(-1, W.shape[-1]))


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
    return _in_groups((op.heads, op.heads), op.causal, **inputs)


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


State = tuple[Tensor, ...]
Step = Callable[[Any, Tensor, State, dict[str, Tensor]], State]
"""``step(op, x_t, state, weights)``: what the state, of which the output is the first, is after one more step."""


def _recurrent(step: Step) -> Counterpart:
    """An unrolled layer, of one direction or of two.

    PyTorch's own take one set of weights for all that they run on, so here are their formulas, for a whole stack.
    """

    def through(op: Op, x: Tensor, inputs: dict[str, Tensor], end: str) -> Tensor:
        own = {name.removesuffix("_reverse"): array for name, array in inputs.items() if name.endswith(end)}
        state = tuple(own[name] for name in ("h0", "c0") if name in own)
        outputs = []
        for x_t in x.unbind(-2):
            state = step(op, x_t, state, own)
            outputs.append(state[0])
        return torch.stack(outputs, dim=-2)

    def counterpart(op: Op, x: Tensor, **inputs: Tensor) -> Tensor:
        backwards = {name: array for name, array in inputs.items() if name.endswith("_reverse")}
        forwards = {name: array for name, array in inputs.items() if name not in backwards}
        if not backwards:
            return through(op, x, forwards, "")
        sides = [through(op, x, forwards, ""), through(op, x.flip(-2), backwards, "_reverse").flip(-2)]
        return torch.cat(sides, dim=-1)

    return counterpart


def _affine(x: Tensor, W: Tensor, b: Tensor) -> Tensor:
    return torch.matmul(x, W) + b.unsqueeze(-2)


def _rnn(op: reference.Rnn, x_t: Tensor, state: State, w: dict[str, Tensor]) -> State:
    bend = torch.relu if op.nonlinearity == "relu" else torch.tanh
    return (bend(_affine(x_t, w["W"], w["b"]) + torch.matmul(state[0], w["U"])),)


def _lstm(op: Op, x_t: Tensor, state: State, w: dict[str, Tensor]) -> State:
    i, f, g, o = (_affine(x_t, w["W"], w["b"]) + torch.matmul(state[0], w["U"])).chunk(4, dim=-1)
    cell = torch.addcmul(torch.sigmoid(f) * state[1], torch.sigmoid(i), torch.tanh(g))
    return torch.sigmoid(o) * torch.tanh(cell), cell


def _gru(op: Op, x_t: Tensor, state: State, w: dict[str, Tensor]) -> State:
    (r, z, n), (r_h, z_h, n_h) = (
        gates.chunk(3, dim=-1) for gates in (_affine(x_t, w["W"], w["b"]), _affine(state[0], w["U"], w["c"]))
    )
    new = torch.tanh(torch.addcmul(n, torch.sigmoid(r + r_h), n_h))
    return (torch.lerp(new, state[0], torch.sigmoid(z + z_h)),)


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
    reference.Rnn: _recurrent(_rnn),
    reference.Lstm: _recurrent(_lstm),
    reference.Gru: _recurrent(_gru),
    reference.Bidirectional: _bidirectional,
}
