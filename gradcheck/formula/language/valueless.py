"""What is said about a formula that has no value."""

from gradcheck.errors import GradcheckError
from gradcheck.formula.language.tree import Tree


class Valueless(GradcheckError):
    """A formula without a value: what does not fit, and which part of the formula it is."""

    def __init__(self, says: str, tree: Tree) -> None:
        super().__init__(says)
        self.says, self.tree = says, tree
