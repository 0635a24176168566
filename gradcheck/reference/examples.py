"""The two networks with which the project began, small enough to differentiate on one sheet of paper."""

from collections.abc import Callable

from gradcheck.reference.activations import Sigmoid
from gradcheck.reference.affine import Affine, Scale
from gradcheck.reference.joins import Add
from gradcheck.reference.losses import HalfSumOfSquares
from gradcheck.reference.network import Network, Node


def one_path() -> Network:
    """x -> h -> y', sigmoid at both, and the same bias b in both layers, so that dL/db has two routes.

    h = s(x w1 + b), y' = s(h w2 + b), L = 1/2 sum (y' - y)^2, with x and y (batch, 1), w1 and w2 (1, 1), b (1).
    """
    return Network(
        (
            Node("z1", Affine(), {"x": "x", "W": "w1", "b": "b"}),
            Node("h", Sigmoid(), {"x": "z1"}),
            Node("z2", Affine(), {"x": "h", "W": "w2", "b": "b"}),
            Node("y'", Sigmoid(), {"x": "z2"}),
            Node("L", HalfSumOfSquares(), {"y": "y'", "target": "y"}),
        )
    )


def two_two_two() -> Network:
    """Inputs x1 x2, hidden h1 h2, outputs o1 o2, eight single weights, sigmoid units, no bias.

    h1 = s(w1 x1 + w2 x2), h2 = s(w3 x1 + w4 x2), o1 = s(w5 h1 + w6 h2), o2 = s(w7 h1 + w8 h2), and
    L = 1/2 sum (o1 - t1)^2 + 1/2 sum (o2 - t2)^2. Values are (batch, 1), each weight is one number.
    """
    return Network(
        (
            *_unit("h1", {"w1": "x1", "w2": "x2"}),
            *_unit("h2", {"w3": "x1", "w4": "x2"}),
            *_unit("o1", {"w5": "h1", "w6": "h2"}),
            *_unit("o2", {"w7": "h1", "w8": "h2"}),
            Node("L1", HalfSumOfSquares(), {"y": "o1", "target": "t1"}),
            Node("L2", HalfSumOfSquares(), {"y": "o2", "target": "t2"}),
            Node("L", Add(), {"left": "L1", "right": "L2"}),
        )
    )


def _unit(name: str, arrows: dict[str, str]) -> tuple[Node, ...]:
    """One sigmoid unit with two arrows into it, each a weight and the value it multiplies."""
    scaled = [Node(f"{weight} {source}", Scale(), {"x": source, "w": weight}) for weight, source in arrows.items()]
    total = Node(f"z({name})", Add(), dict(zip(("left", "right"), (node.name for node in scaled), strict=True)))
    return (*scaled, total, Node(name, Sigmoid(), {"x": total.name}))


BUILT_IN: dict[str, Callable[[], Network]] = {"one-path": one_path, "two-two-two": two_two_two}
