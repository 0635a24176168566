"""A recurrent layer applies one step again and again, and hands its state from each step to the next.

Unrolled through time it is a deep network whose layers share their weights, and back-propagation through time is
nothing but back-propagation through it. The state h_t has two consumers, the output y_t and step t + 1, so what the
two send back is added; and every weight serves all steps, so its gradients are added over time.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gradcheck.errors import IllFormed
from gradcheck.op import Array, Gradients, Layer, Pullback, mT
from gradcheck.reference.activations import Tanh
from gradcheck.reference.affine import Affine
from gradcheck.reference.rectifiers import Relu

State = dict[str, Array]
"""What is handed from step to step, by name; the one called ``h`` is also the step's output."""
Step = Callable[[Array, State], tuple[State, Callable[[State], Gradients]]]
"""From x_t (batch, in) and the state before to the state after, and a pullback from the one to all that made it."""


def gates_fit(layer: Layer, gates: int, x: Array, h0: Array, W: Array, U: Array) -> None:
    """Raise IllFormed unless a recurrent layer with so many gates (1 if it has none) can be made of these."""
    inputs, hidden = x.shape[-1], h0.shape[-1]
    if W.shape[-2:] != (inputs, gates * hidden) or U.shape[-2:] != (hidden, gates * hidden):
        raise IllFormed(
            f"The {layer.kind} layer with x (batch, time, in) {x.shape[-3:]} and h0 (batch, hidden) {h0.shape[-2:]} "
            f"needs W {(inputs, gates * hidden)} and U {(hidden, gates * hidden)}; "
            f"given were {W.shape[-2:]} and {U.shape[-2:]}."
        )


def through_time(step: Step, x: Array, state: State) -> tuple[Array, Pullback]:
    """Return h_1 ... h_T (batch, time, hidden) and the pullback; x is (batch, time, in), the state is the initial one.

    The walk back begins at the last step, with nothing from later. At step t it adds what the output sends back to
    what step t + 1 sent back, asks the step's pullback, puts dx_t aside, and adds up the gradients of the weights.

    Raises IllFormed if there are no steps.
    """
    if not x.shape[-2]:
        raise IllFormed(f"A recurrent layer needs at least one step; x (batch, time, in) is {x.shape[-3:]}.")
    outputs, backs = [], []
    start = state
    for t in range(x.shape[-2]):
        state, back = step(x[..., t, :], state)
        outputs.append(state["h"])
        backs.append(back)

    def pullback(dy: Array) -> Gradients:
        later = {name: np.zeros(()) for name in start}
        dx, total = [], Gradients()
        for t in reversed(range(len(backs))):
            gradients = backs[t](later | {"h": dy[..., t, :] + later["h"]})
            dx.append(gradients.pop("x"))
            later = {name: gradients.pop(name) for name in start}
            total = {name: total.get(name, 0.0) + gradient for name, gradient in gradients.items()}
        initial = {f"{name}0": gradient for name, gradient in later.items()}
        return {"x": np.stack(dx[::-1], axis=-2)} | initial | total

    return np.stack(outputs, axis=-2), pullback


BENDS: dict[str, Layer] = {"tanh": Tanh(), "relu": Relu()}
"""What a plain recurrent layer may bend its sums with."""


@dataclass(frozen=True)
class Rnn(Layer):
    """h_t = f(x_t W + h_(t-1) U + b), f = tanh or ReLU: Elman's network; the value is h_1 ... h_T.

    x is (batch, time, in), h0 (batch, hidden), W (in, hidden), U (hidden, hidden), b (hidden), y (batch, time, hidden).
    With a_t for what f is taken of, and dh_t already holding what comes from the output and from step t + 1,

        da_t = (1 - h_t^2) dh_t  for tanh,   [a_t > 0] dh_t  for ReLU
        dh_(t-1) = da_t U^T                  dU = sum over t of h_(t-1)^T da_t
        dx_t = da_t W^T                      dW = sum over t of x_t^T da_t
                                             db = sum over t and batch of da_t.

    Each step back multiplies by U^T once more, and by a slope: that of tanh is below 1, so old errors fade; that of
    ReLU is 1 wherever the unit is active, so they may also grow. PyTorch keeps W and U transposed, as ``weight_ih`` and
    ``weight_hh``, and has two biases where one would do; both receive this gradient. Raises IllFormed if the shapes do
    not fit together.
    """

    nonlinearity: str = "tanh"
    """f: ``tanh`` or ``relu``."""

    def __post_init__(self) -> None:
        """Refuse any other."""
        if self.nonlinearity not in BENDS:
            raise IllFormed(f"nonlinearity={self.nonlinearity} cannot be: it is one of {', '.join(BENDS)}.")

    def forward(self, x: Array, h0: Array, W: Array, U: Array, b: Array) -> tuple[Array, Pullback]:
        """Return every state, and the pullback."""
        gates_fit(self, 1, x, h0, W, U)

        def step(x_t: Array, state: State) -> tuple[State, Callable[[State], Gradients]]:
            before = state["h"]
            xW_b, affine_back = Affine()(x=x_t, W=W, b=b)
            h, bend_back = BENDS[self.nonlinearity](x=xW_b + before @ U)

            def back(d: State) -> Gradients:
                da = bend_back(d["h"])["x"]
                return affine_back(da) | {"h": da @ mT(U), "U": mT(before) @ da}

            return {"h": h}, back

        return through_time(step, x, {"h": h0})
