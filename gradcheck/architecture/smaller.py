"""The architectures that are smaller than one: parts of it cut out, blocks taken away, sizes and settings made less.

What is cut out begins with the shape that arrives there, so nothing needs to lead up to it, and ends in the plainest
loss. Layers that share parameters keep sharing them for as long as the owner is there.
"""

import math
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import product

from gradcheck.architecture.plan import plan, shape_after
from gradcheck.architecture.text import Architecture, Block, Fork, Layer, Skip
from gradcheck.architecture.vocabulary import KINDS, Shape
from gradcheck.errors import IllFormed, UnknownName

Blocks = tuple[Block, ...]
PLAIN = Layer("half-sum-of-squares")
"""The loss that is the easiest to follow."""
FLAT = (Layer("flatten"),)
"""What leads values of more axes to it."""
FEW_PARTS = 3
"""An architecture of so few parts is tried at the smallest shapes."""
SMALL = tuple(size for axes, most in ((2, 3), (3, 2), (4, 2)) for size in product(range(1, most + 1), repeat=axes))
"""Shapes small enough for paper."""
NUMBER = re.compile(r"(?<![\d.\-\w])\d+(?![\d.])|(?<=x)\d+|\d+(?=x)")
"""A size in settings."""


def smaller(architecture: Architecture) -> list[Architecture]:
    """Return the architectures a step smaller than one whose sizes fit, none twice.

    Those with fewer parts come first, and of these the smallest; then those of lesser sizes and settings.
    """
    fewer = _fitting(architecture, (_numbered(own, architecture) for own in _cut(architecture)))
    return list(dict.fromkeys((*fewer, *_fitting(architecture, _lessened(architecture)))))


def _fitting(whole: Architecture, found: Iterable[Architecture]) -> list[Architecture]:
    """Return those that are smaller than the whole, and whose sizes fit, the smallest first."""
    sized = {own: size for own in dict.fromkeys(found) if (size := sizes(own))}
    return sorted((own for own in sized if sized[own] < sizes(whole)), key=lambda own: (sized[own], str(own)))


def sizes(architecture: Architecture) -> tuple[int, ...]:
    """Return how large an architecture is: parts, whether its loss is not the plainest, numbers, settings.

    Returns nothing if its sizes do not fit.
    """
    try:
        shapes = plan(str(architecture)).shapes
    except (IllFormed, UnknownName):
        return ()
    if not all(map(math.prod, shapes.values())):
        return ()
    layers = [own for own in _walk(architecture.blocks) if isinstance(own, Layer)]
    parts = len(list(_walk(architecture.blocks))) + bool(architecture.penalty)
    settings = sum(len(own.settings) + len(own.shares) for own in (*layers, architecture.loss))
    return parts, architecture.loss != PLAIN, sum(map(math.prod, shapes.values())), settings


def _cut(whole: Architecture) -> Iterator[Architecture]:
    """Yield what is cut out of an architecture, and what is left where a part is taken away."""
    for size, blocks in _runs(whole.size, whole.blocks):
        at_the_end = blocks == whole.blocks[len(whole.blocks) - len(blocks) :]
        for loss in (PLAIN, whole.loss) if at_the_end else (PLAIN,):
            for penalty in dict.fromkeys(("", whole.penalty)):
                yield from _ended(size, blocks, loss, penalty)
    for blocks in _with_less(whole.blocks):
        yield replace(whole, blocks=blocks)


def _lessened(whole: Architecture) -> Iterator[Architecture]:
    """Yield an architecture with less in its sizes and settings, or at the smallest shapes that there are."""
    yield from _with_lesser_numbers(whole)
    yield from (replace(whole, blocks=blocks) for blocks in _with_less_settings(whole.blocks))
    yield from (replace(whole, loss=loss) for loss in (Layer(whole.loss.name), PLAIN))
    if len(list(_walk(whole.blocks))) <= FEW_PARTS:
        for size, settled in product(SMALL, (_as_it_is, _bare, _simplest)):
            blocks = tuple(settled(own, size) for own in whole.blocks if own not in FLAT)
            yield from _ended(size, blocks, whole.loss, whole.penalty)


def _ended(size: Shape, blocks: Blocks, loss: Layer, penalty: str) -> Iterator[Architecture]:
    """Yield an architecture with a loss at its end, led up to where it takes no value of so many axes."""
    yield Architecture(size, blocks, loss, penalty)
    yield Architecture(size, (*blocks, *FLAT), loss, penalty)


def _as_it_is(block: Block, _: Shape) -> Block:
    return block


def _bare(block: Block, _: Shape) -> Block:
    """Return a layer without settings."""
    return Layer(block.name) if isinstance(block, Layer) else block


