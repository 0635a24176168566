"""Mistakes in embeddings, positions, gates, and layers that act at every step."""

import numpy as np

from gradcheck import reference
from gradcheck.mistakes.making import changed, first_sample, instead, times, transposed, under
from gradcheck.mistakes.mistake import LayerMistake, Mistake
from gradcheck.op import Array, Backward, Gradients, mT
from gradcheck.reference.activations import logistic


def _last_occurrence(indices: Array, dy: Array, rows: int) -> Array:
    """What ``dW[indices] = dy`` leaves: of several occurrences of a row the last one."""
    stack = dy.shape[: dy.ndim - 3]
    indices = np.broadcast_to(indices, dy.shape[:-1]).reshape(-1, indices.shape[-2] * indices.shape[-1])
    flat = dy.reshape(len(indices), -1, dy.shape[-1])
    dW = np.zeros((len(indices), rows, dy.shape[-1]))
    for own, where, given in zip(dW, indices, flat, strict=True):
        own[where] = given
    return dW.reshape(*stack, rows, dy.shape[-1])


def _occurrences(at: Backward) -> Array:
    """How often every row of the table occurs, at least 1."""
    rows = np.arange(at.inputs["W"].shape[-2])
    counts = (at.inputs["indices"][..., None] == rows).sum(axis=(-3, -2))
    return np.asarray(np.maximum(counts, 1)[..., None])


def _overwritten_lines(at: Backward) -> Array:
    """What ``dx[index] = dy`` leaves along the axis of a gather."""
    axis = at.op.axis if isinstance(at.op, reference.Gather) else -1
    dx = np.zeros(at.inputs["x"].shape)
    index = np.broadcast_to(at.inputs["index"], at.cotangent.shape)
    np.put_along_axis(dx, index, at.cotangent, axis=axis)
    return dx


def _steps(at: Backward) -> float:
    return float(np.prod(at.inputs["x"].shape[-3:-1]))


def _halves(at: Backward) -> tuple[Array, Array, Array]:
    """The content a, the gate s(g) and the cotangent of a gated linear unit."""
    a, g = np.split(at.inputs["x"], 2, axis=-1)
    return a, logistic(g), at.cotangent


def _glu(da: Array, dg: Array) -> Gradients:
    return {"x": np.concatenate([da, dg], axis=-1)}


def _gate_constant(at: Backward) -> Gradients:
    _, s, dy = _halves(at)
    return _glu(s * dy, 0.0 * dy)


def _gate_slope_missing(at: Backward) -> Gradients:
    a, s, dy = _halves(at)
    return _glu(s * dy, a * dy)


def _parts_exchanged(at: Backward) -> Gradients:
    a, s, dy = _halves(at)
    return _glu(a * s * (1.0 - s) * dy, s * dy)


def _views(at: Backward) -> tuple[Array, ...]:
    u, v = at.inputs["x"] @ at.inputs["W"], at.inputs["x"] @ at.inputs["V"]
    return u, v, logistic(u), at.cotangent


def _swiglu(at: Backward, du: Array, dv: Array) -> Gradients:
    x, W, V = (at.inputs[name] for name in ("x", "W", "V"))
    return {"x": du @ mT(W) + dv @ mT(V), "W": mT(x) @ du, "V": mT(x) @ dv}


def _slope_of_sigmoid(at: Backward) -> Gradients:
    u, v, s, dy = _views(at)
    return _swiglu(at, s * (1.0 - s) * v * dy, u * s * dy)


def _gate_alone(at: Backward) -> Gradients:
    u, v, s, dy = _views(at)
    return _swiglu(at, s * v * dy, u * s * dy)


def _one_view(at: Backward) -> Gradients:
    u, v, s, dy = _views(at)
    return at.gradients | {"x": (s * (1.0 + u * (1.0 - s)) * v * dy) @ mT(at.inputs["W"])}


def _turned_on(at: Backward) -> Array:
    return at.op(x=at.cotangent)[0]


def _last_step(at: Backward) -> Array:
    steps = at.cotangent.shape[-2]
    return np.asarray((np.arange(steps) == steps - 1)[:, None])


