"""An oracle is an independent way to a derivative. It answers with a value and with its own error bar."""

from abc import ABC, abstractmethod

from gradcheck.op import Op
from gradcheck.point import Point
from gradcheck.records import Answer


class Oracle(ABC):
    """One way to a derivative. It never sees the claimed gradient."""

    name: str
    """What it is called in reports."""

    @abstractmethod
    def judges(self, op: Op) -> bool:
        """Say whether this oracle can differentiate the operation."""

    @abstractmethod
    def answer(self, point: Point) -> Answer:
        """Return its estimate for every wanted input of the point.

        Raises OracleMissing if what it needs is not installed.
        """
