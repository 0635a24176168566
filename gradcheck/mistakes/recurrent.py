"""Mistakes in time: a state has two consumers, every weight serves all steps, and each slope has its place."""

from dataclasses import replace

import numpy as np

from gradcheck import reference
from gradcheck.mistakes.making import changed, nothing
from gradcheck.mistakes.mistake import LayerMistake, Mistake
from gradcheck.mistakes.unrolled import Pieces, walked
from gradcheck.op import Array, Backward, Gradients

READERS = (reference.Rnn, reference.Lstm, reference.Gru)


def _time_turned(own: Array) -> Array:
    return own[..., ::-1, :]


def _gated(at: Backward) -> Gradients:
    gates = 4 if isinstance(at.op, reference.Lstm) else 3

    def exchange(own: Array) -> Array:
        parts = np.split(own, gates, axis=-1)
        return np.concatenate([parts[1], parts[0], *parts[2:]], axis=-1)

    return changed(exchange, "W", "U", "b")(at)


def _one_reader(at: Backward) -> Array:
    """What the reader from the front alone sends back."""
    half = at.cotangent.copy()
    half[..., half.shape[-1] // 2 :] = 0.0
    return at.op(**at.inputs)[1](half)["x"]


def _half_turned(at: Backward) -> Gradients:
    seam = at.cotangent.shape[-1] // 2
    turned = np.concatenate([at.cotangent[..., :seam], at.cotangent[..., ::-1, seam:]], axis=-1)
    return at.op(**at.inputs)[1](turned)


RIGHT = Pieces()
RECURRENT_MISTAKES: tuple[Mistake, ...] = (
    LayerMistake(
        id="state-gradient-not-passed-on",
        cause="missing-path",
        wrong="dh = dy[t]",
        right="dh = dy[t] + dh_next",
        says="The state has two consumers, the output and the next step; what the next step sends back is missing.",
        question="Who uses h_t besides the output at step t?",
        layers=READERS,
        backward=walked(replace(RIGHT, state_passed=0.0)),
    ),
    LayerMistake(
        id="last-step-only",
        cause="missing-path",
        wrong="dW = x[T].T @ da[T]",
        right="dW += x[t].T @ da[t]    # at every step",
        says="The same weights serve every step, so every step contributes to their gradient, not the last one alone.",
        question="If W changed, which of the steps would come out differently?",
        layers=READERS,
        backward=walked(replace(RIGHT, last_only=True)),
    ),
    LayerMistake(
        id="state-after-for-state-before",
        cause="wrong-variable",
        wrong="dU += h[t].T @ da[t]",
        right="dU += h[t - 1].T @ da[t]",
        says="At step t U multiplies the state before, h_(t-1), not the state that comes out of it.",
        question="Which state stands next to U in the formula for h_t?",
        layers=READERS,
        backward=walked(replace(RIGHT, state_after=True)),
    ),
    LayerMistake(
        id="recurrent-weights-not-transposed",
        cause="missing-transpose",
        wrong="dh_next = da @ U",
        right="dh_next = da @ U.T",
        says="The error goes back along the arrows it came by: through U transposed.",
        question="Which weights connect unit i to the next step: a row of U, or a column?",
        layers=(reference.Rnn,),
        backward=walked(replace(RIGHT, U_transposed=False)),
    ),
    LayerMistake(
        id="recurrent-slope-at-raw-value",
        cause="wrong-activation-derivative",
        wrong="da = (1 - a**2) * dh",
        right="da = (1 - h**2) * dh    # h = tanh(a)",
        says="1 - tanh(a)^2 wants the state h; you squared the raw value a.",
        question="In 1 - tanh(a)^2, what is it that gets squared?",
        layers=(reference.Rnn,),
        when=lambda op: op.nonlinearity == "tanh",  # type: ignore[attr-defined] # it is Rnn
        backward=walked(replace(RIGHT, slope=lambda a, h: 1.0 - a**2)),  # noqa: ARG005
    ),
    LayerMistake(
        id="recurrent-slope-missing",
        cause="missing-factor",
        wrong="da = dh",
        right="da = (1 - h**2) * dh    # of tanh; of ReLU (a > 0) * dh",
        says="Each step passes through a tanh, or a ReLU: multiply by its slope, at every step.",
        question="If a_t moves by a little, how far does h_t move?",
        layers=(reference.Rnn,),
        backward=walked(replace(RIGHT, slope=lambda a, h: np.ones_like(h))),  # noqa: ARG005
    ),
    LayerMistake(
        id="recurrent-slope-of-tanh",
        cause="wrong-activation-derivative",
        wrong="da = (1 - h**2) * dh",
        right="da = (h > 0) * dh    # h = relu(a)",
        says="1 - h^2 is the slope of tanh; the states of this network go through a ReLU, whose slope is 0 or 1.",
        question="What is the slope of max(a, 0) where a is 2?",
        layers=(reference.Rnn,),
        when=lambda op: op.nonlinearity == "relu",  # type: ignore[attr-defined] # it is Rnn
        backward=walked(replace(RIGHT, slope=lambda a, h: 1.0 - h**2)),  # noqa: ARG005
    ),
    LayerMistake(
        id="cell-gradient-not-passed-on",
        cause="missing-path",
        wrong="dc = dh * o * (1 - np.tanh(c)**2)",
        right="dc = dc_next + dh * o * (1 - np.tanh(c)**2)",
        says="The cell has two consumers, the state and the next cell; what the next cell sends back is missing.",
        question="Who uses c_t besides h_t?",
        layers=(reference.Lstm,),
        backward=walked(replace(RIGHT, cell_passed=0.0)),
    ),
    LayerMistake(
        id="new-cell-for-old",
        cause="wrong-variable",
        wrong="df = dc * c[t]",
        right="df = dc * c[t - 1]",
        says="The forget gate multiplies the cell before the step, so it receives that one.",
        question="Which cell stands next to f in the formula for c_t?",
        layers=(reference.Lstm,),
        backward=walked(replace(RIGHT, cell_after=True)),
    ),
    LayerMistake(
        id="cell-slope-missing",
        cause="missing-factor",
        wrong="dc = dc_next + dh * o",
        right="dc = dc_next + dh * o * (1 - np.tanh(c)**2)",
        says="Between the cell and the state stands a tanh: multiply by its slope.",
        question="If c moves by a little, how far does tanh(c) move?",
        layers=(reference.Lstm,),
        backward=walked(replace(RIGHT, cell_slope=False)),
    ),
    LayerMistake(
        id="kept-state-forgotten",
        cause="missing-path",
        wrong="dh_before = dq @ U.T",
        right="dh_before = dq @ U.T + z * dh",
        says="A share z of the state before is kept as it is: a second route, beside the one through the gates.",
        question="By how many routes does h_(t-1) reach h_t?",
        layers=(reference.Gru,),
        backward=walked(replace(RIGHT, kept=False)),
    ),
    LayerMistake(
        id="reset-gate-forgotten",
        cause="missing-factor",
        wrong="dq_n = da_n",
        right="dq_n = r * da_n",
        says="What the new content hears of the state was multiplied by the reset gate; so is what goes back.",
        question="If r is 0, does the state before matter to the new content?",
        layers=(reference.Gru,),
        backward=walked(replace(RIGHT, reset=False)),
    ),
    LayerMistake(
        id="update-gate-sign",
        cause="wrong-sign",
        wrong="dz = (n - h_before) * dh",
        right="dz = (h_before - n) * dh",
        says="More z means more of the old state and less of the new content: the difference is old minus new.",
        question="If z grows, which way does h move?",
        layers=(reference.Gru,),
        backward=walked(replace(RIGHT, difference=False)),
    ),
    LayerMistake(
        id="gates-exchanged",
        cause="wrong-variable",
        wrong="da = np.concatenate([da_f, da_i, ...])    # forward: i, f, ...",
        right="da = np.concatenate([da_i, da_f, ...])",
        says="The gates are put together in another order than that in which they were taken apart.",
        question="In which order did the forward pass split the columns?",
        layers=(reference.Lstm, reference.Gru),
        backward=_gated,
    ),
    LayerMistake(
        id="time-not-turned-back",
        cause="wrong-variable",
        wrong="dx = np.stack(found)    # found from the last step to the first",
        right="dx = np.stack(found[::-1])",
        says="The walk goes from the last step to the first, so what it collects has to be turned round in the end.",
        question="Which step's gradient was put into the list first?",
        layers=(*READERS, reference.Bidirectional),
        backward=changed(_time_turned, "x"),
    ),
    LayerMistake(
        id="input-of-the-step-before",
        cause="wrong-variable",
        wrong="dW += x[t - 1].T @ da[t]",
        right="dW += x[t].T @ da[t]",
        says="At step t W multiplies x_t; an index is off by one, and at t = 0 it wraps round to the last step.",
        question="Which input stands next to W in the formula for h_t?",
        layers=READERS,
        backward=walked(replace(RIGHT, earlier=1)),
    ),
    LayerMistake(
        id="initial-state-forgotten",
        cause="missing-path",
        wrong="dh0 = 0",
        right="dh0 = dh_next    # what the first step hands to the state before it",
        says="The initial state is an input like any other: what the first step hands back is its gradient.",
        question="If h_0 changed, would h_1 notice?",
        layers=READERS,
        backward=nothing("h0"),
    ),
    LayerMistake(
        id="one-direction-forgotten",
        cause="missing-path",
        wrong="dx = dx_ahead",
        right="dx = dx_ahead + dx_behind[:, ::-1]",
        says="The sequence is read twice, once from each end, and both readers send a gradient back.",
        question="By how many routes does x reach the output?",
        layers=(reference.Bidirectional,),
        backward=lambda at: at.gradients | {"x": _one_reader(at)},
    ),
    LayerMistake(
        id="second-reader-not-turned",
        cause="wrong-variable",
        wrong="dbehind = dy[..., seam:]",
        right="dbehind = dy[:, ::-1, seam:]",
        says="The second reader ran from the end; its cotangent has to be turned round before it is walked back.",
        question="Which step did the second reader see first?",
        layers=(reference.Bidirectional,),
        backward=_half_turned,
    ),
)
"""The mistakes in time."""
