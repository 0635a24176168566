"""The backward passes of the recurrent layers in pieces, so that a slip is one piece exchanged for another."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gradcheck import reference
from gradcheck.op import Array, Backward, Gradients, Op, mT
from gradcheck.reference.activations import logistic


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
    slope: Callable[[Array, Array], Array] | None = None
    """The slope out of the raw value and the value; if none is given, the right one."""
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
        walks: dict[type[Op], type[_Walk]] = {reference.Rnn: _Rnn, reference.Lstm: _Lstm, reference.Gru: _Gru}
        return walks[type(at.op)](at, pieces).walk()

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
        a, h = self.raw(t), self.h[..., t + 1, :]
        right = a > 0 if self.at.op.nonlinearity == "relu" else 1.0 - h**2  # type: ignore[attr-defined] # it is Rnn
        own, before = self.through(t, (self.pieces.slope(a, h) if self.pieces.slope else right) * dh)
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
