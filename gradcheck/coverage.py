"""What a run has visited, and what it never did: kinds of layer, pairs of neighbours, regimes of weights.

A pass says nothing about what was not there. So everything that the vocabulary could have made is counted, and what was
never made is listed by name.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from gradcheck.architecture import REGIMES
from gradcheck.architecture.vocabulary import LAYERS, LOSSES
from gradcheck.records import Coverage
from gradcheck.reference import Network, Residual


@dataclass
class Visited:
    """Counts what a run has seen."""

    kinds: Counter[str] = field(default_factory=Counter)
    pairs: Counter[str] = field(default_factory=Counter)
    regimes: Counter[str] = field(default_factory=Counter)

    def add(self, network: Network, regime: str) -> None:
        """Count a case."""
        pairs = set(_pairs(network, {}))
        self.pairs.update(pairs)
        self.kinds.update({kind for pair in pairs for kind in pair.split(" > ") if kind != "input"})
        self.regimes[regime] += 1

    def coverage(self) -> Coverage:
        """Return the counts, and what was never seen."""
        kinds = [*LAYERS, *LOSSES, "l2-penalty"]
        pairs = [f"{first} > {second}" for first in LAYERS for second in (*LAYERS, *LOSSES)]
        never = [name for name in kinds if not self.kinds[name]]
        never += [name for name in REGIMES if not self.regimes[name]]
        never += [pair for pair in pairs if not self.pairs[pair]]
        kinds_seen, pairs_seen, regimes_seen = (
            dict(sorted(seen.items())) for seen in (self.kinds, self.pairs, self.regimes)
        )
        return Coverage(kinds_seen, pairs_seen, regimes_seen, tuple(never))


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
