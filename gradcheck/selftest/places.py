"""Where a mistake can be planted: networks, drawn or as small as possible, that hold a kind of layer."""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from gradcheck import reference
from gradcheck.architecture import plan
from gradcheck.architecture.vocabulary import JOINS, KINDS, LOSSES
from gradcheck.generate.assembly import WISHES, assemble
from gradcheck.mistakes import LayerMistake, Mistake
from gradcheck.op import Array, Op, in_words
from gradcheck.point import Point
from gradcheck.records import Case
from gradcheck.reference import Network, Node

WORDS = {kind.layer: word for word, kind in (KINDS | LOSSES | JOINS).items()}
"""The word of every kind of layer that an architecture can name."""
SIZES: dict[int, tuple[tuple[int, ...], ...]] = {
    2: ((3, 4), (2, 3), (4, 2), (5, 3), (2, 5), (3, 3)),
    3: ((2, 3, 4), (2, 2, 5), (3, 2, 3), (2, 4, 2)),
    4: ((2, 2, 4, 3), (2, 1, 5, 5), (3, 2, 3, 3)),
}
"""Shapes of inputs to draw from, by the number of axes."""
SMALL: dict[int, tuple[tuple[int, ...], ...]] = {
    2: ((1, 1), (2, 1), (1, 2), (2, 2), (3, 1), (1, 3), (2, 3), (3, 2), (1, 4), (3, 3), (3, 4)),
    3: ((1, 1, 1), (1, 1, 2), (1, 2, 1), (2, 1, 1), (1, 2, 2), (2, 1, 2), (1, 1, 3), (2, 2, 1), (2, 2, 2), (2, 2, 3)),
    4: ((1, 1, 1, 1), (1, 1, 1, 2), (1, 1, 2, 2), (2, 1, 1, 2), (1, 2, 1, 2), (1, 1, 3, 3), (2, 2, 2, 2), (1, 2, 3, 3)),
}
"""The smallest shapes, smallest first."""
SETTINGS = 8
"""How many settings of a layer are tried at each of the smallest shapes."""
TEMPLATES = {
    "residual": ("{n}x{m} residual(affine:{m} tanh) half-sum-of-squares", "{n}x{m} residual(tanh) half-sum-of-squares"),
    "l2-penalty": (
        "{n}x{m} affine:{m} half-sum-of-squares l2:0.1",
        "{n}x{m} affine:{k} tanh mean-squared-error l2:0.3",
    ),
    "fork": (
        "{n}x{m} tanh add(sigmoid | ) half-sum-of-squares",
        "{n}x{m} affine:{m} concatenate(tanh | silu) mean-squared-error",
    ),
    "shared parameter": (
        "{n}x{m} affine:{m} tanh affine:{m}~1 half-sum-of-squares",
        "{n}x{m} affine:{m} affine:{m}~b1 tanh mean-squared-error",
    ),
}
"""Architectures for what is no layer with a word of its own."""


def _attention(number: int) -> Op:
    return reference.ScaledDotProductAttention(causal=number % 2 == 1)


ALONE: dict[str, tuple[Callable[[int], Op], tuple[str, ...], int]] = {
    "l1-penalty": (lambda _: reference.L1Penalty(), ("W",), 2),
    "cosine-similarity": (lambda _: reference.CosineSimilarity(), ("left", "right"), 2),
    "scaled-dot-product-attention": (_attention, ("q", "k", "v"), 3),
}
"""Layers that no architecture can name, or whose inputs are one and the same in an architecture: they stand alone.

Each with how it is made, its inputs, and how many axes they have.
"""


@dataclass(frozen=True)
class Trial:
    """A right network at one place, and the words that rebuild it."""

    text: str
    network: Network
    inputs: dict[str, Array]

    @property
    def numbers(self) -> int:
        """How many numbers one draw holds."""
        return sum(array[0].size for array in self.inputs.values())

    def point(self, network: Network | None = None, inputs: dict[str, Array] | None = None) -> Point:
        """Return the point, if wanted with another network over other inputs."""
        given = inputs or self.inputs
        wanted = tuple(name for name in self.network.inputs if name not in self.network.constants)
        return Point(network or self.network, given, np.ones_like(self.network(**given)[0]), wanted)


def kinds(mistake: Mistake) -> tuple[str, ...]:
    """Name the kinds of layer that a mistake can be planted into."""
    if isinstance(mistake, LayerMistake):
        return tuple(in_words(layer) for layer in mistake.layers)
    return ("fork",) if mistake.id == "one-consumer-counted" else ("shared parameter",)


def drawn(kind: str, seed: int, draws: int, count: int) -> Iterator[Trial]:
    """Yield trials drawn at random."""
    for number in range(count):
        yield _drawn(kind, seed, draws, number)


