"""Layer by layer: every layer is differenced by itself, and the chain rule joins the pieces, going backwards.

While a layer runs, what it does is recorded, and the record is gone back through with exact steps (``recorded``); at a
kink, and where a layer cannot be recorded, it alone is moved, under finite differences (``single.py``). This is as
quick as a few passes, since no layer is run for the sake of another, and sharp, since nothing cancels. It assumes that
the network is the composition that its nodes say, that routes add, and that NumPy's functions are what they are taken
for. So the whole network is then really moved, along a direction of which every entry has a share
(``confirmation.py``): in a draw in which that does not come out as the entries say, nothing of this was said.

Error bars go backwards with the derivatives. At kinks a bar holds all of the slopes between the one-sided ones, layer
by layer, so that what comes of it is the chain rule's own set of subgradients, also where many kinks meet.
"""

from collections.abc import Collection

import numpy as np

from gradcheck import reference
from gradcheck.op import Altered, Array, Op
from gradcheck.oracles import single, structure
from gradcheck.oracles.confirmation import confirmed
from gradcheck.oracles.ladder import FIRST_STEP
from gradcheck.oracles.noise import half_a_unit
from gradcheck.oracles.recorded import NOWHERE, Record, Recorded, added, rounded
from gradcheck.oracles.single import Arguments, Back, Shares, nothing, whole
from gradcheck.point import PIECE, Point
from gradcheck.records import Estimate

MANY = 1024
"""What a layer at a kink, or of no known kind, may take in, in numbers, for moving it one by one to be quick."""
RANGE = 1e-30, 1e30
"""Between these, single precision is far from its ends."""
UPWARDS = 1.0 + 2.0**-23
"""What is made so much larger is no smaller than it was when it is rounded to single precision."""


def known(op: Op) -> bool:
    """Say whether an operation is made of parts, or of a kind, that this can use."""
    inner = inside(op)
    return (isinstance(inner, reference.Network) and inner.stacks) or type(inner) in reference.LAYERS


def quick(point: Point) -> bool:
    """Say whether going layer by layer takes no more than a few passes: nothing large is moved entry by entry."""
    return known(point.op) and _quickly(point.op, point.inputs) is not None


def _quickly(op: Op, arguments: Arguments) -> Array | None:
    """Return an operation's value; None if some layer on the way to it is large and would be moved."""
    inner = inside(op)
    match inner:
        case reference.Network(nodes=nodes):
            values = dict(arguments)
            for node in nodes:
                value = _quickly(node.op, {role: values[source] for role, source in node.sources.items()})
                if value is None:
                    return None
                values[node.name] = value
            return values[inner.output]
        case reference.Residual(block=block):
            value = _quickly(block, arguments)
            return None if value is None else arguments["x"] + value
    moved = [own for role, own in arguments.items() if role not in inner.constants]
    if structure.all_at_once(inner) or all(own[0].size <= MANY for own in moved):
        return inner(**arguments)[0]
    record, top = single.recorded(inner, arguments, arguments)
    return None if top is None or _at_kink(record, top) else top.value


def _at_kink(record: Record, top: Recorded) -> bool:
    """Say whether a decision in a layer is close."""
    if record.kinked:
        everywhere = np.ones(top.shape)
        record.backwards(top, Estimate(everywhere, 0.0 * everywhere, NOWHERE, NOWHERE))
    return record.doubtful


def estimates(point: Point) -> tuple[Shares, Array]:
    """Return the derivative by every wanted input, and in which draws moving the whole confirms it, (draws)."""
    if not point.wanted:
        return {}, np.ones(point.draws, bool)
    gradients, noise = chained(point)
    gradients = {name: whole(own) for name, own in gradients.items()}
    is_so, gradients = confirmed(point, gradients, noise)
    for name, unit in point.sizes.items():
        gradients[name] = _no_sharper(gradients[name], point.inputs[name], unit, noise)
    return gradients, is_so


def chained(point: Point) -> tuple[Shares, Array]:
    """Return what exact steps and the chain rule say of every wanted input, and the noise of the value, (draws)."""
    value, back = through(point.op, point.inputs, point.wanted)
    found, summands = back(Estimate(point.cotangent, np.zeros(point.cotangent.shape), NOWHERE, NOWHERE))
    largest = np.abs((point.cotangent * value).reshape(point.draws, -1).sum(axis=1))
    noise = np.maximum(rounded(summands, point.draws), half_a_unit(value) * largest)
    return {name: found.get(name) or nothing(point.inputs[name]) for name in point.wanted}, noise


def _no_sharper(said: Estimate, here: Array, unit: Array, noise: Array) -> Estimate:
    """Make a bar as long as the rounding of the whole value is, over one step.

    A layer by itself is seen so sharply that what rounding does before it reaches the layer would look like an error.
    """
    own = (-1, *[1] * (here.ndim - 1))
    size = np.abs(here)
    np.maximum(size, unit.reshape(own), out=size)
    bar = np.divide((noise / FIRST_STEP).reshape(own), size, out=size)
    bar += said.bar
    return said._replace(bar=_in_few_digits(bar))


def _in_few_digits(bar: Array) -> Array:
    """Return large error bars in single precision, rounded up, if it reaches so far: only their first digits matter."""
    if bar[0].size <= PIECE or not (RANGE[0] < bar.min() <= bar.max() < RANGE[1]):
        return bar
    return np.multiply(bar, UPWARDS, out=np.empty(bar.shape, np.float32), casting="same_kind")


def through(op: Op, arguments: Arguments, wanted: Collection[str]) -> tuple[Array, Back]:
    """Run an operation; return its value, and the way back from it to those of its inputs that are wanted."""
    inner = inside(op)
    constants = inner.constants
    roles = [role for role in arguments if role in wanted and role not in constants]
    if type(inner) is reference.Network:
        return _network(inner, arguments, roles)
    if type(inner) is reference.Residual:
        return _residual(inner.block, arguments, roles)
    return single.layer(inner, arguments, roles)


def inside(op: Op) -> Op:
    """Return what an operation computes: without another backward pass put upon it, and laid out as a network."""
    if type(op) is Altered:
        return inside(op.original)
    return op.network if type(op) is reference.TransformerBlock else op


def _network(network: reference.Network, inputs: Arguments, wanted: Collection[str]) -> tuple[Array, Back]:
    """Go forwards through the nodes; on the way back add up what arrives at every value from all that use it."""
    values, backs, reached = dict(inputs), dict[str, Back](), network.reached_from(wanted)
    for node in network.nodes:
        arguments = {role: values[source] for role, source in node.sources.items()}
        roles = [role for role, source in node.sources.items() if source in reached]
        values[node.name], backs[node.name] = through(node.op, arguments, roles)

    def back(arrived: Estimate) -> tuple[Shares, list[Array]]:
        found, summands = {network.output: arrived}, list[Array]()
        for node in reversed(network.nodes):
            if node.name in reached and node.name in found:
                shares, more = backs[node.name](found[node.name])
                summands += more
                for role, share in shares.items():
                    source = node.sources[role]
                    found[source] = added(found[source], share) if source in found else share
        return {name: found[name] for name in wanted if name in found}, summands

    return values[network.output], back


def _residual(block: Op, arguments: Arguments, roles: Collection[str]) -> tuple[Array, Back]:
    """Go through a block; what arrives behind it arrives before it as well."""
    value, inner = through(block, arguments, roles)

    def back(arrived: Estimate) -> tuple[Shares, list[Array]]:
        shares, summands = inner(arrived)
        return ({**shares, "x": added(shares["x"], arrived)} if "x" in roles else shares), summands

    return arguments["x"] + value, back