def _simplest(block: Block, size: Shape) -> Block:
    """Return a layer with the simplest settings that are drawn for values of some size."""
    kind = KINDS[block.name] if isinstance(block, Layer) else None
    settings = kind.draw(lambda options: options[0], size) if kind and kind.fits(size) else None
    return Layer(kind.word, kind.write(settings)) if kind and settings is not None else block


def _runs(size: Shape, blocks: Blocks) -> Iterator[tuple[Shape, Blocks]]:
    """Yield every run of blocks that follow each other, with the shape that enters it; those inside of blocks too."""
    for start in range(len(blocks) + 1):
        with suppress(IllFormed):
            entering = shape_after(size, tuple(map(_alone, blocks[:start])))
            yield from ((entering, blocks[start:end]) for end in range(start, len(blocks) + 1))
            for inside in _inside(blocks[start]) if start < len(blocks) else ():
                yield from _runs(entering, inside)


def _inside(block: Block) -> tuple[Blocks, ...]:
    match block:
        case Skip(layers):
            return (layers,)
        case Fork(_, left, right):
            return left, right
        case _:
            return ()


def _walk(blocks: Blocks) -> Iterator[Block]:
    """Yield blocks, and those inside of them, as they are numbered."""
    for block in blocks:
        yield block
        for inside in _inside(block):
            yield from _walk(inside)


def _alone(block: Block) -> Block:
    """Return a block that shares nothing."""
    match block:
        case Layer():
            return replace(block, shares="")
        case Skip(layers):
            return Skip(tuple(map(_alone, layers)))
        case Fork(join, left, right):
            return Fork(join, tuple(map(_alone, left)), tuple(map(_alone, right)))


def _with_less(blocks: Blocks) -> Iterator[Blocks]:
    """Yield blocks with one less among them, or with one in the place of what it holds."""
    for place, block in enumerate(blocks):
        before, after = blocks[:place], blocks[place + 1 :]
        for instead in ((), *_inside(block)):
            yield (*before, *instead, *after)
        match block:
            case Skip(layers):
                yield from ((*before, Skip(less), *after) for less in _with_less(layers) if less)
            case Fork(join, left, right):
                yield from ((*before, Fork(join, less, right), *after) for less in _with_less(left))
                yield from ((*before, Fork(join, left, less), *after) for less in _with_less(right))


def _with_less_settings(blocks: Blocks) -> Iterator[Blocks]:
    """Yield blocks of which one layer has less settings, or shares nothing."""
    for place, block in enumerate(blocks):
        before, after = blocks[:place], blocks[place + 1 :]
        if isinstance(block, Layer):
            parts = block.settings.split(",")
            less = ["", *(",".join(parts[:one] + parts[one + 1 :]) for one in range(len(parts)))]
            yield from ((*before, replace(block, settings=own), *after) for own in dict.fromkeys(less))
            yield (*before, replace(block, shares=""), *after)


def _with_lesser_numbers(whole: Architecture) -> Iterator[Architecture]:
    """Yield an architecture with one number less: in one place, or wherever it stands."""
    text = str(whole)
    spans = [(own.start(), int(own[0])) for own in re.finditer(r"\d+", text[: text.index(" ")])]
    words = [
        found for found in re.finditer(r"(?<=:)[a-z0-9_=,.\-]+", text) if not text[: found.start()].endswith("l2:")
    ]
    spans += [(word.start() + own.start(), int(own[0])) for word in words for own in NUMBER.finditer(word[0])]
    for number in {own for _, own in spans}:
        everywhere = [start for start, own in spans if own == number]
        for less in sorted({1, 2, 3, number // 2, number - 1} & set(range(1, number))):
            for starts in (everywhere, *([start] for start in everywhere)):
                with suppress(IllFormed, UnknownName):
                    yield Architecture.parse(_replaced(text, starts, str(number), str(less)))


def _replaced(text: str, starts: list[int], old: str, new: str) -> str:
    for start in sorted(starts, reverse=True):
        text = text[:start] + new + text[start + len(old) :]
    return text


def _numbered(after: Architecture, before: Architecture) -> Architecture:
    """Let the layers of an architecture share with those that they shared with before, if these are still there."""
    owners = dict(enumerate(_walk(before.blocks), 1))
    places = {id(own): number for number, own in enumerate(_walk(after.blocks), 1)}

    def shared(block: Block) -> Block:
        match block:
            case Skip(layers):
                return Skip(tuple(map(shared, layers)))
            case Fork(join, left, right):
                return Fork(join, tuple(map(shared, left)), tuple(map(shared, right)))
            case Layer(name, settings, shares) if shares:
                role = shares.rstrip("0123456789")
                number = places.get(id(owners[int(shares[len(role) :])]))
                return Layer(name, settings, f"{role}{number}" if number else "")
        return block

    return replace(after, blocks=tuple(map(shared, after.blocks)))