def smallest(kind: str) -> Iterator[Trial]:
    """Yield trials from the smallest on."""
    for place in range(_rungs(kind)):
        trial = _small(kind, place)
        if trial is not None:
            yield trial


@lru_cache(4096)
def _drawn(kind: str, seed: int, draws: int, number: int) -> Trial:
    generator = np.random.default_rng([seed, zlib.crc32(kind.encode()), number])
    if kind in ALONE:
        return _alone(kind, 3, 4, draws, number)
    if kind == "scale":
        return _trial("two-two-two", number, draws)
    if kind in TEMPLATES:
        n, m, k = generator.integers(2, 5, 3)
        return _trial(TEMPLATES[kind][number % 2].format(n=n, m=m, k=k), number, draws)
    every = _every_axes(kind)
    axes = every[int(generator.integers(0, len(every)))]
    size = SIZES[axes][int(generator.integers(0, len(SIZES[axes])))]
    return _trial(_text(kind, size, int(generator.integers(0, WISHES))), int(generator.integers(0, 9999)), draws)


def _rungs(kind: str) -> int:
    if kind in TEMPLATES or kind in ALONE:
        return 12
    return 1 if kind == "scale" else len(_small_shapes(kind)) * SETTINGS


@lru_cache(1024)
def _small_shapes(kind: str) -> tuple[tuple[int, ...], ...]:
    return tuple(size for axes in sorted(set(_every_axes(kind))) for size in SMALL[axes])


@lru_cache(4096)
def _small(kind: str, place: int) -> Trial | None:
    if kind in ALONE:
        return _alone(kind, 1 + place // 4 % 3, 1 + place // 2 % 2, 1, place)
    if kind == "scale":
        return _trial("two-two-two", 0, 1)
    if kind in TEMPLATES:
        return _trial(TEMPLATES[kind][0].format(n=1 + place // 3, m=1 + place % 3, k=1), 0, 1)
    size, wish = divmod(place, SETTINGS)
    text = _text(kind, _small_shapes(kind)[size], _WISHES[wish])
    return _trial(text, 0, 1) if _first(kind, text, place) else None


_WISHES = (0, 1, 13, 12 * 2, 12 + 144, 5 + 12 * 3 + 144, 3, 12**2 + 12**3 + 2 * 12**4)
"""Wishes that are tried at the smallest shapes: the simplest settings, and some that are not."""


def _first(kind: str, text: str, place: int) -> bool:
    """Say whether an architecture was not tried with earlier wishes."""
    before = (divmod(earlier, SETTINGS) for earlier in range(place - place % SETTINGS, place))
    return all(text != _text(kind, _small_shapes(kind)[size], _WISHES[wish]) for size, wish in before)


def _every_axes(kind: str) -> tuple[int, ...]:
    layer = (KINDS | LOSSES | JOINS)[kind]
    return layer.takes or (2, 3, 4)


@lru_cache(8192)
def _text(kind: str, size: tuple[int, ...], wishes: int) -> str:
    """Write an architecture with one layer of a kind."""
    loss = {"word": "half-sum-of-squares", "wishes": 0}
    own = {"word": kind, "wishes": wishes, "shares": ""}
    if kind in LOSSES:
        return str(assemble(size, None, None, [], own, "").architecture)
    if kind in JOINS:
        branches = {"left": [{"word": "tanh", "wishes": 0, "shares": ""}], "right": []}
        return str(
            assemble(size, None, None, [{"joins": (kind, kind), "wishes": wishes, **branches}], loss, "").architecture
        )
    head, first = (own, None) if KINDS[kind].reads else (None, own)
    return str(assemble(size, head, first, [], loss, "").architecture)


def _trial(text: str, weights: int, draws: int) -> Trial:
    laid, case = plan(text), Case(text, weights, draws, "ordinary")
    return Trial(str(case), laid.network, laid.inputs(case))


def _alone(kind: str, rows: int, columns: int, draws: int, number: int) -> Trial:
    make, names, axes = ALONE[kind]
    network = Network((Node(kind, make(number), {name: name for name in names}),))
    generator = np.random.default_rng([number, rows, columns])
    shape = (draws, *(2,) * (axes - 2), rows, columns)
    inputs = {
        name: np.round(generator.choice([-1.0, 1.0], shape) * generator.uniform(0.1, 2.0, shape), 2) for name in names
    }
    return Trial(f"{kind} of {rows}x{columns}, number {number}", network, inputs)


def applies(mistake: Mistake, trial: Trial) -> bool:
    """Say whether a mistake can be made in a network."""
    return mistake.plant(trial.network) != trial.network


__all__ = ["Trial", "applies", "drawn", "kinds", "smallest"]
