"""Random networks, drawn and shrunk by Hypothesis, which lives here and nowhere else.

Hypothesis draws the structure, the sizes, a weight seed and a regime, and never a single weight: structure shrinks
well, and the weights come from the seed. What is drawn is a loose sketch; ``_Assembly`` makes the sizes fit, so that
nothing is ever rejected. Simple choices stand first, because shrinking goes to the left.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from gradcheck.architecture import REGIMES, Architecture, Fork, Layer, Skip
from gradcheck.architecture.vocabulary import ACTIVATIONS, LOSSES
from gradcheck.records import Case

Sketch = dict[str, Any]

SIZES = (1, 2, 3, 4, 5, 2, 3, 4, 5, 3, 4, 5)
"""Batches and widths: one is the smallest and the rarest, because a batch of one hides mistakes."""
NUMBERS = {"leaky-relu": ("0.1",), "elu": ("1", "0.5"), "dropout": ("0.5", "0.25")}
"""The numbers that are tried for layers that take one."""
WIDE = 8
"""What is wider than this is not concatenated any more: doubled five times, a network would be too large to judge."""
DRAWS = 8
"""How many weight draws each architecture is judged with."""


def architectures() -> st.SearchStrategy[Architecture]:
    """Draw architectures: chains, residual blocks, branches that join, shared parameters.

    Shrinks towards one sample, one feature, no layers, half the sum of squares.
    """
    return st.builds(
        _assemble,
        batch=st.sampled_from(SIZES),
        features=st.sampled_from(SIZES),
        sketches=st.lists(_blocks(), max_size=5),
        loss=st.sampled_from(list(LOSSES)),
        penalty=st.sampled_from(["", "", "", "0.1"]),
    )


def weights() -> st.SearchStrategy[dict[str, Any]]:
    """Draw where weights come from: a seed, and the regime they are in. Shrinks to seed 0 and ordinary weights."""
    return _sketch(weights=st.integers(0, 9999), draws=st.just(DRAWS), regime=st.sampled_from(list(REGIMES)))


def cases() -> st.SearchStrategy[Case]:
    """Draw cases: an architecture, and where its weights come from."""
    return st.builds(_case, architectures(), weights())


def survey(seed: int, part: int, size: int) -> list[Case]:
    """Return one part of the cases of a run: the same for the same seed and part, on any machine."""
    found: list[Case] = []

    @_exploring(seed, part, size, Phase.generate)
    @given(cases())
    def collect(case: Case) -> None:
        found.append(case)

    collect()
    return found


@dataclass
class Shrunk:
    """The outcome of shrinking."""

    case: Case
    """The smallest case that still shows the finding."""
    tried: int = 0
    """How many cases were tried."""


def shrink(seed: int, part: int, size: int, shows: Callable[[Case], bool], budget: int) -> Shrunk | None:
    """Return the smallest case like the first one of this part that shows a finding; None if none does.

    ``shows`` is asked about each case at most once; after ``budget`` new ones everything else counts as not showing it.
    """
    answers: dict[Case, bool] = {}
    found: list[Case] = []
    asked = 0

    def ask(case: Case) -> bool:
        nonlocal asked
        if case not in answers:
            within = asked < size + budget
            asked += within
            answers[case] = within and shows(case)
        return answers[case]

    @_exploring(seed, part, size, Phase.generate, Phase.shrink)
    @given(cases())
    def provoke(case: Case) -> None:
        if ask(case):
            found.append(case)
            raise _Shows

    try:
        provoke()
    except _Shows:
        return Shrunk(_single_draw(found[-1], shows), asked)
    return None


class _Shows(Exception):
    """The case shows the finding that is being shrunk."""


def _single_draw(case: Case, shows: Callable[[Case], bool]) -> Case:
    """Keep one weight draw, the first that shows the finding alone."""
    for draw in range(case.draws):
        alone = Case(case.architecture, case.weights + draw, 1, case.regime)
        if shows(alone):
            return alone
    return case


def _exploring(seed: int, part: int, size: int, *phases: Phase) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Run a property on cases that depend on the seed and the part alone; nothing is stored, nothing is printed."""

    def decorate(test: Callable[[], None]) -> Callable[[], None]:
        quiet = settings(
            max_examples=size,
            phases=phases,
            database=None,
            deadline=None,
            derandomize=False,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
            verbosity=Verbosity.quiet,
        )
        decorated: Callable[[], None] = seeded(seed * 1_000_003 + part)(quiet(test))
        return decorated

    return decorate


