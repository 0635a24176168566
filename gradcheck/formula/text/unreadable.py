"""A text that cannot be read is nobody's mistake in mathematics: it is told apart, with a caret under the place."""

from gradcheck.errors import GradcheckError
from gradcheck.formula.language.tree import Span


class Unreadable(GradcheckError):
    """A text that cannot be read as a formula: what is in the way, where, and the nearest form that can be read."""

    def __init__(self, says: str, span: Span, instead: str = "") -> None:
        super().__init__(says)
        self.says, self.span, self.instead = says, span, instead
