"""Mistakes in adding up: a value with several consumers, or a parameter with several uses, is given one share only."""

from collections import defaultdict

from gradcheck.mistakes.mistake import Mistake, RouteMistake
from gradcheck.reference import Network


def all_but_last(network: Network, *, parameters: bool) -> set[tuple[str, str]]:
    """Return, for every value used more than once, all uses but the last: of parameters, or of all other values.

    A parameter is an input of the network that is not data, and data has a name that begins with x.
    """
    uses: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for node in network.nodes:
        for role, source in node.sources.items():
            is_parameter = source in network.inputs and not source.startswith("x")
            if role not in node.op.constants and is_parameter == parameters:
                uses[source].append((node.name, role))
    return {use for shared in uses.values() for use in shared[:-1]}


def _consumers(network: Network) -> set[tuple[str, str]]:
    return all_but_last(network, parameters=False)


def _shared(network: Network) -> set[tuple[str, str]]:
    return all_but_last(network, parameters=True)


ROUTE_MISTAKES: tuple[Mistake, ...] = (
    RouteMistake(
        id="one-consumer-counted",
        cause="missing-path",
        wrong="grad[h] = dh",
        right="grad[h] += dh",
        says="This value feeds more than one layer, and each sends a gradient back: they add, none replaces another.",
        question="By how many routes does this value reach the loss?",
        forgotten=_consumers,
    ),
    RouteMistake(
        id="shared-parameter-counted-once",
        cause="missing-path",
        wrong="db = delta2.sum(axis=0)",
        right="db = delta1.sum(axis=0) + delta2.sum(axis=0)",
        says="This parameter is used in more than one place; its gradient is the sum over all of its uses.",
        question="If you moved this one number, which layers would notice?",
        forgotten=_shared,
    ),
)
"""The mistakes in adding up."""
