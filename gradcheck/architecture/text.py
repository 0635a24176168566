"""An architecture is one line of text, short enough to paste, from which a network can be built anywhere.

    3x4 affine:5 tanh residual(relu affine:5) concatenate(affine:2 | sigmoid) half-sum-of-squares l2:0.1

says: a batch of 3 samples with 4 features; layers from left to right; a loss; perhaps a penalty on the weights. Samples
may have more axes: ``2x3x8x8`` are images (batch, channels, height, width). Settings of a layer follow a colon, as in
``conv2d:4,3,stride=2``. Layers are numbered as they stand, and the parameters of layer 1 are W1 and b1. ``affine:5~1``
uses the parameters of layer 1 once more, ``affine:5~b1`` its bias alone. ``str`` and ``parse`` undo each other. A case
adds where the weights come from: ``weights=17 draws=8 regime=ordinary``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from gradcheck.architecture.vocabulary import JOINS, KINDS, LAYERS, LOSSES, Kind, Shape, written
from gradcheck.architecture.weights import REGIMES
from gradcheck.errors import IllFormed, UnknownName
from gradcheck.records import Case
from gradcheck.reference import BUILT_IN


@dataclass(frozen=True)
class Layer:
    """One layer: its name, its settings if it takes any, and whose parameters it shares if any."""

    name: str
    settings: str = ""
    shares: str = ""

    def __str__(self) -> str:
        """The layer's text."""
        return self.name + (f":{self.settings}" if self.settings else "") + (f"~{self.shares}" if self.shares else "")


@dataclass(frozen=True)
class Skip:
    """A residual block: layers, and a connection that skips them."""

    layers: tuple["Block", ...]

    def __str__(self) -> str:
        """The block's text."""
        return f"residual({_sequence(self.layers)})"


@dataclass(frozen=True)
class Fork:
    """Two branches that leave the same value and meet again in a join; an empty branch is the value itself."""

    join: Layer
    left: tuple["Block", ...]
    right: tuple["Block", ...]

    def __str__(self) -> str:
        """The fork's text."""
        return f"{self.join}({_sequence(self.left)} | {_sequence(self.right)})".replace("( ", "(").replace(" )", ")")


Block = Layer | Skip | Fork


@dataclass(frozen=True)
class Architecture:
    """A network's form: the shape of its input, blocks, loss, and the strength of a penalty if there is one."""

    size: Shape
    blocks: tuple[Block, ...]
    loss: Layer
    penalty: str = ""

    def __str__(self) -> str:
        """The text form."""
        words = [written(self.size), _sequence(self.blocks), str(self.loss)]
        return " ".join(word for word in [*words, f"l2:{self.penalty}" if self.penalty else ""] if word)

    @staticmethod
    def parse(text: str) -> "Architecture":
        """Read the text form. Raises IllFormed or UnknownName, with the place and what could stand there."""
        return _Reader(text).architecture()


def parse_case(text: str) -> Case:
    """Read a case: an architecture, or the name of a built-in network, and where the weights come from.

    ``weights=``, ``draws=`` and ``regime=`` may be left out: seed 0, one draw, ordinary weights.

    Raises IllFormed or UnknownName, saying what was given and what is understood.
    """
    settings = {"weights": "0", "draws": "1", "regime": "ordinary"}
    words, said = list[str](), set[str]()
    for word in text.split():
        name, equals, value = word.partition("=")
        if not equals or ":" in name:
            words.append(word)
        elif name in settings and name not in said:
            settings[name] = value
            said.add(name)
        elif name in said:
            raise IllFormed(f"{name}= is given twice; once is enough.")
        else:
            raise UnknownName("setting of a case", name, settings)
    if settings["regime"] not in REGIMES:
        raise UnknownName("regime", settings["regime"], REGIMES)
    for name, least, most in (("weights", 0, LARGEST_SEED), ("draws", 1, MOST_DRAWS)):
        number = settings[name]
        if not re.fullmatch(r"[0-9]{1,19}", number) or not least <= int(number) <= most:
            raise IllFormed(f"{name}={_short(number)} should be a whole number from {least} to {most}.")
    architecture = " ".join(words)
    if architecture not in BUILT_IN:
        architecture = str(Architecture.parse(architecture))
    return Case(architecture, int(settings["weights"]), int(settings["draws"]), settings["regime"])