SEQUENCE_MISTAKES: tuple[Mistake, ...] = (
    LayerMistake(
        id="embedding-duplicates-overwritten",
        cause="missing-path",
        wrong="dW[indices] = dy    # or dW[indices] += dy",
        right="np.add.at(dW, indices, dy)",
        says="A word that occurs several times receives the sum of all its gradients; this keeps the last one.",
        question="How often does the word occur in the batch, and how often is its row written?",
        layers=(reference.Embedding,),
        backward=instead(W=lambda at: _last_occurrence(at.inputs["indices"], at.cotangent, at.inputs["W"].shape[-2])),
    ),
    LayerMistake(
        id="embedding-averaged-over-occurrences",
        cause="wrong-reduction",
        wrong="dW[word] = dy[indices == word].mean(axis=0)",
        right="dW[word] = dy[indices == word].sum(axis=0)",
        says="The occurrences of a word add up; to take their mean gives a frequent word too little.",
        question="What does each occurrence contribute to the row?",
        layers=(reference.Embedding,),
        backward=times(lambda at: 1.0 / _occurrences(at), "W"),
    ),
    LayerMistake(
        id="embedding-row-off-by-one",
        cause="wrong-variable",
        wrong="np.add.at(dW, indices - 1, dy)",
        right="np.add.at(dW, indices, dy)",
        says="Every gradient lands in the row before its own: numbers from 1 were taken for numbers from 0, or back.",
        question="Which row did the forward pass look up for index 0?",
        layers=(reference.Embedding,),
        backward=changed(lambda own: np.roll(own, -1, axis=-2), "W"),
    ),
    LayerMistake(
        id="gathered-duplicates-overwritten",
        cause="missing-path",
        wrong="dx[index] = dy    # or dx[index] += dy",
        right="np.add.at(dx, index, dy)",
        says="An entry that was asked for several times has several copies, and collects from each of them.",
        question="How many entries of y are copies of this entry of x?",
        layers=(reference.Gather,),
        backward=instead(x=_overwritten_lines),
    ),
    LayerMistake(
        id="positions-of-first-sample-only",
        cause="missing-path",
        wrong="dP = dy[0]",
        right="dP = dy.sum(axis=0)",
        says="The same table of positions is added to every sample, so every sample contributes to it.",
        question="How many samples share the row of position 3?",
        layers=(reference.LearnedEncoding,),
        backward=under(first_sample(3), "P"),
    ),
    LayerMistake(
        id="positions-averaged",
        cause="wrong-reduction",
        wrong="dP = dy.mean(axis=0)",
        right="dP = dy.sum(axis=0)",
        says="What the samples contribute to the table of positions adds up.",
        question="What does each sample contribute to the row of position 3?",
        layers=(reference.LearnedEncoding,),
        backward=times(lambda at: 1.0 / at.inputs["x"].shape[-3], "P"),
    ),
    LayerMistake(
        id="position-added-to-gradient",
        cause="extra-factor",
        wrong="dx = dy + P",
        right="dx = dy",
        says="A constant that is added has the slope 0: on the way back nothing is added.",
        question="What is the derivative of x + 3?",
        layers=(reference.SinusoidalEncoding,),
        backward=instead(x=_turned_on),
    ),
    LayerMistake(
        id="turned-the-same-way",
        cause="missing-transpose",
        wrong="dx = turn(dy, angle)",
        right="dx = turn(dy, -angle)",
        says="What was turned on the way forward is turned back by the same angle: a turn's transpose is its inverse.",
        question="If you turn left on the way there, which way do you turn on the way back?",
        layers=(reference.RotaryEmbedding,),
        backward=instead(x=_turned_on),
    ),
    LayerMistake(
        id="turn-forgotten",
        cause="missing-factor",
        wrong="dx = dy",
        right="dx = turn(dy, -angle)",
        says="The pairs were turned on the way forward, so their gradients have to be turned back.",
        question="Is entry 0 of y a copy of entry 0 of x?",
        layers=(reference.RotaryEmbedding,),
        backward=instead(x=lambda at: at.cotangent),
    ),
    LayerMistake(
        id="gate-taken-for-constant",
        cause="missing-path",
        wrong="da, dg = s(g) * dy, 0",
        right="da, dg = s(g) * dy, a * s(g) * (1 - s(g)) * dy",
        says="The gate is computed from x as well: by the product rule it receives the content times its own slope.",
        question="If the gate opened a little, would y notice?",
        layers=(reference.Glu,),
        backward=_gate_constant,
    ),
    LayerMistake(
        id="gate-slope-missing",
        cause="missing-factor",
        wrong="dg = a * dy",
        right="dg = a * s(g) * (1 - s(g)) * dy",
        says="The gate is a sigmoid of g: multiply by its slope.",
        question="If g moves by a little, how far does s(g) move?",
        layers=(reference.Glu,),
        backward=_gate_slope_missing,
    ),
    LayerMistake(
        id="content-and-gate-exchanged",
        cause="wrong-variable",
        wrong="dx = np.concatenate([dg, da], axis=-1)",
        right="dx = np.concatenate([da, dg], axis=-1)",
        says="The two halves are put together in the other order than that in which they were taken apart.",
        question="Which half of x went through the sigmoid?",
        layers=(reference.Glu,),
        backward=_parts_exchanged,
    ),
    LayerMistake(
        id="sigmoid-slope-for-silu",
        cause="wrong-activation-derivative",
        wrong="du = s * (1 - s) * v * dy",
        right="du = s * (1 + u * (1 - s)) * v * dy",
        says="The gate is u s(u), not s(u): its slope has a term for each of the two factors.",
        question="What is the slope of u s(u) where u is large?",
        layers=(reference.SwiGlu,),
        backward=_slope_of_sigmoid,
    ),
    LayerMistake(
        id="gate-product-rule-one-term",
        cause="missing-path",
        wrong="du = s * v * dy",
        right="du = s * (1 + u * (1 - s)) * v * dy",
        says="u stands in both factors of u s(u), so the product rule has two terms.",
        question="In how many places does u occur in the gate?",
        layers=(reference.SwiGlu,),
        backward=_gate_alone,
    ),
    LayerMistake(
        id="one-view-forgotten",
        cause="missing-path",
        wrong="dx = du @ W.T",
        right="dx = du @ W.T + dv @ V.T",
        says="x is looked at twice, through W and through V; both send a gradient back.",
        question="In how many products does x occur?",
        layers=(reference.SwiGlu,),
        backward=_one_view,
    ),
    LayerMistake(
        id="step-gradients-averaged",
        cause="wrong-reduction",
        wrong="dW = dW_of_rows / (batch * time)",
        right="dW = dW_of_rows    # summed over batch and time",
        says="The same weights serve every step of every sequence, and what the steps contribute adds up.",
        question="How many rows does the layer see in all?",
        layers=(reference.Tokenwise,),
        backward=times(lambda at: 1.0 / _steps(at), "W", "b", "V"),
    ),
    LayerMistake(
        id="last-token-only",
        cause="missing-path",
        wrong="dW = x[:, -1].T @ dy[:, -1]",
        right="dW = x.reshape(-1, n).T @ dy.reshape(-1, m)",
        says="Every step contributes to the weights, not the last one alone.",
        question="If W changed, which of the steps would come out differently?",
        layers=(reference.Tokenwise,),
        backward=under(lambda at: at.cotangent * _last_step(at), "W", "b", "V"),
    ),
    LayerMistake(
        id="step-gradient-transposed",
        cause="missing-transpose",
        wrong="dW = dy.reshape(-1, m).T @ x.reshape(-1, n)",
        right="dW = x.reshape(-1, n).T @ dy.reshape(-1, m)",
        says="These are the right numbers, transposed: the gradient of W has the shape of W, (in, out).",
        question="Which index of dW belongs to the input?",
        layers=(reference.Tokenwise,),
        backward=transposed("W", "V"),
    ),
)
"""The mistakes in embeddings, positions and gates."""
