"""One change that can be made to a person's own text, and what to say should it turn out to be the repair."""

from dataclasses import dataclass

from gradcheck.formula.language.tree import Tree
from gradcheck.formula.language.writing import plain


@dataclass(frozen=True)
class Edit:
    """One change in one place."""

    old: Tree
    new: Tree
    cause: str
    says: str
    mistake: str = ""
    instead: Tree | None = None
    """What to show in the place of the old part, if it is not the new one."""
    omits: bool = False
    """Whether the old part is left out, and nothing takes its place."""


def quoted(tree: Tree) -> str:
    """Return a formula as a part of a sentence that has places for others."""
    return plain(tree).replace("{", "{{").replace("}", "}}")
