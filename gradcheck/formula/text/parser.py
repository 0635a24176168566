"""A person's text becomes a formula: a parser by recursive descent, with the problem's names in its hand.

    sum     = product { (+ | -) product } [ comparison product ]
    product = unary { [ * | / | @ | ⊙ ] unary }          all bind alike, from left to right
    power   = atom with what follows it closely
    atom    = number | name | derivative | fraction | running sum | call | ( sum )

Nothing that was written is ever executed.
"""

from dataclasses import dataclass, replace

from gradcheck.formula.language.tree import ONE, Binary, Call, Negative, Tree, parts, walk
from gradcheck.formula.language.writing import GREEK
from gradcheck.formula.text.cursor import MOST_PARTS, span_of, together
from gradcheck.formula.text.matrices import axes_of
from gradcheck.formula.text.numpy_calls import COMPARISONS
from gradcheck.formula.text.refusals import STACKED
from gradcheck.formula.text.running import Running
from gradcheck.formula.text.tokens import Token
from gradcheck.formula.text.unreadable import Unreadable

STARTS = ("ones", "mean", "number", "word", "frac", "sum", "prod", "d", "nabla", "cases", "(", "[", "{")
"""What a factor may begin with when no sign stands before it."""


@dataclass
class Parser(Running):
    """Reads formulas."""

    def chain(self) -> list[Tree]:
        """Read formulas with = between them, to the end."""
        members = [self.sum()]
        while self.take("="):
            members.append(self.sum())
        if self.next.kind != "end":
            self.fail("an operation, '=' or the end")
        if sum(1 for member in members for _ in walk(member)) > MOST_PARTS:
            raise Unreadable(f"this has more than {MOST_PARTS} parts", self.tokens[0].span, "one step at a time")
        return members

    def sum(self) -> Tree:
        """Read products with + and - between them, and perhaps one comparison."""
        self.deeper()
        left = self.product()
        while sign := self.take("+", "-"):
            left = self.joined(sign.kind, left, self.product())
        if sign := self.take(*COMPARISONS):
            left = self.compared(sign.kind, left, self.sum())
        if self.next.text == "if":
            left = self.conditioned(left)
        self.depth -= 1
        return left

    def compared(self, sign: str, left: Tree, right: Tree) -> Tree:
        """Return a comparison; a < b < c is a < b and b < c."""
        if isinstance(right, Binary) and right.operator in COMPARISONS:
            return self.joined("*", self.joined(sign, left, right.left), right)
        return self.joined(sign, left, right)

    def conditioned(self, tree: Tree) -> Tree:
        """Read ``a if b else c`` as what holds where b does, else the other."""
        self.place += 1
        condition = self.condition()
        if self.next.text != "else":
            self.fail("'else', and what holds elsewhere")
        self.place += 1
        elsewhere = Binary("*", Binary("-", ONE, condition), self.sum())
        held = condition if tree == ONE else Binary("*", tree, condition)
        return self.joined("+", replace(held, span=tree.span), replace(elsewhere, span=tree.span))

    def joined(self, operator: str, left: Tree, right: Tree) -> Tree:
        """Return two parts joined, with the text they span."""
        return Binary(operator, left, right, span=together(left, right))

    def product(self) -> Tree:
        """Read factors, with or without a sign between them; all signs bind alike, from left to right."""
        left = self.row_sum(self.unary())
        while True:
            if sign := self.take("*", "/", "@", "⊙", "⊗", ".") or self.cross():
                operator = "*" if sign.kind in ("word", ".") else sign.kind
                left = self.joined(operator, left, self.row_sum(self.unary()))
                if sign.kind == "⊗" and max(len(axes_of(side, self.names)) for side in parts(left)) > 1:
                    raise Unreadable(STACKED, sign.span, f"d{self.names.loss}/dW = ..., an equation of matrices")
            elif self.begins_factor():
                left = self.joined(" ", left, self.ones_behind() or self.row_sum(self.power()))
            else:
                return left

    def begins_factor(self) -> bool:
        """Say whether a factor follows without a sign; a bar within a norm closes it, a bracket in NumPy picks."""
        kind = self.next.kind
        norm = not self.norms and (kind == "‖" or self.single_bars())
        if self.next.text in ("if", "else"):
            return False
        return norm or (kind in STARTS and not (self.numpy and kind == "["))

    def cross(self) -> Token | None:
        """Skip an x that stands for ×: no name of the problem, between two factors."""
        between = self.next.text == "x" and self.after().kind in STARTS and self.names.find_quietly("x") is None
        return self.take("word") if between and "x" not in self.local else None

    def row_sum(self, factor: Tree) -> Tree:
        """Return a factor; if it is a row of ones, the sum of the rows of what it is multiplied by."""
        if not self.summed_rows(factor) or not (self.take("*", "@") or self.next.kind in STARTS):
            return factor
        rest = self.product()
        return Call("sum", (rest,), axis=0, span=together(factor, rest))

    def unary(self) -> Tree:
        """Read a factor, perhaps with a sign."""
        sign = self.take("-", "+")
        if not sign:
            return self.power()
        self.deeper()
        inner = self.unary()
        self.depth -= 1
        return Negative(inner, span=(sign.span[0], span_of(inner)[1])) if sign.kind == "-" else inner

    def group(self) -> Tree:
        """Read a formula in braces."""
        self.expect("{", "'{'")
        tree = self.sum()
        self.expect("}", "'}'")
        return tree

    def atom(self) -> Tree:
        """Read a number, a name, a derivative, a fraction, a sum, a call, or a group."""
        token = self.next
        match token.kind:
            case "number":
                self.place += 1
                if token.text == "1" and self.next.span[0] == token.span[1] and self.next.kind != "end":
                    return self.one(token)
                return self.number(token)
            case "ones":
                return self.bold_one()
            case "(" | "{":
                return self.bracketed({"(": ")", "{": "}"}[token.kind])
            case "[" if not self.numpy:
                return self.bracketed("]")
            case "frac":
                return self.fraction()
            case "sum" | "prod":
                return self.big_sum()
            case "cases":
                return self.cases()
            case "matrix":
                raise Unreadable("a matrix that is written out is not read here", token.span, "one entry, or a product")
            case "mean":
                return self.expectation(token)
            case "word" if self.expects(token):
                return self.expectation(token)
            case "‖" | "|":
                return self.norm()
            case "nabla":
                return self.nabla()
            case "d" | "word":
                return self.differential() or self.word()
        return self.fail("a number, a name, a derivative or '('", "dL/dw1 = dh1/dw1 * do1/dh1 * dL/do1")

    def bracketed(self, closing: str) -> Tree:
        """Read a group, and keep the brackets in its span."""
        opening = self.next
        self.place += 1
        inner = self.same_letter("=") or self.same_letter("≠") or self.sum()
        if closing == "]" or self.next.text in ("==", "!="):
            inner = self.equated(inner)
        end = self.expect(closing, f"an operation or {closing!r}")
        return replace(inner, span=(opening.span[0], end.span[1]))

    def fraction(self) -> Tree:
        r"""Read ``\frac{a}{b}``: a derivative if both are differentials, else a quotient."""
        start = self.next.span[0]
        self.place += 1
        begin = self.place
        if self.next.kind == "{" and (tree := self.derivative_fraction()):
            return replace(tree, span=(start, self.tokens[self.place - 1].span[1]))
        self.place = begin
        above, below = self.numerator_or_denominator(), self.numerator_or_denominator()
        return Binary("/", above, below, span=(start, self.tokens[self.place - 1].span[1]))

    def numerator_or_denominator(self) -> Tree:
        r"""Read a group, or the one sign that ``\frac12`` and ``\frac 1N`` mean without braces."""
        token = self.next
        if token.kind not in ("number", "word") or (token.kind == "word" and token.text in GREEK):
            return self.group() if token.kind == "{" else self.power()
        first, rest = token.text[0], token.text[1:]
        begin = token.span[0]
        if rest and rest[0] != ".":
            self.tokens[self.place : self.place + 1] = [
                Token(token.kind, first, (begin, begin + 1)),
                Token("number" if rest[0].isdigit() else "word", rest, (begin + 1, token.span[1])),
            ]
        return self.resolved(self.next) if self.next.kind == "word" else self.atom()
