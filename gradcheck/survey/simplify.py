"""Numbers for paper: rounded, and set to zero wherever the same mistake remains, and then worked through.

Whole arrays are tried first and single entries after them, and nothing is kept that makes the finding another one.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import numpy as np

from gradcheck.op import Altered, Array, Gradients, Op
from gradcheck.records.paper import Paper, Step
from gradcheck.reference import Network, Residual

Inputs = dict[str, Array]
BUDGET = 150
"""How often it is asked whether the same mistake remains."""
ALIKE = 1e-9
"""How far two numbers may differ, relative to the largest, to count as the same."""

LARGEST = 100.0
"""Numbers beyond this are not for paper."""


def simplified(inputs: Mapping[str, Array], free: Mapping[str, str], same: Callable[[Inputs], bool]) -> Inputs:
    """Return the plainest inputs, (1, *shape) each, that ``same`` still says yes to; only those in ``free`` may change.

    ``free`` says of each what it holds, in the words of ``weights.draw``; labels, masks and the like stay as they are.
    """
    with np.errstate(all="ignore"):  # many numbers that are tried lie outside of some domain
        return _Simplifier(dict(inputs), same).go([name for name, holds in free.items() if holds in MOVABLE])


MOVABLE = ("weight", "data", "real")
"""What may hold any numbers."""


class _Simplifier:
    """Tries one change after the other, and keeps what may be kept."""

    def __init__(self, inputs: Inputs, same: Callable[[Inputs], bool]) -> None:
        self.inputs, self.same, self.left = inputs, same, BUDGET

    def go(self, names: list[str]) -> Inputs:
        """Simplify arrays as a whole, then entry by entry."""
        for change in (_to_units, _whole, _one_decimal):
            if self.keep({name: change(self.inputs[name]) for name in names}):
                break
        for name in names:
            if not self.keep({name: 0.0 * self.inputs[name]}):
                self.entries(name)
        return self.inputs

    def entries(self, name: str) -> None:
        """Simplify one array entry by entry: zero, one, a whole number, one decimal."""
        for place in np.ndindex(self.inputs[name].shape):
            own = float(self.inputs[name][place])
            for plain in (0.0, float(np.sign(own)), float(np.round(own)), float(np.round(own, 1))):
                if plain == own:
                    break
                changed = self.inputs[name].copy()
                changed[place] = plain
                if self.keep({name: changed}):
                    break

    def keep(self, changed: Inputs) -> bool:
        """Keep a change if the same mistake remains."""
        if self.left <= 0:
            return False
        self.left -= 1
        if self.same({**self.inputs, **changed}):
            self.inputs.update(changed)
            return True
        return False


def _whole(array: Array) -> Array:
    return np.asarray(np.round(array))


def _one_decimal(array: Array) -> Array:
    return np.asarray(np.round(array, 1))


def _to_units(array: Array) -> Array:
    """Return ones and minus ones and twos, by size and sign; never zero by accident."""
    return np.where(array < 0, -1.0, 1.0) * np.where(np.abs(array) > 1.0, 2.0, 1.0)


def worked(network: Network, inputs: Inputs) -> Paper:
    """Work a case through: every value, and every derivative as it is claimed and as it should be."""
    right = unaltered(network)
    values, _ = right.evaluate(inputs)
    kinds = {node.name: node.op.kind for node in right.nodes}
    given = tuple(Step(name, "", _written(inputs[name])) for name in right.inputs)
    forward = tuple(Step(name, kinds[name], _written(values[name])) for name in kinds)
    return Paper(given, forward, tuple(_backward(right, network, inputs, kinds)))


def presentable(network: Network, inputs: Inputs) -> bool:
    """Say whether there is something to see: numbers of a size for paper, and a wrong one that should not be zero."""
    right = unaltered(network)
    truth, claim = _gradients(right, inputs), _gradients(network, inputs)
    values, _ = right.evaluate(inputs)
    if any(not np.abs(own).max(initial=0.0) <= LARGEST for own in (*values.values(), *truth.values())):
        return False
    wrong = [own for name, own in truth.items() if name not in claim or _differ(own, claim[name]) is not None]
    return bool(wrong) and bool(np.any(wrong[0]))


def unaltered(network: Network) -> Network:
    """Return a network as it was before a mistake was planted."""
    return Network(tuple(replace(node, op=_original(node.op)) for node in network.nodes))


def _original(op: Op) -> Op:
    match op:
        case Altered(original=inner):
            return _original(inner)
        case Residual(block=Network() as inner):
            return Residual(unaltered(inner))
        case _:
            return op


def _backward(right: Network, network: Network, inputs: Inputs, kinds: Mapping[str, str]) -> Iterator[Step]:
    truth, claim, told = _gradients(right, inputs), _gradients(network, inputs), False
    for name, own in truth.items():
        said = claim.get(name)
        if said is None:
            yield Step(name, kinds.get(name, ""), _written(own), "nothing: the backward pass fails before", not told)
            told = True
            continue
        place = _differ(own, said)
        first = place is not None and not told
        told = told or place is not None
        claimed = "" if place is None else _written(said)
        yield Step(name, kinds.get(name, ""), _written(own), claimed, first, (place or ()) if first else ())


def _gradients(network: Network, inputs: Inputs) -> Gradients:
    """Walk back as far as that is possible."""
    values, pullbacks = network.evaluate(inputs)
    gradients = {network.output: np.ones_like(values[network.output])}
    for node in reversed(network.nodes):
        if node.name not in gradients:
            continue
        try:
            found = pullbacks[node.name](gradients[node.name])
            for role, own in found.items():
                source = node.sources[role]
                gradients[source] = gradients[source] + own if source in gradients else np.asarray(own)
        except Exception:  # what a wrong backward pass leaves cannot always be gone on with
            break
    return gradients


def _differ(right: Array, said: Array) -> tuple[int, ...] | None:
    """Return the place of the first number that differs; none if all are the same."""
    if right.shape != said.shape:
        return ()
    apart = np.abs(right - said) > ALIKE * max(np.abs(right).max(initial=0.0), np.abs(said).max(initial=0.0))
    places = np.argwhere(apart[0])
    return tuple(int(own) for own in places[0]) if len(places) else None


def _written(array: Array) -> str:
    """Write one draw out on one line, with as many digits as paper has room for."""
    own = array[0] + 0.0  # no minus zero
    text = np.array2string(own, separator=", ", max_line_width=10**6, threshold=10**6, precision=4, suppress_small=True)
    return text.replace("\n", "")
