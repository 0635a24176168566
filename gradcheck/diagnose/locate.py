"""Which layer is to blame: judge each one alone, at the values it really saw, under a cotangent of its own.

A slip at the output layer spoils every gradient below it. But a layer that answers rightly to *any* cotangent is
right, whatever arrives from above; so each is asked with random ones, and only the guilty are named.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from gradcheck.op import Altered, Array, Op
from gradcheck.point import Point
from gradcheck.reference import Network, Residual


@dataclass(frozen=True)
class Suspect:
    """A layer in a network whose own backward pass is wrong."""

    layer: str
    """Its name; inside a residual block, the names on the way to it."""
    network: Network
    """The network that it stands in."""
    point: Point
    """The layer alone, at the values it saw."""
    wrong: frozenset[str]
    """The inputs whose gradients are wrong; empty if the fault is of another kind."""


Judge = Callable[[Point], frozenset[str] | None]
"""Says which gradients of a point are wrong: None if nothing is, an empty set if the contract is broken."""


def suspects(network: Network, inputs: Mapping[str, Array], judge: Judge, prefix: str = "") -> Iterator[Suspect]:
    """Yield every layer that is wrong by itself, from the loss backwards."""
    values, _ = network.evaluate(inputs)
    for node in reversed(network.nodes):
        arguments = {role: values[source] for role, source in node.sources.items()}
        point = Point.under(node.op, arguments)
        wrong = judge(point)
        if wrong is None:
            continue
        block = _block(node.op)
        inner = list(suspects(block, arguments, judge, f"{prefix}{node.name}/")) if block else []
        if inner:
            yield from inner
        else:
            yield Suspect(prefix + node.name, network, point, wrong)


def first_not_finite(network: Network, inputs: Mapping[str, Array], prefix: str = "") -> str:
    """Name the first node, in forward order, whose value is not finite; empty if there is none."""
    with np.errstate(all="ignore"):
        values, _ = network.evaluate(inputs)
    for node in network.nodes:
        if not np.isfinite(values[node.name]).all():
            block = _block(node.op)
            inner = {role: values[source] for role, source in node.sources.items()}
            return (first_not_finite(block, inner, f"{prefix}{node.name}/") if block else "") or prefix + node.name
    return ""


def _block(op: Op) -> Network | None:
    """Return the network inside a residual block, if there is one."""
    original = op.original if isinstance(op, Altered) else op
    return original.block if isinstance(original, Residual) and isinstance(original.block, Network) else None
