"""What a run has visited: kinds of layer, pairs of neighbours, configurations of layers, regimes of weights.

A pass says nothing about what was not there. So everything that the vocabulary could have made is counted, and the
kinds and regimes that never came are listed by name.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, fields

from gradcheck.architecture import REGIMES
from gradcheck.architecture.vocabulary import LAYERS, LOSSES
from gradcheck.op import Altered
from gradcheck.records import Coverage
from gradcheck.reference import Network, Residual


@dataclass
class Visited:
    """Counts what a run has seen."""

    kinds: Counter[str] = field(default_factory=Counter)
    pairs: Counter[str] = field(default_factory=Counter)
    configurations: Counter[str] = field(default_factory=Counter)
    regimes: Counter[str] = field(default_factory=Counter)
    sketched: int = 0
    refused: int = 0

    def add(self, network: Network, regime: str) -> None:
        """Count a case."""
        pairs = set(_pairs(network, {}))
        self.pairs.update(pairs)
        self.kinds.update({kind for pair in pairs for kind in pair.split(" > ") if kind != "input"})
        self.configurations.update(set(_configurations(network)))
        self.regimes[regime] += 1

    def sketch(self, sketched: int, refused: int) -> None:
        """Count layers that were sketched, and how many of them were left out because nothing fitted."""
        self.sketched += sketched
        self.refused += refused

    def coverage(self) -> Coverage:
        """Return the counts, and what was never seen."""
        kinds = [*LAYERS, *LOSSES, "l2-penalty"]
        return Coverage(
            kinds=dict(sorted(self.kinds.items())),
            pairs=dict(sorted(self.pairs.items())),
            configurations=dict(sorted(self.configurations.items())),
            regimes=dict(sorted(self.regimes.items())),
            possible=len(LAYERS) * (len(LAYERS) + len(LOSSES)),
            sketched=self.sketched,
            refused=self.refused,
            never=tuple(name for name in (*kinds, *REGIMES) if not self.kinds[name] + self.regimes[name]),
        )


def _configurations(network: Network) -> Iterator[str]:
    """Yield every setting of every layer, as ``conv2d stride=2``."""
    for node in network.nodes:
        op = node.op.original if isinstance(node.op, Altered) else node.op
        if isinstance(op, Residual) and isinstance(op.block, Network):
            yield from _configurations(op.block)
        else:
            settings = ((own.name, getattr(op, own.name)) for own in fields(op) if own.name != "axes")  # type: ignore[arg-type] # layers are dataclasses
            yield from (f"{op.kind} {name}={value}" for name, value in settings)


def _pairs(network: Network, before: dict[str, str]) -> Iterator[str]:
    """Yield every pair of neighbouring kinds; ``before`` says what stands behind the inputs of the network."""
    kinds = {"x": "input"} | before
    for node in network.nodes:
        op = node.op
        kinds[node.name] = op.kind
        yield from (f"{kinds[source]} > {op.kind}" for source in node.sources.values() if source in kinds)
        if op.kind == "l2-penalty":
            yield f"input > {op.kind}"
        if isinstance(op, Residual) and isinstance(op.block, Network):
            yield from _pairs(op.block, {"x": kinds[node.sources["x"]]})
