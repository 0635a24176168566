"""Subjects with more structure than layers in a row: a convolutional network, an LSTM, a transformer block.

Each is a network of the reference, and written out once more for anybody's arrays. A test holds the two against each
other.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from benchmarks.subjects import Subject
from gradcheck.architecture import plan
from gradcheck.op import Array
from gradcheck.reference import Flatten, HalfSumOfSquares, Network, Node, TransformerBlock

STEPS, LAYERS = 20, 4
"""How many steps the LSTM takes, and how many layers it has."""
GIVEN = "xhct"
"""What the names of data begin with: inputs, states to begin with, targets."""
HEADS = 4
"""How many heads of attention the transformer block has."""

Arrays = dict[str, Any]
Shapes = dict[str, tuple[int, ...]]


def convolutional(batch: int, side: int = 12, channels: int = 8) -> Subject:
    """Return two convolutions of 3 x 3 with tanh behind each, and an affine layer: 5,794 parameters as it is."""
    layer = f"conv2d:{channels},kernel=3 tanh"
    text = f"1x1x{side}x{side} {layer} {layer} flatten affine:10 half-sum-of-squares"
    return _laid_out(f"convolutional batch {batch}", batch, text, _convolutional)


def recurrent(batch: int, width: int = 4, steps: int = STEPS) -> Subject:
    """Return four layers of LSTM over twenty steps: 576 parameters as it is."""
    text = f"1x{steps}x{width} {' '.join([f'lstm:{width}'] * LAYERS)} flatten half-sum-of-squares"
    return _laid_out(f"{LAYERS}-layer LSTM, {steps} steps, batch {batch}", batch, text, partial(_recurrent, steps))


def transformer(batch: int, width: int = 292, steps: int = 16) -> Subject:
    """Return a transformer block with a million parameters, over sixteen steps: more than an architecture may have."""
    inner, square = 4 * width, (width, width)
    shapes: Shapes = {"x": (batch, steps, width), "target": (batch, steps * width)}
    shapes |= {"W_up": (width, inner), "b_up": (inner,), "W_down": (inner, width), "b_down": (width,)}
    shapes |= dict.fromkeys(("W_q", "W_k", "W_v", "W_o"), square)
    shapes |= dict.fromkeys(("b_q", "b_v", "b_o", "g_a", "b_a", "g_f", "b_f"), (width,))
    nodes = (
        Node("y", TransformerBlock(HEADS), {name: name for name in shapes if name != "target"}),
        Node("flat", Flatten(axes=2), {"x": "y"}),
        Node("L", HalfSumOfSquares(), {"y": "flat", "target": "target"}),
    )
    return _subject(f"transformer block batch {batch}", Network(nodes), shapes, _transformer)


def _laid_out(name: str, batch: int, text: str, function: Callable[[Any, Arrays], Any]) -> Subject:
    """Lay a network out for one sample, and give it as many: no architecture may hold so large a batch."""
    laid = plan(text)
    shapes = {own: (batch, *shape[1:]) if own[0] in GIVEN else shape for own, shape in laid.shapes.items()}
    return _subject(name, laid.network, shapes, function)


def _subject(name: str, network: Network, shapes: Shapes, function: Callable[[Any, Arrays], Any]) -> Subject:
    generator = np.random.default_rng(1)
    given = [own for own in shapes if own[0] in GIVEN]
    data = {own: generator.normal(size=shapes[own]) for own in given}
    parameters = {own: _weights(own, shapes[own], generator) for own in shapes if own not in given}

    def loss(module: Any, *own: Any) -> Any:
        fixed = {key: module.asarray(array) for key, array in data.items()}
        return function(module, fixed | dict(zip(parameters, own, strict=True)))

    return Subject(name, network, parameters, data, loss)


def _weights(name: str, shape: tuple[int, ...], generator: np.random.Generator) -> Array:
    """Return weights of variance 1 / inputs, gains near 1 and biases near 0."""
    if len(shape) == 1:
        return np.asarray(name.startswith("g") + 0.1 * generator.normal(size=shape))
    inputs = np.prod(shape[1:]) if len(shape) > 2 else shape[0]
    return np.asarray(generator.normal(size=shape) / np.sqrt(inputs))


def _distance(y: Any, target: Any) -> Any:
    return 0.5 * ((y.reshape(target.shape) - target) ** 2).sum()


def _convolutional(xp: Any, a: Arrays) -> Any:
    x, layers = a["x"], [name[1:] for name in a if name.startswith("W")]
    for layer in layers[:-1]:
        W, b = a[f"W{layer}"], a[f"b{layer}"]
        high, wide = (size - 2 for size in x.shape[2:])
        seen = [(W[:, :, u, v], x[:, :, u : u + high, v : v + wide]) for u in range(3) for v in range(3)]
        x = xp.tanh(sum(xp.einsum("oc,nchw->nohw", *pair) for pair in seen) + b.reshape(1, -1, 1, 1))
    return _distance(x.reshape(len(x), -1) @ a[f"W{layers[-1]}"] + a[f"b{layers[-1]}"], a["target"])


def _recurrent(steps: int, xp: Any, a: Arrays) -> Any:
    def s(z: Any) -> Any:
        return 1.0 / (1.0 + xp.exp(-z))

    values = [a["x"][:, t] for t in range(steps)]
    for layer in range(1, LAYERS + 1):
        h, c = a[f"h0{layer}"], a[f"c0{layer}"]
        hidden = h.shape[-1]
        for t in range(steps):
            z = values[t] @ a[f"W{layer}"] + h @ a[f"U{layer}"] + a[f"b{layer}"]
            i, f, g, o = (z[:, hidden * gate : hidden * (gate + 1)] for gate in range(4))
            c = s(f) * c + s(i) * xp.tanh(g)
            h = s(o) * xp.tanh(c)
            values[t] = h
    return _distance(xp.stack(values, 1), a["target"])


def _transformer(xp: Any, a: Arrays) -> Any:
    h = a["x"] + _attention(xp, a, _norm(a["x"], a["g_a"], a["b_a"]))
    up = _norm(h, a["g_f"], a["b_f"]) @ a["W_up"] + a["b_up"]
    gelu = 0.5 * up * (1.0 + _erf(xp, up / 2**0.5))
    return _distance(h + gelu @ a["W_down"] + a["b_down"], a["target"])


def _attention(xp: Any, a: Arrays, x: Any) -> Any:
    batch, steps, width = x.shape

    def heads(array: Any) -> Any:
        return xp.swapaxes(array.reshape(batch, steps, HEADS, width // HEADS), 1, 2)

    q, k, v = heads(x @ a["W_q"] + a["b_q"]), heads(x @ a["W_k"]), heads(x @ a["W_v"] + a["b_v"])
    weights = xp.exp(q @ xp.swapaxes(k, 2, 3) / (width // HEADS) ** 0.5)
    mixed = (weights / weights.sum(-1)[..., None]) @ v
    return xp.swapaxes(mixed, 1, 2).reshape(batch, steps, width) @ a["W_o"] + a["b_o"]


def _norm(x: Any, gain: Any, bias: Any) -> Any:
    centred = x - x.mean(-1)[..., None]
    return centred / ((centred**2).mean(-1)[..., None] + 1e-5) ** 0.5 * gain + bias


def _erf(xp: Any, z: Any) -> Any:
    """Return the error function, which every module keeps elsewhere."""
    match xp.__name__:
        case "torch":
            return xp.erf(z)
        case "jax.numpy":
            from jax.scipy.special import erf
        case "autograd.numpy":
            from autograd.scipy.special import erf
        case _:
            from scipy.special import erf
    return erf(z)