def _sequence(blocks: tuple[Block, ...]) -> str:
    return " ".join(str(block) for block in blocks)


_SIZE = re.compile(r"[1-9]\d{0,3}(x[1-9]\d{0,3}){1,5}")
_LAYER = re.compile(
    r"(?P<name>[a-z][a-z0-9-]*)(:(?P<settings>[a-z0-9_=,.\-]{1,90}))?(~(?P<shares>[A-Za-z_]{0,20}[1-9][0-9]{0,3}))?"
)
_STRENGTH = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?")
DEEPEST = 20
"""How deep residual blocks and branches may be nested."""
LARGEST_SEED, MOST_DRAWS = 2**62, 10_000
"""What a case may ask for."""


def _short(text: str) -> str:
    """Quote no more of a text than fits on a line."""
    return text if len(text) <= 60 else f"{text[:57]}..."


class _Reader:
    """A recursive-descent reader of the text form: one method for each rule of its grammar."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.words = re.findall(r"[()|]|[^\s()|]+", text)
        self.place = 0
        self.depth = 0

    def architecture(self) -> Architecture:
        """Size, blocks, loss, and perhaps a penalty."""
        size = self.next()
        if not _SIZE.fullmatch(size):
            self.fail("a size such as 3x4 (batch x features) or 2x3x8x8 (batch x channels x height x width)")
        blocks = self.blocks(until=frozenset(LOSSES))
        if self.name() not in LOSSES:
            self.next()
            self.fail("a loss: " + ", ".join(LOSSES))
        loss = self.layer(self.next(), LOSSES)
        strength = self.penalty(self.next()) if self.peek() else ""
        return Architecture(tuple(map(int, size.split("x"))), blocks, loss, strength)

    def penalty(self, word: str) -> str:
        """Return the strength of a penalty, which is the last word if it is there."""
        said = _LAYER.fullmatch(word)
        strength = (said["settings"] or "0.1") if said else ""
        if self.peek() or said is None or said["name"] != "l2" or not _STRENGTH.fullmatch(strength):
            self.fail("nothing more, or a penalty such as l2:0.1")
        return strength

    def blocks(self, until: frozenset[str]) -> tuple[Block, ...]:
        """Blocks, as many as there are before one of the given words."""
        found: list[Block] = []
        self.depth += 1
        while self.peek() and self.name() not in until:
            found.append(self.block())
        self.depth -= 1
        return tuple(found)

    def block(self) -> Block:
        """One layer, a residual block, or a fork."""
        if self.depth > DEEPEST:
            self.fail(f"no more than {DEEPEST} blocks inside each other")
        word = self.next()
        match word.partition(":")[0]:
            case "residual":
                self.expect("(")
                layers = self.blocks(until=frozenset(")"))
                self.expect(")")
                return Skip(layers)
            case name if name in JOINS:
                self.expect("(")
                left = self.blocks(until=frozenset("|"))
                self.expect("|")
                right = self.blocks(until=frozenset(")"))
                self.expect(")")
                return Fork(self.layer(word, JOINS), left, right)
            case _:
                return self.layer(word, KINDS)

    def layer(self, word: str, known: Mapping[str, Kind]) -> Layer:
        """One layer: a name, settings where it takes any, and whose parameters it shares."""
        found = _LAYER.fullmatch(word)
        if not found or word in "()|":
            self.fail("a layer: " + ", ".join(LAYERS))
        name, settings, shares = found["name"], found["settings"] or "", found["shares"] or ""
        if name not in known:
            raise UnknownName("layer or loss", name, [*LAYERS, *LOSSES, "l2"])
        known[name].read(settings)
        return Layer(name, settings, shares)

    def peek(self) -> str:
        """The next word, or nothing at the end."""
        return self.words[self.place] if self.place < len(self.words) else ""

    def name(self) -> str:
        """The name that the next word begins with."""
        return self.peek().partition(":")[0]

    def next(self) -> str:
        """Take the next word."""
        word = self.peek()
        self.place += 1
        return word

    def expect(self, word: str) -> None:
        """Take the next word, which must be this one."""
        if self.next() != word:
            self.fail(repr(word))

    def fail(self, expected: str) -> NoReturn:
        """Say what was read and what was expected instead."""
        given = self.words[self.place - 1] if self.place <= len(self.words) else "the end"
        raise IllFormed(f"Cannot read {_short(self.text)!r} at {_short(given)!r}: expected {expected}.")
