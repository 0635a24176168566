"""A person's text becomes a formula: a parser by recursive descent, with the problem's names in its hand.

    sum     = product { (+ | -) product } [ comparison product ]
    product = unary { [ * | / | @ | ⊙ ] unary }          all bind alike, from left to right
    power   = atom { ^ exponent | T | .method | [index] }
    atom    = number | name | derivative | fraction | running sum | call | ( sum )

Nothing that was written is ever executed.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from gradcheck.formula.cursor import MOST_PARTS, FreeLetter, span_of, together
from gradcheck.formula.differentials import Differentials
from gradcheck.formula.tokens import Token
from gradcheck.formula.tree import Binary, Call, Derivative, Each, Index, Name, Negative, Number, Transpose, Tree, walk
from gradcheck.formula.unreadable import Unreadable
from gradcheck.formula.values import LARGEST_POWER

COMPARISONS = (">", "<", ">=", "<=")
STARTS = ("number", "word", "frac", "sum", "d", "nabla", "(", "[", "{")
"""What a factor may begin with when no sign stands before it."""
MOST_RUNS = 9
"""How far a running letter runs if nobody says."""


@dataclass
class Parser(Differentials):
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
            left = self.joined(sign.kind, left, self.product())
        self.depth -= 1
        return left

    def joined(self, operator: str, left: Tree, right: Tree) -> Tree:
        """Return two parts joined, with the text they span."""
        return Binary(operator, left, right, span=together(left, right))

    def product(self) -> Tree:
        """Read factors, with or without a sign between them; all signs bind alike, from left to right."""
        left = self.unary()
        while True:
            if sign := self.take("*", "/", "@", "⊙"):
                left = self.joined(sign.kind, left, self.unary())
            elif self.next.kind in STARTS and not (self.numpy and self.next.kind == "["):
                left = self.joined(" ", left, self.power())
            else:
                return left

    def unary(self) -> Tree:
        """Read a factor, perhaps with a sign."""
        sign = self.take("-", "+")
        if not sign:
            return self.power()
        self.deeper()
        inner = self.unary()
        self.depth -= 1
        return Negative(inner, span=(sign.span[0], span_of(inner)[1])) if sign.kind == "-" else inner

    def power(self) -> Tree:
        """Read an atom and what follows it closely: exponents, .T, calls of methods, indices, bars."""
        tree = self.atom()
        while True:
            if self.next.kind == "^":
                tree = self.raised(tree)
            elif self.next.kind in ("transpose", "'"):
                token = self.take("transpose", "'")
                assert token
                tree = Transpose(tree, span=(span_of(tree)[0], token.span[1]))
            elif self.next.kind == "." and self.after().kind == "word":
                tree = self.method(tree)
            elif self.next.kind == "[" and self.picks(tree):
                tree = self.indexed(tree)
            elif self.next.kind == "|":
                self.bar()
            else:
                return tree

    def raised(self, tree: Tree) -> Tree:
        """Read an exponent: a number, or T for a transpose."""
        self.take("^")
        if token := self.transposing():
            return Transpose(tree, span=(span_of(tree)[0], token.span[1]))
        braced = self.take("{")
        exponent = self.sum() if braced else self.unary()
        if braced:
            self.expect("}", "'}'")
        tower = isinstance(exponent, Binary) and exponent.operator == "^"
        if tower or (isinstance(exponent, Number) and abs(exponent.value) > LARGEST_POWER):
            raise Unreadable(f"an exponent may be at most {LARGEST_POWER}", span_of(exponent))
        return Binary("^", tree, exponent, span=(span_of(tree)[0], self.tokens[self.place - 1].span[1]))

    def transposing(self) -> Token | None:
        """Read the T of a transpose, in braces or not."""
        opened = 1 if self.next.kind == "{" else 0
        token = self.after(opened)
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

    def bar(self) -> None:
        """Skip an evaluation bar: the point of evaluation is always the problem's own."""
        self.take("|")
        if self.take("_"):
            if self.next.kind == "{":
                self.group(lambda: None, skip=True)
            else:
                self.place += 1

    def group(self, read: Callable[[], Tree | None], skip: bool = False) -> Tree | None:
        """Read what stands in braces."""
        self.expect("{", "'{'")
        if skip:
            while not self.take("}"):
                if self.next.kind == "end":
                    self.fail("'}'")
                self.place += 1
            return None
        tree = read()
        self.expect("}", "'}'")
        return tree

    def atom(self) -> Tree:
        """Read a number, a name, a derivative, a fraction, a sum, a call, or a group."""
        token = self.next
        match token.kind:
            case "number":
                self.place += 1
                return self.number(token)
            case "(" | "{":
                return self.bracketed({"(": ")", "{": "}"}[token.kind])
            case "[" if not self.numpy:
                return self.bracketed("]")
            case "frac":
                return self.fraction()
            case "sum":
                return self.big_sum()
            case "nabla":
                return self.nabla()
            case "d" | "word":
                return self.differential() or self.word()
        self.fail("a number, a name, a derivative or '('", "dL/dw1 = dh1/dw1 * do1/dh1 * dL/do1")
        raise AssertionError

    def bracketed(self, closing: str) -> Tree:
        """Read a group, and keep the brackets in its span."""
        opening = self.next
        self.place += 1
        inner = self.sum()
        end = self.expect(closing, f"an operation or {closing!r}")
        return replace(inner, span=(opening.span[0], end.span[1]))

    def fraction(self) -> Tree:
        r"""Read ``\frac{a}{b}``: a derivative if both are differentials, else a quotient."""
        start = self.next.span[0]
        self.place += 1
        if self.next.kind != "{":
            self.fail("'{'", r"\frac{\partial L}{\partial w_1}")
        begin = self.place
        if tree := self.derivative_fraction():
            return replace(tree, span=(start, self.tokens[self.place - 1].span[1]))
        self.place = begin
        above = self.group(self.sum)
        below = self.group(self.sum)
        assert above and below
        return Binary("/", above, below, span=(start, self.tokens[self.place - 1].span[1]))

    def big_sum(self) -> Tree:
        r"""Read a sum over a running letter, ``\sum_{k=1}^{2} ...``, or over whatever axes there are, ``\sum ...``."""
        start = self.next.span[0]
        self.place += 1
        letter, first, last = "", 0, MOST_RUNS
        while self.next.kind in ("_", "^"):
            mark, (inner, place) = self.next.kind, self.inside(self.place + 1)
            self.place = place
            words = [token for token in inner if token.kind in ("word", "number")]
            if mark == "_" and words and words[0].kind == "word":
                letter, first = words[0].text, int(words[1].text) if len(words) > 1 and words[1].kind == "number" else 0
            elif mark == "^" and words and words[0].kind == "number":
                last = int(words[0].text)
        begin = self.place
        tree = self.family_sum(letter, first, min(last, MOST_RUNS)) if letter else None
        if tree is None:
            self.place = begin
            body = self.product()
            tree = Each(letter, body) if letter and _uses(body, letter) else Call("sum", (body,))
        return replace(tree, span=(start, self.tokens[self.place - 1].span[1]))

    def family_sum(self, letter: str, first: int, last: int) -> Tree | None:
        """Read the body of a sum once for every number of a running letter; None if no name runs with it."""
        begin, outer, ran = self.place, dict(self.running), self.ran
        whole: Tree | None = None
        end = begin
        for number in range(first, last + 1):
            self.place, self.ran = begin, False
            self.running[letter] = number
            try:
                body = self.product()
            except FreeLetter:
                raise
            except Unreadable:
                continue
            finally:
                self.running = dict(outer)
            if self.ran:
                whole, end = body if whole is None else Binary("+", whole, body), self.place
        self.place, self.ran = end, ran or whole is not None
        return whole

    def method(self, tree: Tree) -> Tree:
        """Read ``.T``, ``.sum(axis=0)``, ``.mean()``, ``.dot(y)``, ``.shape[0]``."""
        self.place += 1
        token = self.next
        self.place += 1
        span = (span_of(tree)[0], token.span[1])
        match token.text:
            case "T" | "mT":
                return Transpose(tree, span=span)
            case "shape":
                self.expect("[", "'[', as in X.shape[0]")
                axis = self.whole_number()
                self.expect("]", "']'")
                return Call("size", (tree,), axis=axis, span=span)
            case "sum" | "mean":
                found, axis, keepdims = self.method_axis()
                return Call(token.text, (tree,), 0, axis if found is None else found, keepdims, span=span)
            case "dot":
                return Binary("@", tree, self.arguments()[0][0], span=(span[0], self.tokens[self.place - 1].span[1]))
            case "transpose" | "copy":
                self.arguments()
                return Transpose(tree, span=span) if token.text == "transpose" else tree
        self.place -= 1
        self.fail(".T, .sum(...), .mean(...), .dot(...) or .shape[0]")

    def method_axis(self) -> tuple[int | None, int | None, bool]:
        """Read the arguments of a sum or mean as a method: the axis may come first without its name."""
        found, axis, keepdims = self.arguments()
        first = found[0] if found else None
        if isinstance(first, Negative) and isinstance(first.inner, Number):
            return -int(first.inner.value), axis, keepdims
        return (int(first.value) if isinstance(first, Number) else None), axis, keepdims

    def picks(self, tree: Tree) -> bool:
        """Say whether a bracket picks entries of what stands right before it."""
        return self.numpy or (
            span_of(tree)[1] == self.next.span[0] and isinstance(tree, Name | Derivative) and self.after(2).kind == "]"
        )

    def indexed(self, tree: Tree) -> Tree:
        """Read ``E[i]``; a number picks the variable of that number, if there is one."""
        self.expect("[", "'['")
        if self.take(":"):
            return self.new_axis(tree)
        at = self.sum()
        end = self.expect("]", "']'")
        span = (span_of(tree)[0], end.span[1])
        if isinstance(tree, Name) and isinstance(at, Number):
            numbered = self.names.find(f"{tree.name}{at.value}")
            if numbered:
                return replace(numbered, span=span)
        return Index(tree, at, span=span)

    def new_axis(self, tree: Tree) -> Tree:
        """Read the rest of ``x[:, None]``: a vector as a column."""
        self.expect(",", "',', as in x[:, None]")
        if self.take(".") or self.expect("word", "None").text in ("None", "np"):
            while self.next.kind in (".", "word"):
                self.place += 1
        end = self.expect("]", "']'")
        return Call("column", (tree,), span=(span_of(tree)[0], end.span[1]))


def _uses(tree: Tree, letter: str) -> bool:
    """Say whether entries by a letter occur in a formula."""
    return any(letter in getattr(part, "letters", ()) for part in walk(tree))
