"""An architecture is one line of text, short enough to paste, from which a network can be built anywhere.

    3x4 affine:5 tanh residual(relu affine:5) concatenate(affine:2 | sigmoid) half-sum-of-squares l2:0.1

says: a batch of 3 samples with 4 features; layers from left to right; a loss; perhaps a penalty on the weights.
Layers are numbered as they stand, and the parameters of layer 1 are W1 and b1. ``affine:5~1`` uses the parameters of
layer 1 once more, ``affine:5~b1`` its bias alone. ``str`` and ``parse`` undo each other. A case adds where the weights
come from: ``weights=17 draws=8 regime=ordinary``.
"""

import re
from dataclasses import dataclass
from typing import NoReturn

from gradcheck.architecture.vocabulary import LAYERS, LOSSES, NUMBERED
from gradcheck.architecture.weights import REGIMES
from gradcheck.errors import IllFormed, UnknownName
from gradcheck.records import Case
from gradcheck.reference import BUILT_IN


@dataclass(frozen=True)
class Layer:
    """One layer: its name, its number if it takes one, and whose parameters it shares if any."""

    name: str
    number: str = ""
    shares: str = ""

    def __str__(self) -> str:
        """The layer's text."""
        return self.name + (f":{self.number}" if self.number else "") + (f"~{self.shares}" if self.shares else "")


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

    join: str
    left: tuple["Block", ...]
    right: tuple["Block", ...]

    def __str__(self) -> str:
        """The fork's text."""
        return f"{self.join}({_sequence(self.left)} | {_sequence(self.right)})".replace("( ", "(").replace(" )", ")")


Block = Layer | Skip | Fork


@dataclass(frozen=True)
class Architecture:
    """A network's shape: batch, features, blocks, loss, and the strength of a penalty if there is one."""

    batch: int
    features: int
    blocks: tuple[Block, ...]
    loss: str
    penalty: str = ""

    def __str__(self) -> str:
        """The text form."""
        words = [f"{self.batch}x{self.features}", _sequence(self.blocks), self.loss]
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
        if not equals:
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


_SIZE = re.compile(r"([1-9]\d{0,3})x([1-9]\d{0,3})")
_LAYER = re.compile(
    r"(?P<name>[a-z][a-z0-9-]*)(:(?P<number>[0-9]{1,6}(\.[0-9]{1,6})?))?(~(?P<shares>[Wb]?[1-9][0-9]{0,3}))?"
)
_WIDTH = re.compile(r"[1-9][0-9]{0,3}")
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
        size = _SIZE.fullmatch(self.next())
        if not size:
            self.fail("a size such as 3x4 (batch x features)")
        blocks = self.blocks(until=frozenset(LOSSES))
        loss = self.next()
        if loss not in LOSSES:
            self.fail("a loss: " + ", ".join(LOSSES))
        penalty = _LAYER.fullmatch(self.next()) if self.peek() else None
        if self.peek() or (penalty and penalty["name"] != "l2"):
            self.fail("nothing more, or a penalty such as l2:0.1")
        return Architecture(int(size[1]), int(size[2]), blocks, loss, (penalty["number"] or "0.1") if penalty else "")

    def blocks(self, until: frozenset[str]) -> tuple[Block, ...]:
        """Blocks, as many as there are before one of the given words."""
        found: list[Block] = []
        self.depth += 1
        while self.peek() and self.peek() not in until:
            found.append(self.block())
        self.depth -= 1
        return tuple(found)

    def block(self) -> Block:
        """One layer, a residual block, or a fork."""
        if self.depth > DEEPEST:
            self.fail(f"no more than {DEEPEST} blocks inside each other")
        match self.next():
            case "residual":
                self.expect("(")
                layers = self.blocks(until=frozenset(")"))
                self.expect(")")
                return Skip(layers)
            case "add" | "concatenate" as join:
                self.expect("(")
                left = self.blocks(until=frozenset("|"))
                self.expect("|")
                right = self.blocks(until=frozenset(")"))
                self.expect(")")
                return Fork(join, left, right)
            case word:
                return self.layer(word)

    def layer(self, word: str) -> Layer:
        """One layer: a name, a number where it takes one, and whose parameters it shares."""
        found = _LAYER.fullmatch(word)
        if not found or word in "()|":
            self.fail("a layer: " + ", ".join(LAYERS))
        name, number, shares = found["name"], found["number"] or "", found["shares"] or ""
        if name not in LAYERS:
            raise UnknownName("layer or loss", name, [*LAYERS, *LOSSES, "l2"])
        if (number and name not in NUMBERED) or (shares and name != "affine"):
            self.fail(f"{name} without a number or a ~")
        if name == "affine" and not _WIDTH.fullmatch(number):
            self.fail("affine with a width from 1 to 9999, such as affine:5")
        if name == "dropout" and number and float(number) >= 1.0:
            self.fail("dropout with a rate below 1, such as dropout:0.5")
        return Layer(name, number, shares)

    def peek(self) -> str:
        """The next word, or nothing at the end."""
        return self.words[self.place] if self.place < len(self.words) else ""

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
