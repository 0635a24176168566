"""How far to go, and in which direction, once the gradient is known: the rules behind the names of optimisers.

Plain descent takes -a g. Every other rule remembers something of the gradients before: their running sum, so that steps
in one direction add up and those to and fro cancel; or the running mean of their squares, so that every weight takes
steps of about one size. A rule is given each weight w with its gradient g and its memory, and returns what both become.
PyTorch's conventions are followed throughout, and the memory begins as zeros.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gradcheck.op import Array, Gradients
from gradcheck.reference.descent import Weights

Memory = tuple[Array, ...]
"""What a rule remembers of one weight, each array shaped like the weight."""


class Rule(ABC):
    """A rule by which weights are updated."""

    remembers: int
    """How many arrays it remembers of each weight."""

    @abstractmethod
    def moved(self, w: Array, g: Array, memory: Memory, t: int) -> tuple[Array, Memory]:
        """Return the weight after step t = 1, 2, ..., and its memory."""

    def update(
        self, weights: Weights, gradients: Gradients, memories: Mapping[str, Memory], t: int
    ) -> tuple[Weights, dict[str, Memory]]:
        """Take step t = 1, 2, ... for all weights, with gradients that belong to the same old weights."""
        after = {name: self.moved(w, gradients[name], memories[name], t) for name, w in weights.items()}
        return {name: w for name, (w, _) in after.items()}, {name: memory for name, (_, memory) in after.items()}

    def start(self, weights: Weights) -> dict[str, Memory]:
        """Return the memory before the first step."""
        return {name: (np.zeros_like(w),) * self.remembers for name, w in weights.items()}


@dataclass(frozen=True)
class Descent(Rule):
    """w <- w - a (g + d w): plain gradient descent, SGD when g is from a batch drawn at random.

    The decay d is the gradient of the penalty d/2 sum w^2, added here instead of to the loss.
    """

    rate: float
    """a: the size of the step."""
    decay: float = 0.0
    """d: the share of a weight that is lost in a step of size 1."""
    remembers = 0

    def moved(self, w: Array, g: Array, memory: Memory, t: int) -> tuple[Array, Memory]:
        """Return the weight after the step; nothing is remembered."""
        return w - self.rate * (g + self.decay * w), memory


@dataclass(frozen=True)
class Momentum(Rule):
    """v <- m v + g,  w <- w - a v: a heavy ball that rolls downhill and is slowed by friction.

    Under a constant g the steps grow to a g / (1 - m). Polyak, 1964.
    """

    rate: float
    """a: the size of the step."""
    momentum: float = 0.9
    """m: how much of its speed the ball keeps."""
    remembers = 1

    def moved(self, w: Array, g: Array, memory: Memory, t: int) -> tuple[Array, Memory]:
        """Return the weight after the step, and v."""
        v = self.momentum * memory[0] + g
        return w - self.rate * v, (v,)


@dataclass(frozen=True)
class Nesterov(Rule):
    """v <- m v + g,  w <- w - a (g + m v): momentum that already takes the step after next into account.

    Nesterov, 1983, takes the gradient at the place to which momentum alone would lead; w here is that place, as in
    Sutskever et al., 2013, and in PyTorch.
    """

    rate: float
    """a: the size of the step."""
    momentum: float = 0.9
    """m: how much of its speed is kept."""
    remembers = 1

    def moved(self, w: Array, g: Array, memory: Memory, t: int) -> tuple[Array, Memory]:
        """Return the weight after the step, and v."""
        v = self.momentum * memory[0] + g
        return w - self.rate * (g + self.momentum * v), (v,)


@dataclass(frozen=True)
class RmsProp(Rule):
    """s <- r s + (1 - r) g^2,  w <- w - a g / (sqrt(s) + e): each weight's step in units of its usual gradient.

    Tieleman and Hinton, 2012.
    """

    rate: float
    """a: the size of the step."""
    keeping: float = 0.99
    """r: how much of the mean square before is kept."""
    floor: float = 1e-8
    """e: what keeps a weight without gradient from dividing by zero; it stands outside of the root."""
    remembers = 1

    def moved(self, w: Array, g: Array, memory: Memory, t: int) -> tuple[Array, Memory]:
        """Return the weight after the step, and s."""
        s = self.keeping * memory[0] + (1.0 - self.keeping) * g**2
        return w - self.rate * g / (np.sqrt(s) + self.floor), (s,)


@dataclass(frozen=True)
class Adam(Rule):
    """m <- p m + (1 - p) g,  s <- q s + (1 - q) g^2,  w <- w - a m' / (sqrt(s') + e).

    m' = m / (1 - p^t) and s' = s / (1 - q^t): after t steps from 0 the weights of the running mean add up to 1 - p^t,
    and the division makes that 1. The first step is then a sign(g), whatever the size of g. Kingma and Ba, 2015.
    """

    rate: float
    """a: the size of the step."""
    first: float = 0.9
    """p: how much of the running mean of the gradients is kept."""
    second: float = 0.999
    """q: how much of the running mean of their squares is kept."""
    floor: float = 1e-8
    """e: what keeps a weight without gradient from dividing by zero."""
    remembers = 2

    def moved(self, w: Array, g: Array, memory: Memory, t: int) -> tuple[Array, Memory]:
        """Return the weight after the step, and m and s."""
        m = self.first * memory[0] + (1.0 - self.first) * g
        s = self.second * memory[1] + (1.0 - self.second) * g**2
        m_even, s_even = m / (1.0 - self.first**t), s / (1.0 - self.second**t)
        return w - self.rate * m_even / (np.sqrt(s_even) + self.floor), (m, s)


@dataclass(frozen=True)
class AdamW(Rule):
    """w <- (1 - a d) w, and then a step of ``Adam``: the weights decay by themselves, and not through the gradient.

    Were d w added to g, as in ``Descent``, it would be divided by sqrt(s) too, and weights with large gradients would
    hardly decay. Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019.
    """

    rate: float
    """a: the size of the step."""
    decay: float = 0.01
    """d: the share of a weight that is lost in a step of size 1."""
    first: float = 0.9
    """p: how much of the running mean of the gradients is kept."""
    second: float = 0.999
    """q: how much of the running mean of their squares is kept."""
    floor: float = 1e-8
    """e: what keeps a weight without gradient from dividing by zero."""
    remembers = 2

    def moved(self, w: Array, g: Array, memory: Memory, t: int) -> tuple[Array, Memory]:
        """Return the weight after decay and step, and Adam's m and s."""
        adam = Adam(self.rate, self.first, self.second, self.floor)
        return adam.moved((1.0 - self.rate * self.decay) * w, g, memory, t)
