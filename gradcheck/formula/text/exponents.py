"""What is raised at a formula: a number, the T of a transpose, the -1 of an inverse."""

from abc import abstractmethod
from dataclasses import dataclass, replace

from gradcheck.formula.language.products import repeated
from gradcheck.formula.language.tree import (
    ONE,
    TWO,
    Binary,
    Call,
    Name,
    Negative,
    Number,
    Span,
    Transpose,
    Tree,
    is_product,
)
from gradcheck.formula.language.values import LARGEST_POWER
from gradcheck.formula.text.calls import INVERTED
from gradcheck.formula.text.cursor import span_of
from gradcheck.formula.text.differentials import Differentials
from gradcheck.formula.text.matrices import is_square
from gradcheck.formula.text.tokens import Token
from gradcheck.formula.text.unreadable import Unreadable


@dataclass
class Exponents(Differentials):
    """Reads exponents."""

    @abstractmethod
    def unary(self) -> Tree:
        """Read a factor, perhaps with a sign."""

    def raised(self, tree: Tree) -> Tree:
        """Read an exponent: a number, or T for a transpose."""
        self.take("^")
        if token := self.transposing():
            return Transpose(tree, span=(span_of(tree)[0], token.span[1]))
        if turned := self.inverted_and_turned(tree):
            return turned
        braced = self.take("{")
        self.take("⊙")
        exponent = self.sum() if braced else self.unary()
        if braced:
            self.expect("}", "'}'")
        tower = isinstance(exponent, Binary) and exponent.operator == "^"
        if exponent in (Negative(ONE), INVERTED) and is_square(tree, self.names) and not self.numpy:
            return Call("inv", (tree,), span=self.span_from_tree(tree))
        power = (
            -exponent.inner.value
            if isinstance(exponent, Negative) and isinstance(exponent.inner, Number)
            else ONE.value
        )
        if power in (-2, -3, -4) and is_square(tree, self.names) and not self.numpy:
            inverse = Call("inv", (tree,), span=self.span_from_tree(tree))
            return repeated(inverse, int(-power))
        if exponent == TWO and isinstance(tree, Call) and tree.function == "sqrt" and is_product(tree.arguments[0]):
            return replace(tree.arguments[0], span=self.span_from_tree(tree))  # the square of a norm by a matrix
        if tower or (isinstance(exponent, Number) and abs(exponent.value) > LARGEST_POWER):
            raise Unreadable(f"an exponent may be at most {LARGEST_POWER}", span_of(exponent))
        return Binary("^", tree, exponent, span=self.span_from_tree(tree))

    def inverted_and_turned(self, tree: Tree) -> Tree | None:
        r"""Read ``^{-\top}``, the inverse transposed; None, having read nothing, for all else."""
        braced = self.next.kind == "{"
        sign, token = (self.after(1), self.after(2)) if braced else (self.next, self.after(1))
        turned = token.kind == "transpose" or (token.text[:1] == "T" and self.free("T"))
        if sign.kind != "-" or not turned or not is_square(tree, self.names):
            return None
        self.place += 1 + braced
        self.cut_after_letter(self.place)
        self.place += 1 + braced
        span = self.span_from_tree(tree)
        return Transpose(Call("inv", (tree,), span=span), span=span)

    def span_from_tree(self, tree: Tree) -> Span:
        """Return the text from a tree to where one is."""
        return span_of(tree)[0], self.tokens[self.place - 1].span[1]

    def transposing(self) -> Token | None:
        """Read the T of a transpose, in braces or not."""
        opened = 1 if self.next.kind == "{" else 0
        token = self.after(opened)
        if token.text[:1] == "T" and not opened and self.free("T") and self.names.find_quietly(token.text) is None:
            self.cut_after_letter(self.place)
            token = self.next
        if token.kind == "transpose" or (token.kind == "word" and token.text == "T" and self.free("T")):
            if opened and self.after(2).kind != "}":
                return None
            self.place += 3 if opened else 1
            return self.tokens[self.place - 1]
        return None

    def free(self, word: str) -> bool:
        """Say whether a word is not the name of a number."""
        found = self.names.find_quietly(word)
        return not (isinstance(found, Name) and found.name not in self.names.arrays) or word in self.names.letters
