"""A text that cannot be read is nobody's mistake in mathematics: it is told apart, with a caret under the place."""

from gradcheck.errors import GradcheckError
from gradcheck.formula.language.tree import Span, Tree


class Unreadable(GradcheckError):
    """A text that cannot be read as a formula: what is in the way, where, and the nearest form that can be read."""

    def __init__(self, says: str, span: Span, instead: str = "") -> None:
        super().__init__(says)
        self.says, self.span, self.instead = says, span, instead


class Nameless(Unreadable):
    """A derivative of an expression, or by one, that is no variable of the problem, though it may become one."""

    def __init__(self, tree: Tree, name: str, span: Span) -> None:
        says = "this is no variable of the problem, and has the value of none: a derivative is of one by another"
        super().__init__(says, span, "a name that the problem has, or a line that gives it one")
        self.tree, self.name = tree, name
