"""Random networks, drawn by Hypothesis, which lives here and nowhere else.

Hypothesis draws the structure, the sizes, a weight seed and a regime, and never a single weight: structure shrinks
well, and the weights come from the seed. What is drawn is a loose sketch; the assembly makes the sizes fit, so that
nothing is ever rejected. Simple choices stand first, because shrinking goes to the left.
"""

import zlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from gradcheck.architecture import REGIMES, Architecture, plan
from gradcheck.architecture.vocabulary import FAMILIES, JOINS, KINDS, LAYERS, LOSSES, WIDTHS, Need, Shape
from gradcheck.errors import UnknownName
from gradcheck.generate.assembly import WISHES, Assembled, Sketch, alone, assemble
from gradcheck.generate.paring import FEW
from gradcheck.generate.provider import UNAWARE
from gradcheck.op import Op
from gradcheck.records import Case

IMAGE_BATCHES, CHANNELS, SIDES = (1, 2, 2, 3), (1, 2, 3, 2), (1, 2, 3, 4, 3, 4, 5)
"""Batches, channels and sides of what has more axes than a row: smaller, since every number is moved by itself."""
DRAWS = range(64, 513)
"""With how many weight draws an architecture of a run may be judged, all of them side by side."""
NUMBERS = 2**14
"""How many inputs and parameters these draws have together: what takes hardly longer than one draw by itself."""
PART = 5
"""How many cases are drawn in one turn, if nothing else is said."""
LEAD = 7
"""How many times likelier it is sketched that the kind of layer whose turn it is stands in a case, than that not."""


def architectures(only: Collection[str] = (), lead: str = "") -> st.SearchStrategy[Architecture]:
    """Draw architectures: chains, residual blocks, branches that join, shared parameters, for rows and for images.

    ``only`` names layers, joins and losses: nothing else is drawn, but for what is needed to connect them. ``lead``
    names one that is to be in many of them. Shrinks towards one sample, one feature, no layers, half the sum of
    squares, whatever the lead. Raises UnknownName for a name that does not exist.
    """
    return _assembled(tuple(only), lead).map(lambda made: made.architecture)


@lru_cache(1024)
def _assembled(only: tuple[str, ...], lead: str) -> st.SearchStrategy[Assembled]:
    """Draw architectures, together with how much of their sketches was left out."""
    for name in (*only, *[lead] * bool(lead)):
        if name not in (*LAYERS, *LOSSES):
            raise UnknownName("layer or loss", name, (*LAYERS, *LOSSES))
    heads = [word for word, kind in KINDS.items() if kind.reads and (word in only or not only)]
    named = [word for word in only if word in LAYERS and word not in heads]
    block = _blocks(frozenset(named))
    closing = [loss for loss, kind in LOSSES.items() if not (only and kind.behind)]
    leads = {"head": lead in heads, "loss": lead in LOSSES, "first": lead in LAYERS and lead not in heads}
    return st.builds(
        assemble,
        size=_sizes(),
        head=_mostly(_head(heads, always=bool(only) and not named), leads["head"] and _layer([lead])),
        first=_mostly(block if named else st.none(), leads["first"] and _blocks(frozenset([lead]))),
        sketches=st.just([]) if heads and only and not named else _some(block, 6),
        loss=_mostly(
            _closing([loss for loss in LOSSES if loss in only] or closing), leads["loss"] and _closing([lead])
        ),
        penalty=st.sampled_from(["", "", "", "0.1"]),
    )


def turn(seed: int, part: int, only: Collection[str] = ()) -> str:
    """Name the layer or loss whose turn it is: each has one before any has another, in an order decided by the seed."""
    words = sorted(only or (*LAYERS, *LOSSES), key=lambda word: zlib.crc32(f"{seed} {word}".encode()))
    return words[part % len(words)]


@cache
def layers(word: str) -> st.SearchStrategy[tuple[Op, dict[str, Need]]]:
    """Draw one layer, loss or join by itself: its settings, and what each of its inputs must look like."""
    return st.builds(alone, word=st.just(word), size=_sizes(), wishes=st.integers(0, WISHES - 1))


def weights() -> st.SearchStrategy[dict[str, Any]]:
    """Draw where weights come from: a seed, and the regime they are in. Shrinks to seed 0 and ordinary weights."""
    return _sketch(weights=st.integers(0, 9999), draws=st.just(FEW), regime=st.sampled_from(list(REGIMES)))


def cases(only: Collection[str] = (), lead: str = "") -> st.SearchStrategy[Case]:
    """Draw cases: an architecture, and where its weights come from."""
    return st.builds(_case, architectures(only, lead), weights())


@dataclass
class Part:
    """One part of the cases of a run."""

    cases: list[Case]
    """The cases, not all of them different."""
    sketched: int = 0
    """How many layers were sketched for them."""
    refused: int = 0
    """How many of these had to be left out."""


