"""What follows an atom closely and binds before every sign: exponents, transposes, methods, indices, bars.

power   = atom { ^ exponent | T | .method | [index] | bar }
"""

from abc import abstractmethod
from dataclasses import dataclass, replace

from gradcheck.formula.language.functions import known
from gradcheck.formula.language.tree import (
    Call,
    Derivative,
    Entry,
    Index,
    Name,
    Negative,
    Number,
    Transpose,
    Tree,
    derivatives,
    walk,
)
from gradcheck.formula.text.calls import Mark
from gradcheck.formula.text.cursor import span_of
from gradcheck.formula.text.entries import places_of
from gradcheck.formula.text.exponents import Exponents
from gradcheck.formula.text.lines import INDICES, closing
from gradcheck.formula.text.numpy_calls import built
from gradcheck.formula.text.tokens import Token
from gradcheck.formula.text.unreadable import Unreadable


@dataclass
class Suffixes(Exponents):
    """Reads atoms with what follows them."""

    @abstractmethod
    def atom(self) -> Tree:
        """Read what an exponent or an index can follow."""

    def power(self) -> Tree:
        """Read an atom and what follows it closely: exponents, .T, calls of methods, indices, bars."""
        return self.suffixed(self.atom())

    def suffixed(self, tree: Tree) -> Tree:
        """Read what follows an atom closely."""
        self.skip_inputs(tree)
        tree = self.given(tree) or tree
        while True:
            if self.next.kind == "^":
                tree = self.raised(tree)
            elif self.next.kind == "'" and self.is_number_of_the_sole(tree):
                tree = self.primed_number(tree)
            elif token := self.take("transpose", "'"):
                tree = Transpose(tree, span=(span_of(tree)[0], token.span[1]))
            elif self.next.kind == "." and self.after().kind == "word" and not self.at_differential():
                tree = self.method(tree)
            elif self.next.kind == "[" and self.picks(tree):
                tree = self.indexed(tree)
            elif self.next.kind == "_" and self.at(self.place - 1).kind in (")", "]", "transpose"):
                tree = self.lowered_group(tree)
            elif self.next.kind == "|" and not (self.norms or self.single_bars()):
                self.bar()
            else:
                return tree

    def is_number_of_the_sole(self, tree: Tree) -> bool:
        """Say whether a formula is a number, computed from the one number that there is to learn: u' is du/dx then."""
        if not self.names.sole or self.names.sole in self.names.arrays or self.numpy:
            return False
        found = {part.name for part in walk(tree) if isinstance(part, Name)}
        return not found & set(self.names.arrays) and not derivatives(tree)

    def primed_number(self, tree: Tree) -> Tree:
        """Return the derivative that the prime behind a number stands for."""
        end = self.expect("'", "a prime").span[1]
        by = Name(self.names.sole, span=span_of(tree))
        return replace(self.derivative(tree, by), span=(span_of(tree)[0], end))

    def given(self, tree: Tree) -> Tree | None:
        """Read the ``(a|s)`` of ``pi(a|s)``, the entry a of it; None, having read nothing, for all else."""
        if [self.next.kind, self.after().kind, self.after(2).kind] != ["(", "word", "|"]:
            return None
        picked = self.entry_of_class(tree, self.after().text) or self.entry_by(tree, self.after().text)
        end = closing(self.tokens, self.place)
        if not picked or self.at(end).kind != ")":
            return None
        self.place = end + 1
        return replace(picked, span=(span_of(tree)[0], self.at(end).span[1]))

    def entry_by(self, tree: Tree, letter: str) -> Tree | None:
        """Return the ``P(w|c)`` of a vector P as its entry w; None if the letter does not run."""
        runs = (letter in INDICES and self.free_letter(letter)) or self.a_word(letter)
        vector = isinstance(tree, Name) and self.names.arrays.get(tree.name) == 1
        return Entry(tree, (letter,)) if runs and vector else None

    def at_differential(self) -> bool:
        """Say whether a dot stands for a product: ``dL/dh.dh/dw``."""
        return self.begins_with_d(self.after()) and self.after(2).kind == "/"

    def lowered_group(self, tree: Tree) -> Tree:
        """Read ``(U V - R)_{ij}``: entries of what stands in brackets."""
        if isinstance(tree, Derivative) and (held := self.held_fixed(tree)):
            return held
        mark = self.mark(Mark("", self.place))
        letters = mark.letters if mark and mark.letters else places_of(self.inside(self.place + 1)[0])
        if mark is None or not (letters or mark.ran):
            self.fail("letters that run along the axes, as in (A B)_{ij}")
        self.place = mark.place
        if isinstance(tree, Derivative):
            own = self.names.arrays.get(tree.of, 0) + self.names.arrays.get(tree.by, 0)
            tree = replace(tree, table=tree.table or 0 < self.names.arrays.get(tree.of, 0) < own == len(letters))
        return Entry(tree, letters, span=(span_of(tree)[0], self.tokens[self.place - 1].span[1]))

    def held_fixed(self, tree: Derivative) -> Tree | None:
        r"""Read the y of ``\left(\frac{\partial z}{\partial x}\right)_y``, which is held fixed; None for all else."""
        inner, end = self.inside(self.place + 1)
        found = self.names.find_quietly(inner[0].text) if len(inner) == 1 else None
        own = found.name if isinstance(found, Name) and found.name not in self.names.letters else ""
        if not own or own in self.names.arrays or tree.by in self.names.arrays:
            return None
        self.place = end
        return tree if own in self.names.inputs else replace(tree, still=(own,))

    def bar(self) -> None:
        """Skip an evaluation bar: the point of evaluation is always the problem's own."""
        self.take("|")
        if self.take("_"):
            opened = self.take("{")
            if [self.after(step).kind for step in range(3)] == ["word", "=", "number"]:
                says = "this is the derivative at one point; what is judged is the one at any"
                raise Unreadable(says, self.after(2).span, "the formula, before a number is put in")
            while opened and self.next.kind != "}":
                if self.next.kind == "end":
                    self.fail("'}'")
                self.place += 1
            self.place += self.next.kind != "end"

    def method(self, tree: Tree) -> Tree:
        """Read ``.T``, ``.sum(axis=0)``, ``.mean()``, ``.dot(y)``, ``.shape[0]``."""
        self.place += 1
        token = self.next
        self.place += 1
        span = (span_of(tree)[0], token.span[1])
        match token.text:
            case "T" | "mT":
                return Transpose(tree, span=span)
            case "t":
                self.skipped_arguments()
                return Transpose(tree, span=span)
            case "grad" if isinstance(tree, Name) and self.names.loss:
                return Derivative(self.names.loss, tree.name, span=span)
            case "shape":
                self.expect("[", "'[', as in X.shape[0]")
                length_of = self.whole_number()
                self.expect("]", "']'")
                return Call("size", (tree,), axis=length_of, span=span)
            case "sum" | "mean" | "max":
                found, axis, keepdims = self.method_axis()
                return Call(token.text, (tree,), 0, axis if found is None else found, keepdims, span=span)
            case "size" if self.next.kind == "(":
                found, _, _ = self.method_axis()
                return Call("size", (tree,), axis=found, span=span)
            case "squeeze" | "flatten" | "ravel":
                self.skipped_arguments()
                return Call("flat", (tree,), span=span)
            case "unsqueeze":
                found, dim, _ = self.method_axis()
                return self.stood_up(tree, token, row=(dim if found is None else found) == 0)
            case "size" | "numel":
                if token.text == "numel":
                    self.skipped_arguments()
                return Call("count", (tree,), span=span)
            case "transpose" | "copy" | "astype" | "float" | "double" | "clone" | "detach" | "item":
                self.skipped_arguments()
                return Transpose(tree, span=span) if token.text == "transpose" else tree
            case "reshape" | "view":
                return self.reshaped(tree)
        return self.function_as_method(tree, token)

    def function_as_method(self, tree: Tree, token: Token) -> Tree:
        """Read ``a.dot(b)``, ``z.exp()``, ``h.pow(2)``: a function whose first argument stands before it."""
        function = known(token.text)
        if self.next.kind != "(" or function is None:
            self.place -= 1
            self.fail(".T, .sum(...), .mean(...), .dot(...), .astype(float), .size or .shape[0]")
        arguments, axis, keepdims = self.arguments()
        span = (span_of(tree)[0], self.tokens[self.place - 1].span[1])
        return built(function, [tree, *arguments], 0, axis, keepdims, span)

    def skipped_arguments(self) -> None:
        """Skip arguments that change no number: ``float``, ``np.float64``."""
        self.expect("(", "'('")
        while not self.take(")"):
            if self.next.kind not in ("word", "number", "."):
                self.fail("')'")
            self.place += 1

    def reshaped(self, tree: Tree) -> Tree:
        """Read ``.reshape(-1, 1)``, a vector as a column, or ``.reshape(1, -1)``, a row."""
        opening = self.expect("(", "'('")
        sizes = [self.size_given()]
        self.expect(",", "(-1, 1) or (1, -1)")
        sizes.append(self.size_given())
        end = self.expect(")", "')'")
        if sizes not in ([-1, 1], [1, -1]):
            says = "of all shapes only a column, (-1, 1), and a row, (1, -1), can be read"
            raise Unreadable(says, (opening.span[0], end.span[1]), "x[:, None]")
        return self.stood_up(tree, end, row=sizes == [1, -1])

    def size_given(self) -> int:
        """Read a whole number, perhaps with a minus."""
        return -self.whole_number() if self.take("-") else self.whole_number()

    def stood_up(self, tree: Tree, end: Token, row: bool) -> Tree:
        """Return a vector as a column, or as a row."""
        span = (span_of(tree)[0], end.span[1])
        column = Call("column", (tree,), span=span)
        return Transpose(column, span=span) if row else column

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
            self.expect(",", "',', as in x[:, None]")
            self.new_axis()
            return self.stood_up(tree, self.expect("]", "']'"), row=False)
        if self.next.text == "None" or (self.next.text, self.after(2).text) == ("np", "newaxis"):
            self.new_axis()
            if self.take(","):
                self.expect(":", "':', as in x[None, :]")
            return self.stood_up(tree, self.expect("]", "']'"), row=True)
        at = self.sum()
        end = self.expect("]", "']'")
        span = (span_of(tree)[0], end.span[1])
        if isinstance(tree, Name) and isinstance(at, Number):
            numbered = self.names.find(f"{tree.name}{at.value}")
            if numbered:
                return replace(numbered, span=span)
        return Index(tree, at, span=span)

    def new_axis(self) -> None:
        """Read what stands for an axis of length 1: ``None``, or ``np.newaxis``."""
        if self.expect("word", "None").text == "np":
            self.expect(".", "np.newaxis")
            self.expect("word", "np.newaxis")
