"""One rule of calculus got wrong at one place of a forward pass, and what to say about it."""

from collections.abc import Callable
from dataclasses import dataclass

from gradcheck.formula.language.calculus import Contributions, Rules
from gradcheck.formula.language.tree import Name, Tree

Rule = Callable[[Tree], Contributions]
"""What a wrong rule makes of dy, the derivative by a part."""


@dataclass(frozen=True, eq=False)
class WrongRule:
    """One rule got wrong at one place of the forward pass."""

    mistake: str
    """Its name."""
    cause: str
    says: str
    """One sentence for the person who made it."""
    question: str
    node: str
    """The definition in which it happens."""
    part: Tree
    """The part of that definition."""
    rule: Rule

    def slip(self, part: Tree, dy: Tree) -> Contributions | None:
        """Answer for this one part, and leave all others to the right rules."""
        return self.rule(dy) if part is self.part else None


@dataclass(frozen=True)
class Place:
    """One part of one definition, where a rule may be got wrong."""

    part: Tree
    node: str
    """What is defined."""
    definition: Tree
    """As what."""
    rules: Rules
    """The right rules."""

    @property
    def shown(self) -> str:
        """The definition as a person knows it."""
        return shown(self.node)

    @property
    def output(self) -> Tree:
        """What comes out of this part: a variable, if it is the whole of a definition."""
        return Name(self.node) if self.part is self.definition else self.part

    def wrong(self, mistake: str, cause: str, says: str, question: str, rule: Rule) -> WrongRule:
        """Return a wrong rule at this place."""
        return WrongRule(mistake, cause, says, question, self.node, self.part, rule)


def shown(name: str) -> str:
    """Return a variable as a person knows it: net_h is the argument of h."""
    return name.removeprefix("net_")
