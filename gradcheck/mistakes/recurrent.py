"""Mistakes in time: a state has two consumers, every weight serves all steps, and each slope has its place.

The backward passes of the three recurrent layers are written out once more, in pieces, so that a slip is one piece
that is exchanged for another.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradcheck import reference
from gradcheck.mistakes.making import changed, nothing
from gradcheck.mistakes.mistake import LayerMistake, Mistake
from gradcheck.op import Array, Backward, Gradients, mT
from gradcheck.reference.activations import logistic

READERS = (reference.Rnn, reference.Lstm, reference.Gru)


@dataclass(frozen=True)
class Pieces:
    """What the backward pass of a recurrent layer is made of; a mistake changes one piece."""

    state_passed: float = 1.0
    """With what factor the gradient of the state is handed to the step before."""
    cell_passed: float = 1.0
    """The same for the cell of an LSTM."""
    last_only: bool = False
    """Whether the weights are given the gradient of the last step alone."""
    state_after: bool = False
    """Whether dU is made with the state after the step."""
    earlier: int = 0
    """How many steps too early the input is that dW is made with."""
    U_transposed: bool = True
    """Whether dh goes back through U transposed."""
    slope: Callable[[Array, Array], Array] = lambda a, h: 1.0 - h**2  # noqa: ARG005
    """tanh' out of the raw value and the value."""
    cell_after: bool = False
    """Whether the forget gate of an LSTM is given the cell after the step."""
    cell_slope: bool = True
    """Whether tanh' of the cell is there."""
    reset: bool = True
    """Whether the reset gate of a GRU is on the way to the state."""
    kept: bool = True
    """Whether the share of the state that a GRU keeps goes straight back."""
    difference: bool = True
    """Whether the update gate of a GRU is given h - n, or n - h."""


def walked(pieces: Pieces) -> Callable[[Backward], Gradients]:
    """Return the backward pass that is made of these pieces."""

    def slip(at: Backward) -> Gradients:
        walk = {reference.Rnn: _Rnn, reference.Lstm: _Lstm, reference.Gru: _Gru}[type(at.op)]
        return walk(at, pieces).walk()

    return slip


class _Walk:
    """The walk back through time that all of them share."""

    def __init__(self, at: Backward, pieces: Pieces) -> None:
        self.at, self.pieces = at, pieces
        self.x, self.W, self.U, self.b = (at.inputs[name] for name in "xWUb")
        self.h = np.concatenate([at.inputs["h0"][..., None, :], at.value], axis=-2)
        self.start()

    def start(self) -> None:
        """Go forwards once more, for what the value does not tell."""

    def step(self, t: int, dh: Array, dc: Array) -> tuple[Gradients, Array, Array]:
        """Return the gradients of step t, and what it hands to the step before: for the state and the cell."""
        raise NotImplementedError

    def raw(self, t: int) -> Array:
        """What stands in the gates at step t."""
        return np.asarray(self.x[..., t, :] @ self.W + self.h[..., t, :] @ self.U + self.b[..., None, :])

    def through(self, t: int, da: Array, dq: Array | None = None) -> tuple[Gradients, Array]:
        """Send the gradient of what stands in the gates on to weights, input and state."""
        dq = da if dq is None else dq
        state = self.h[..., t + self.pieces.state_after, :]
        U = mT(self.U) if self.pieces.U_transposed else self.U
        own = {
            "x": da @ mT(self.W),
            "W": mT(self.x[..., t - self.pieces.earlier, :]) @ da,
            "U": mT(state) @ dq,
            "b": da.sum(axis=-2),
        }
        return own, dq @ U

    def walk(self) -> Gradients:
        """Go back from the last step to the first."""
        T = self.x.shape[-2]
        dh = dc = np.zeros(())
        dx: list[Array] = []
        total = Gradients()
        for t in reversed(range(T)):
            own, dh, dc = self.step(t, self.at.cotangent[..., t, :] + dh, dc)
            dh, dc = self.pieces.state_passed * dh, self.pieces.cell_passed * dc
            dx.append(own.pop("x"))
            if not self.pieces.last_only or t == T - 1:
                total = {name: total.get(name, 0.0) + gradient for name, gradient in own.items()}
        initial = {"h0": dh, "c0": dc} if "c0" in self.at.inputs else {"h0": dh}
        return {"x": np.stack(dx[::-1], axis=-2)} | initial | total


