"""What gradcheck does for the same networks: the whole check, the oracles alone, and the pass that is judged."""

from benchmarks.peers import Contestant, Unsuited, Work
from benchmarks.subjects import Subject
from gradcheck import check
from gradcheck.op import Array, Op, Pullback
from gradcheck.oracles import Differences, PyTorch, layers, units
from gradcheck.oracles.differences import by_entries


class BlackBox(Op):
    """A network of which only the value and the claimed gradient are known."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject

    def forward(self, **parameters: Array) -> tuple[Array, Pullback]:
        """Return the loss, and a pullback for all parameters."""
        value, pullback = self.subject.network(**self.subject.data, **parameters)
        return value, lambda dy: {name: own for name, own in pullback(dy).items() if name in parameters}


def _reference(subject: Subject) -> Work:
    return lambda: subject.gradient(*subject.parameters.values())


def _whole(subject: Subject) -> Work:
    return lambda: check(subject.network, **subject.data, **subject.parameters)


def _black_box(subject: Subject) -> Work:
    return lambda: check(BlackBox(subject), **subject.parameters)


def _differences(subject: Subject) -> Work:
    point = subject.point
    return lambda: Differences().answer(point)


def _exact_steps(subject: Subject) -> Work:
    point = subject.point
    return lambda: layers.chained(point)


def _every_entry(subject: Subject) -> Work:
    point = subject.point
    return lambda: by_entries(point)


def _every_unit(subject: Subject) -> Work:
    point = subject.point
    if not units.known(point, subject.network):
        raise Unsuited("not for layers that are not affine, or that let rows meet")
    return lambda: units.estimates(point, subject.network)


def _pytorch(subject: Subject) -> Work:
    point = subject.point
    return lambda: PyTorch().answer(point)


REFERENCE = "the reference, forward and backward"
"""The pass that is judged: nothing that looks at all of it can cost much less."""

OURS = (
    Contestant(REFERENCE, "judges nothing", _reference),
    Contestant("gradcheck, every weight moved", "every entry", _every_entry, 0.2),
    Contestant("gradcheck, every unit moved", "every entry", _every_unit),
    Contestant("gradcheck, exact steps chained", "every entry", _exact_steps),
    Contestant("gradcheck, layer by layer", "every entry", _differences),
    Contestant("gradcheck, PyTorch alone", "every entry", _pytorch),
    Contestant("gradcheck, whole check of the network", "every entry", _whole),
    Contestant("gradcheck, black box by directions", "groups of entries", _black_box),
)
