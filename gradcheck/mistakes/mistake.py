"""What a mistake is: how it comes about, what it does to the numbers, what to say about it.

One entry serves three times. Planted into the reference it proves that a check would notice; compared with somebody's
wrong gradient it names what happened; printed it explains. What it does to the numbers is therefore *computed*, from
the right forward and backward pass that lie before it.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from gradcheck.op import Altered, Backward, Gradients, Op
from gradcheck.records import Diagnosis
from gradcheck.reference import Network, Node, Residual


@dataclass(frozen=True, kw_only=True)
class Mistake(ABC):
    """One way to get a gradient wrong."""

    id: str
    """Its name, in words."""
    cause: str
    """The kind of slip that it is."""
    wrong: str
    """The line as it is written by mistake."""
    right: str
    """The line as it should be."""
    says: str
    """One sentence for the person who made it."""
    question: str
    """A question that leads to the repair."""

    @abstractmethod
    def plant(self, network: Network) -> Network:
        """Return the network with this mistake wherever it applies; the same network if it applies nowhere."""

    def diagnosis(self) -> Diagnosis:
        """Return what to tell the person who made it."""
        return Diagnosis(self.id, self.cause, self.says, self.question, self.wrong, self.right)


def _always(op: Op) -> bool:  # noqa: ARG001 - others look at the settings
    return True


@dataclass(frozen=True, kw_only=True)
class LayerMistake(Mistake):
    """A mistake in the backward pass of one kind of layer."""

    layers: tuple[type[Op], ...]
    """The layers in which it can happen."""
    backward: Callable[[Backward], Gradients]
    """What it does to the numbers: the wrong gradients, out of all that was in hand."""
    harmless: Mapping[type[Op], str] = field(default_factory=dict)
    """Of these layers, those in which it changes nothing at any point, each with the argument."""
    when: Callable[[Op], bool] = _always
    """Whether it can be made in a layer with such settings."""

    def plant(self, network: Network) -> Network:
        """Put the mistake into every layer of its kind, inside residual blocks as well."""
        return Network(tuple(replace(node, op=self._in(node.op)) for node in network.nodes))

    def _in(self, op: Op) -> Op:
        if isinstance(op, Residual) and isinstance(op.block, Network):
            op = Residual(self.plant(op.block))
        return Altered(op, self.backward) if self.applies(op) else op

    def applies(self, op: Op) -> bool:
        """Say whether the mistake can be made in this operation."""
        return isinstance(op, self.layers) and self.when(op)


@dataclass(frozen=True, kw_only=True)
class RouteMistake(Mistake):
    """A mistake in how a network adds up what comes back: some routes are forgotten."""

    forgotten: Callable[[Network], set[tuple[str, str]]]
    """The routes that are forgotten, each a node and the input of it that receives nothing."""

    def plant(self, network: Network) -> Network:
        """Close the forgotten routes on the way back."""
        closed = self.forgotten(network)
        return Network(
            tuple(_close(node, frozenset(role for name, role in closed if name == node.name)) for node in network.nodes)
        )


def _close(node: Node, roles: frozenset[str]) -> Node:
    return replace(node, op=Altered(node.op, Closed(roles))) if roles else node


@dataclass(frozen=True)
class Closed:
    """A backward pass in which nothing goes back to some of the inputs."""

    roles: frozenset[str]
    """The inputs that receive zeros."""

    def __call__(self, at: Backward) -> Gradients:
        """Return the right gradients, with zeros for the closed inputs."""
        return {role: 0.0 * gradient if role in self.roles else gradient for role, gradient in at.gradients.items()}