class _Rnn(_Walk):
    def step(self, t: int, dh: Array, dc: Array) -> tuple[Gradients, Array, Array]:
        own, before = self.through(t, self.pieces.slope(self.raw(t), self.h[..., t + 1, :]) * dh)
        return own, before, dc


class _Lstm(_Walk):
    def start(self) -> None:
        self.gates: list[tuple[Array, ...]] = []
        self.c = [self.at.inputs["c0"]]
        for t in range(self.x.shape[-2]):
            a_i, a_f, a_g, a_o = np.split(self.raw(t), 4, axis=-1)
            i, f, g, o = logistic(a_i), logistic(a_f), np.tanh(a_g), logistic(a_o)
            self.gates.append((i, f, g, o))
            self.c.append(f * self.c[-1] + i * g)

    def step(self, t: int, dh: Array, dc: Array) -> tuple[Gradients, Array, Array]:
        i, f, g, o = self.gates[t]
        T = np.tanh(self.c[t + 1])
        dc = dc + dh * o * (1.0 - T**2 if self.pieces.cell_slope else 1.0)
        cell = self.c[t + self.pieces.cell_after]
        parts = (dc * g * i * (1 - i), dc * cell * f * (1 - f), dc * i * (1 - g**2), dh * T * o * (1 - o))
        own, before = self.through(t, np.concatenate(parts, axis=-1))
        return own, before, dc * f


class _Gru(_Walk):
    def step(self, t: int, dh: Array, dc: Array) -> tuple[Gradients, Array, Array]:
        before = self.h[..., t, :]
        p = self.x[..., t, :] @ self.W + self.b[..., None, :]
        q = before @ self.U + self.at.inputs["c"][..., None, :]
        (p_r, p_z, p_n), (q_r, q_z, q_n) = (np.split(part, 3, axis=-1) for part in (p, q))
        r, z = logistic(p_r + q_r), logistic(p_z + q_z)
        n = np.tanh(p_n + r * q_n)
        da_n = (1.0 - n**2) * (1.0 - z) * dh
        da_r, dz = r * (1.0 - r) * q_n * da_n, (before - n) * dh
        da_z = z * (1.0 - z) * (dz if self.pieces.difference else -dz)
        dq = np.concatenate([da_r, da_z, r * da_n if self.pieces.reset else da_n], axis=-1)
        own, to_state = self.through(t, np.concatenate([da_r, da_z, da_n], axis=-1), dq)
        return own | {"c": dq.sum(axis=-2)}, to_state + (z * dh if self.pieces.kept else 0.0), dc


def _time_turned(own: Array) -> Array:
    return own[..., ::-1, :]


def _gated(at: Backward) -> Gradients:
    gates: Any = {reference.Lstm: 4, reference.Gru: 3}[type(at.op)]

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
        backward=walked(replace(RIGHT, slope=lambda a, h: 1.0 - a**2)),  # noqa: ARG005
    ),
    LayerMistake(
        id="recurrent-slope-missing",
        cause="missing-factor",
        wrong="da = dh",
        right="da = (1 - h**2) * dh",
        says="Each step passes through a tanh: multiply by its slope, at every step.",
        question="If a_t moves by a little, how far does h_t move?",
        layers=(reference.Rnn,),
        backward=walked(replace(RIGHT, slope=lambda a, h: np.ones_like(h))),  # noqa: ARG005
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
        says="A share z of the state before is kept as it is: that is a second route, beside the one through the gates.",
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
