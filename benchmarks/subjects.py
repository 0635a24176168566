"""The networks that are measured: each as a network of the reference, and as one function for anybody's arrays.

The function is written once, with operators and a module that has ``tanh`` and ``exp``, so that NumPy, PyTorch, JAX and
autograd all run the same one. Weights are normal with variance 1 / inputs, data and targets standard normal.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from gradcheck.op import Array
from gradcheck.point import Point
from gradcheck.reference import BUILT_IN, Affine, HalfSumOfSquares, Network, Node, Tanh


@dataclass(frozen=True)
class Subject:
    """A network with its numbers."""

    name: str
    """What it is called in the tables."""
    network: Network
    """The network of the reference."""
    parameters: dict[str, Array]
    """Its weights and biases."""
    data: dict[str, Array]
    """Its inputs and targets."""
    function: Callable[..., Any]
    """``function(module, *parameters)``: the loss, computed with somebody's array module."""

    @property
    def size(self) -> int:
        """How many numbers there are to be verified."""
        return sum(array.size for array in self.parameters.values())

    @property
    def batch(self) -> int:
        """How many samples there are."""
        return len(next(iter(self.data.values())))

    @property
    def point(self) -> Point:
        """The same question, as gradcheck asks it."""
        inputs = {name: array[None] for name, array in {**self.data, **self.parameters}.items()}
        return Point(self.network, inputs, np.ones(1), tuple(self.parameters))

    def loss(self, *parameters: Array) -> float:
        """Return the loss, computed with NumPy."""
        return float(self.function(np, *parameters))

    def gradient(self, *parameters: Array) -> tuple[Array, ...]:
        """Return the gradient that is judged: the reference's own."""
        named = dict(zip(self.parameters, parameters, strict=True))
        found = self.network(**self.data, **named)[1](np.ones(()))
        return tuple(found[name] for name in self.parameters)


def layered(sizes: tuple[int, ...], batch: int) -> Subject:
    """Return affine layers of these sizes with tanh between them, under half the sum of squares."""
    generator = np.random.default_rng(len(sizes) * batch)
    parameters: dict[str, Array] = {}
    nodes: list[Node] = []
    source = "x"
    for layer, (inputs, outputs) in enumerate(pairwise(sizes), 1):
        parameters[f"W{layer}"] = generator.normal(size=(inputs, outputs)) / np.sqrt(inputs)
        parameters[f"b{layer}"] = 0.1 * generator.normal(size=outputs)
        nodes.append(Node(f"z{layer}", Affine(), {"x": source, "W": f"W{layer}", "b": f"b{layer}"}))
        if layer < len(sizes) - 1:
            nodes.append(Node(f"h{layer}", Tanh(), {"x": f"z{layer}"}))
        source = nodes[-1].name
    nodes.append(Node("L", HalfSumOfSquares(), {"y": source, "target": "target"}))
    data = {"x": generator.normal(size=(batch, sizes[0])), "target": generator.normal(size=(batch, sizes[-1]))}

    def function(xp: Any, *own: Any) -> Any:
        h, target = (xp.asarray(data[name]) for name in ("x", "target"))
        for layer in range(0, len(own), 2):
            h = h @ own[layer] + own[layer + 1]
            h = xp.tanh(h) if layer < len(own) - 2 else h
        return 0.5 * ((h - target) ** 2).sum()

    return Subject(f"{'-'.join(map(str, sizes))} batch {batch}", Network(tuple(nodes)), parameters, data, function)


def on_paper(name: str) -> Subject:
    """Return one of the two networks for paper, with four samples."""
    generator = np.random.default_rng(4)
    network = BUILT_IN[name]()
    shapes = {"w1": (1, 1), "w2": (1, 1), "b": (1,)} if name == "one-path" else {}
    parameters = {own: generator.normal(size=shapes.get(own, ())) for own in network.inputs if own[0] in "wb"}
    data = {own: generator.normal(size=(4, 1)) for own in network.inputs if own not in parameters}

    def function(xp: Any, *own: Any) -> Any:
        p = dict(zip(parameters, own, strict=True))
        d = {key: xp.asarray(array) for key, array in data.items()}

        def s(z: Any) -> Any:
            return 1.0 / (1.0 + xp.exp(-z))

        if name == "one-path":
            return 0.5 * ((s(s(d["x"] @ p["w1"] + p["b"]) @ p["w2"] + p["b"]) - d["y"]) ** 2).sum()
        h1, h2 = s(p["w1"] * d["x1"] + p["w2"] * d["x2"]), s(p["w3"] * d["x1"] + p["w4"] * d["x2"])
        o1, o2 = s(p["w5"] * h1 + p["w6"] * h2), s(p["w7"] * h1 + p["w8"] * h2)
        return 0.5 * ((o1 - d["t1"]) ** 2).sum() + 0.5 * ((o2 - d["t2"]) ** 2).sum()

    return Subject(name, network, parameters, data, function)


SMALL = (10, 16, 16, 4)
MEDIUM = (64, 128, 128, 10)
LARGE = (784, 256, 128, 10)


def growing(most: float) -> list[Subject]:
    """Return layered networks with about 1e2, 1e3, ... parameters, with not more than so many."""
    return [layered((n, n, n, 10), 16) for n in (5, 20, 68, 220, 704, 2230) if 2 * n * n <= most]