def survey(seed: int, part: int, size: int = PART, only: Collection[str] = ()) -> list[Case]:
    """Return one part of the cases of a run: the same for the same seed and part, on any machine.

    The parts take turns: in each another kind of layer leads, so that a run visits all of them, whatever its seed.
    """
    return surveyed(seed, part, size, only).cases


def surveyed(seed: int, part: int, size: int = PART, only: Collection[str] = ()) -> Part:
    """Return one part of the cases of a run, and how much of what was sketched for them was left out."""
    found = Part([])

    @seeded(seed * 1_000_003 + part)
    @settings(
        max_examples=size,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        derandomize=False,
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
        backend=UNAWARE,
    )
    @given(_assembled(tuple(only), turn(seed, part, only)), weights())
    def collect(made: Assembled, where: dict[str, Any]) -> None:
        found.cases.append(_with_draws(_case(made.architecture, where)))
        found.sketched += made.asked
        found.refused += made.refused

    collect()
    return found


def _with_draws(case: Case) -> Case:
    """Return a case with as many draws as go together: a small network, whose price is that of its calls, has many."""
    draws = NUMBERS // plan(case.architecture).numbers
    return replace(case, draws=min(max(draws, DRAWS[0]), DRAWS[-1]))


def _sketch(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Sketch]:
    """Draw the parts of a sketch."""
    return st.fixed_dictionaries(parts)


@cache
def _sizes() -> st.SearchStrategy[Shape]:
    """Draw the shape of an input: rows, and less often signals and images."""
    batch, channels, side = (st.sampled_from(sizes) for sizes in (IMAGE_BATCHES, CHANNELS, SIDES))
    row = st.tuples(st.sampled_from(WIDTHS), st.sampled_from(WIDTHS))
    return _either((row, 2), (st.tuples(batch, channels, side), 1), (st.tuples(batch, channels, side, side), 1))


def _either(*options: tuple[st.SearchStrategy[Any], int]) -> st.SearchStrategy[Any]:
    """Draw one way or another, each as often as is said; ``one_of`` takes no notice of what it is given twice."""
    ways = [way for way, often in options for _ in range(often)]
    return st.integers(0, len(ways) - 1).flatmap(ways.__getitem__)


def _some(block: st.SearchStrategy[Sketch], most: int) -> st.SearchStrategy[list[Sketch | None]]:
    """Sketch up to so many blocks. A block may be none: that is how the first of several is left out in shrinking."""
    return st.lists(st.none() | block, max_size=most)


def _layer(words: Collection[str]) -> st.SearchStrategy[Sketch]:
    """Sketch one layer."""
    return _sketch(
        word=st.sampled_from(list(words)),
        wishes=st.integers(0, WISHES - 1),
        shares=st.sampled_from(["", "", "", "last", "first", "all"]),
    )


def _closing(losses: Collection[str]) -> st.SearchStrategy[Sketch]:
    """Sketch a loss. One that brings layers with it takes more choices than any layer, so nothing shrinks to it."""
    plain = [word for word in losses if not LOSSES[word].behind]
    others = [word for word in losses if LOSSES[word].behind]
    idle = st.lists(st.booleans(), min_size=9, max_size=9)
    costly = st.builds(lambda sketch, _: sketch, _layer(others), idle) if others else st.nothing()
    return _either(*[(_layer(plain), len(plain))] * bool(plain), (costly, len(others)))


def _mostly(usual: st.SearchStrategy[Any], lead: st.SearchStrategy[Any] | bool) -> st.SearchStrategy[Any]:
    """Draw what leads, where something does, or else the usual, to which it shrinks."""
    return _either((usual, 1), (lead, LEAD)) if isinstance(lead, st.SearchStrategy) else usual


def _head(words: Collection[str], *, always: bool) -> st.SearchStrategy[Sketch | None]:
    """Sketch a layer that reads indices, or most often none."""
    if not words:
        return st.none()
    return _layer(words) if always else _either((st.none(), 4), (_layer(words), 1))


def _blocks(named: frozenset[str]) -> st.SearchStrategy[Sketch]:
    """Sketch one block; the wishes in it are granted by the assembly where they fit."""
    families = [[kind.word for kind in family if not kind.reads] for family in ((KINDS["affine"],), *FAMILIES)]
    chosen = [[word for word in family if word in named] for family in families]
    plain = st.one_of(*[_layer(family) for family in (chosen if any(chosen) else families) if family])
    skip = _sketch(first=plain, layers=_some(plain, 2))
    joins = [join for join in JOINS if join in named or not named]
    fork = _sketch(
        joins=st.sampled_from([(join, "add" if "add" in joins else join) for join in joins or JOINS]),
        left=_some(plain | skip if not named else plain, 2),
        right=_some(plain, 2),
        wishes=st.integers(0, WISHES - 1),
    )
    forms = [skip] * ("residual" in named or not named) + [fork] * bool(joins)
    return st.one_of(*[plain] * (any(chosen) or not named), *forms)


def _case(architecture: Architecture, where: dict[str, Any]) -> Case:
    return Case(str(architecture), **where)