def _sketch(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Sketch]:
    """Draw the parts of a sketch."""
    return st.fixed_dictionaries(parts)


def _blocks() -> st.SearchStrategy[Sketch]:
    """Sketch one block; the numbers in it are wishes that the assembly grants where they fit."""
    shares = st.sampled_from(["", "", "", "b", "W", "Wb"])
    affine = _sketch(kind=st.just("affine"), width=st.sampled_from(SIZES), shares=shares)
    activation = _sketch(kind=st.sampled_from([*ACTIVATIONS, "dropout"]), choice=st.integers(0, 1))
    plain = affine | activation
    skip = _sketch(kind=st.just("residual"), layers=st.lists(plain, max_size=3))
    fork = _sketch(
        kind=st.sampled_from(["add", "concatenate"]),
        left=st.lists(plain | skip, max_size=2),
        right=st.lists(plain, max_size=2),
    )
    return plain | plain | skip | fork


def _case(architecture: Architecture, where: dict[str, Any]) -> Case:
    return Case(str(architecture), **where)


def _assemble(batch: int, features: int, sketches: list[Sketch], loss: str, penalty: str) -> Architecture:
    """Turn sketches into an architecture whose sizes fit."""
    blocks, _ = _Assembly().blocks(sketches, features)
    weighed = any("affine" in str(block) for block in blocks)
    return Architecture(batch, features, tuple(blocks), loss, penalty if weighed else "")


@dataclass
class _Assembly:
    """Grants the wishes of sketches where the sizes allow it, and numbers the layers as the text form does."""

    laid: int = 0
    affines: list[tuple[int, int, int]] = field(default_factory=list)
    """The number, input width and output width of every affine layer so far that owns its parameters."""

    def blocks(self, sketches: list[Sketch], width: int) -> tuple[list[Layer | Skip | Fork], int]:
        """Assemble blocks one after the other; return them and the width they end with."""
        made: list[Layer | Skip | Fork] = []
        for sketch in sketches:
            block, width = self.block(sketch, width)
            made.append(block)
        return made, width

    def block(self, sketch: Sketch, width: int) -> tuple[Layer | Skip | Fork, int]:
        """Assemble one block."""
        self.laid += 1
        match sketch:
            case {"kind": "affine", "width": int(wish), "shares": str(shares)}:
                return self.affine(width, wish, shares)
            case {"kind": "residual", "layers": list(layers)}:
                inner, _ = self.ending(layers, width, width)
                return Skip(tuple(inner)), width
            case {"kind": str(join), "left": list(left), "right": list(right)}:
                return self.fork(join, left, right, width)
            case {"kind": str(name), "choice": int(choice)}:
                numbers = NUMBERS.get(name, ("",))
                return Layer(name, numbers[choice % len(numbers)]), width
        raise TypeError(f"no such sketch: {sketch}")

    def fork(self, join: str, left: list[Sketch], right: list[Sketch], width: int) -> tuple[Fork, int]:
        """Assemble two branches; those that are added must end with one width, and wide ones are not made wider."""
        join = "add" if width > WIDE else join
        first, left_width = self.blocks(left, width)
        if join == "add":
            second, _ = self.ending(right, width, left_width, may_be_empty=True)
            return Fork(join, tuple(first), tuple(second)), left_width
        second, right_width = self.blocks(right, width)
        return Fork(join, tuple(first), tuple(second)), left_width + right_width

    def ending(
        self, sketches: list[Sketch], width: int, wanted: int, *, may_be_empty: bool = False
    ) -> tuple[list[Layer | Skip | Fork], int]:
        """Assemble blocks that end with a wanted width, with one more affine layer if need be."""
        made, ends = self.blocks(sketches, width)
        if ends != wanted or not (made or may_be_empty):
            self.laid += 1
            last, ends = self.affine(ends, wanted, "")
            made.append(last)
        return made, ends

    def affine(self, width: int, wish: int, shares: str) -> tuple[Layer, int]:
        """Make an affine layer; if it is to share, its width is that of an earlier layer whose parameters fit."""
        fitting = [known for known in self.affines if known[1] == width] if "W" in shares else self.affines
        if shares and fitting:
            owner, _, out = fitting[-1]
            return Layer("affine", str(out), f"{'' if shares == 'Wb' else shares}{owner}"), out
        self.affines.append((self.laid, width, wish))
        return Layer("affine", str(wish)), wish
