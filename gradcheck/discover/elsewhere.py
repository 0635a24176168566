"""Where mistakes hide less than at the usual points: near limits and beyond, in a deeper net, at other settings."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from gradcheck.discover import guards, otherwise, settings
from gradcheck.discover.forms import SIZES, Form
from gradcheck.discover.layout import Layout
from gradcheck.discover.limits import edges, reach
from gradcheck.discover.remarks import Seen, shapes
from gradcheck.discover.subject import Subject
from gradcheck.records import Verdict

Points = tuple[tuple[int, int, float], ...]
"""Which lengths, which draw, how large the numbers."""
TWICE: Points = ((0, 0, 1.0), (0, 1, 1.0))
"""The usual lengths with two draws."""


class Judging(Protocol):
    """What judges a subject."""

    def __call__(
        self, subject: Subject, layout: Layout, seed: int, points: Points | None = None, *, hopeful: bool = False
    ) -> Seen:
        """Judge it with a layout at points; up to the first wrong one if that is all that matters."""


@dataclass(frozen=True)
class Look:
    """A subject that is right at the usual points."""

    subject: Subject
    layout: Layout
    given: Mapping[str, Form]
    """What a person says that its inputs are."""
    seed: int
    judge: Judging

    def wrong(self, layout: Layout, points: Points, seen: Seen, where: str) -> bool:
        """Judge it with a layout, and add what differs to those seen; say whether it does."""
        return _adds(self.judge(self.subject, layout, self.seed, points, hopeful=True), seen, where)

    def all(self, seen: Seen, usual: Points) -> str:
        """Judge it where mistakes hide less, and add what differs to those seen; return what to say."""
        if not seen.telling:
            self._at_other_lengths(seen)
        if any(own.verdict.wrong for own in seen.results):
            return "at the usual lengths it tells nothing, for there the gradient is zero"
        far = reach(self.subject.arguments)
        beyond = tuple((0, draw, far * draw) for draw in (1, 2)) if far else ()
        if self.wrong(self.layout, beyond, seen, f"numbers up to {far * 2:g}"):
            return f"it is wrong beyond a number at which something is cut off, which is up to {far:g}"
        for edge, near in self._near():
            if self.wrong(near, TWICE, seen, f"numbers near {edge:g}"):
                return f"it is wrong near {edge:g}, where something is cut off, or goes on otherwise"
        deeper = otherwise.deeper(self.layout)
        if deeper and self.wrong(deeper, otherwise.SQUARE, seen, "one layer more"):
            return "it is wrong with one layer more"
        if (other := self.subject.at_rest) and _adds(self._somewhere(other, self.layout), seen, "not training"):
            return "it is right while it is training, and wrong when it is not"
        return self._at_other_settings(seen, (*beyond, *usual))

    def _at_other_lengths(self, seen: Seen) -> None:
        """Judge it at lengths at which the gradient is not zero, and add that to those seen."""
        for layout in otherwise.lengthened(self.layout):
            beside = self.judge(self.subject, layout, self.seed, TWICE)
            if beside.telling and all(own.verdict in (Verdict.AGREES, Verdict.DIFFERS) for own in beside.results):
                for trial, result, inputs in zip(beside.trials, beside.results, beside.inputs, strict=True):
                    seen.add(trial, result, inputs)
                return

    def wider(self) -> str:
        """Say that it is wrong where what is compared has columns, if it is: a mean over all, and one over the rows."""
        wide = otherwise.with_columns(self.layout, self.subject.arguments)
        if not wide or any(name in self.given for name in wide.chosen):
            return ""
        beside = self.judge(self.subject, wide, self.seed, TWICE[:1])
        if not any(said.verdict is Verdict.DIFFERS for said in beside.results):
            return ""
        before, after = (shapes(own.draw(0, self.seed)) for own in (self.layout, wide))
        return f"right at {before}, and wrong at {after}: a mean over all entries is not one over the rows"

    def _at_other_settings(self, seen: Seen, points: Points) -> str:
        for changed in settings.others(self.subject, self.layout, self.given):
            beyond = otherwise.with_forms(self.layout, changed)
            if len(changed) > 1 or any(isinstance(form.value, float) for form in changed.values()):
                beside = self.judge(self.subject, beyond, self.seed, points, hopeful=True)
            else:
                beside = self._somewhere(self.subject, beyond)
            if _adds(beside, seen, otherwise.written(beyond, changed)):
                before = otherwise.written(self.layout, changed)
                return f"it is right at {before}, and wrong at {otherwise.written(beyond, changed)}"
        return ""

    def _near(self) -> Iterator[tuple[float, Layout]]:
        """Yield numbers at which something is cut off, with the layouts that have one array near them."""
        free = [own.name for own in self.subject.arguments if not own.constructor and own.name not in self.given]
        yield from (
            (edge, near) for edge in edges(self.subject.arguments) for near in otherwise.nearby(self.layout, edge, free)
        )

    def _somewhere(self, subject: Subject, layout: Layout) -> Seen:
        """Judge a subject at the first lengths at which it runs, there and back."""
        for which in range(len(SIZES)):
            beside = self.judge(subject, layout, self.seed, ((which, 0, 1.0),))
            if any(said.verdict is not Verdict.BROKEN for said in beside.results):
                return beside
        return Seen()


def _adds(beside: Seen, seen: Seen, where: str) -> bool:
    """Add the first point that differs to those seen, if it does by more than what nobody differentiates."""
    first = next((place for place, said in enumerate(beside.results) if said.verdict is Verdict.DIFFERS), None)
    if first is None or guards.slight(beside.results[first]):  # or it is not made for these
        return False
    seen.add(beside.trials[first], beside.results[first], where)
    return True
