r"""Signs that hold for all that follows: sums and products over a running letter, formulas case by case.

``\sum_{k=1}^{2} o_k`` adds the problem's variables up where there is an o1 and an o2, and entries where o is an array.
A condition under the sign, ``\sum_{j \ne i}``, is a factor of 0 or 1, and so are the conditions of cases.
"""

import operator as comparing
from abc import abstractmethod
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import pairwise

from gradcheck.formula.language.tree import (
    ONE,
    PLACES,
    ZERO,
    Binary,
    Call,
    Each,
    Name,
    Tree,
    parts,
    walk,
)
from gradcheck.formula.text.counting import counted
from gradcheck.formula.text.cursor import MOST_RUNS, MOST_SUMS, FreeLetter, span_of, together
from gradcheck.formula.text.lines import INDICES
from gradcheck.formula.text.norms import Norms
from gradcheck.formula.text.numpy_calls import COMPARISONS
from gradcheck.formula.text.tokens import Token
from gradcheck.formula.text.unreadable import Unreadable


@dataclass(frozen=True)
class Range:
    """What stands under and over the sign of a sum."""

    letter: str = ""
    first: int = 0
    last: int = MOST_RUNS
    short: bool = False
    """Whether it leaves out the first or the last place, or goes beyond it: from 2 on, up to N-1."""
    over: str = ""
    """The size that stands over the sign, alone."""
    number: int = 0
    """The number of places that it says there are; 0 if it says none."""
    condition: int = 0
    """The place of a condition in the text; 0 if there is none."""


@dataclass
class Running(Norms):
    """Reads sums, products and cases."""

    @abstractmethod
    def product(self) -> Tree:
        """Read factors, with or without a sign between them."""

    def big_sum(self) -> Tree:
        r"""Read a sum over a running letter, ``\sum_{k=1}^{2} ...``, or over whatever axes there are, ``\sum ...``."""
        sign = self.next
        self.place += 1
        over = self.range()
        self.sums += 1
        if self.sums > MOST_SUMS:
            raise Unreadable(f"more than {MOST_SUMS} sums run inside each other", self.tokens[self.place - 1].span)
        begin = self.place
        self.over.append(over.letter)
        tree = self.family_sum(over, "*" if sign.kind == "prod" else "+") if over.letter else None
        if tree is None and sign.kind == "prod":
            raise Unreadable("a product is read if it runs over numbered variables", sign.span)
        if tree is None:
            self.place = begin
            tree = self.array_sum(over, sign)
        self.over.pop()
        self.sums -= 1
        return replace(tree, span=(sign.span[0], self.tokens[self.place - 1].span[1]))

    def array_sum(self, over: Range, sign: Token) -> Tree:
        """Read a sum over the entries of arrays. Raises Unreadable if it leaves some of them out."""
        body = self.conditional(over)
        if not over.letter and (letters := self.unbound(body)):
            for letter in letters:
                body = Each(letter, body)
            return body
        if not over.letter or not _uses(body, over.letter):
            return Call("sum", (body,))
        if over.short or (over.number and over.number not in self.names.lengths):
            says = "a sum along the axis of an array is read if it is over the whole axis"
            raise Unreadable(says, sign.span, rf"\sum_{{{over.letter}}}")
        return Each(over.letter, body, over.over)

    def unbound(self, body: Tree) -> list[str]:
        r"""Return the letters that nothing but a sum without a letter can run over: the i of ``\sum \ln x_i``."""
        equals = next((place for place, token in enumerate(self.tokens) if token.kind == "="), 0)
        left = "".join(token.text for token in self.tokens[:equals] if token.kind == "word")
        letters = dict.fromkeys(letter for part in walk(body) for letter in getattr(part, "letters", ()))
        taken = {*left, *self.over, *PLACES}
        return [letter for letter in letters if letter not in taken and _free(body, letter)]

    def range(self) -> Range:
        """Read what stands under and over the sign."""
        over = Range()
        while self.next.kind in ("_", "^"):
            mark, begin = self.next.kind, self.place + 1
            if self.names.find_quietly(self.at(begin).text) is None:
                self.cut_after_mark(begin)
            inner, self.place = self.inside(begin)
            words = [token for token in inner if token.kind in ("word", "number")]
            if mark == "_" and words and words[0].kind == "word":
                over = replace(over, letter=self.letter_of(inner, words[0].text))
                equals = next((place for place, token in enumerate(inner) if token.kind == "="), len(inner))
                if (first := self.bound(inner[equals + 1 :])) is not None:
                    over = replace(over, first=first)
                signs = [place for place, token in enumerate(inner) if token.kind in (":", "|", "≠", *COMPARISONS)]
                aside = signs and inner[signs[0]].kind in ":|"
                over = replace(over, condition=begin + 1 + (signs[0] + 1 if aside else 0) if signs else 0)
            elif mark == "^":
                over = self.up_to(over, inner)
        return over

    def letter_of(self, inner: list[Token], word: str) -> str:
        r"""Return the letter that runs where only a condition tells of it, the i of ``\sum_{y_i < 0}``; else a word."""
        if isinstance(self.names.find_quietly(word), Name) and any(token.kind in COMPARISONS for token in inner):
            behind = [token.text for before, token in pairwise(inner) if before.kind == "_"]
            return next((own for own in behind if own in [*INDICES] and self.free_letter(own)), word)
        return word

    def cut_after_mark(self, place: int) -> None:
        r"""Cut a word behind its first letter, if that may run or is a size: the n of ``\sum_{i=1}^nx_i``."""
        word = self.at(place)
        if word.text[:1] in self.names.letters and word.kind == "word" and len(word.text) > 1:
            self.cut(place, 1)
        else:
            self.cut_after_letter(place)

    def up_to(self, over: Range, inner: list[Token]) -> Range:
        """Return a range with what stands over its sign: a number, or a size."""
        if (last := self.bound(inner)) is not None:
            words = any(token.kind == "word" for token in inner)
            return replace(over, last=min(last, MOST_RUNS), number=0 if words else last + (over.first == 0))
        plain = [token for token in inner if token.kind not in ("{", "}")]
        minus_one = [token.text for token in plain[1:]] == ["-", "1"]
        short = over.first > 1 or (len(plain) > 1 and not (over.first == 0 and minus_one))
        own = plain[0].text if len(plain) == 1 and plain[0].text in self.names.letters else ""
        return replace(over, short=short, over=own if over.first == 1 else "")

    def bound(self, inner: list[Token]) -> int | None:
        """Return the number that stands under or over a sign, k + 1 where k runs outside; None if it is not known."""
        inside = [token for token in inner if token.kind not in ("{", "}")]
        if any(token.kind == "word" and token.text not in self.running for token in inside):
            return None
        return counted(inside, self.running) if inside else None

    def conditional(self, over: Range) -> Tree:
        """Read the body of a sum, times its condition if it has one."""
        body = self.product()
        if not over.condition:
            return self.further_terms(body, over.letter)
        behind, self.place = len(self.tokens) - self.place, over.condition
        condition = self.condition()
        self.place = len(self.tokens) - behind  # words of the condition may have been cut
        return Binary("*", condition, body, span=body.span)

    def further_terms(self, body: Tree, letter: str) -> Tree:
        r"""Read the terms behind the first that only make sense within a sum: ``\sum_i a_i + b_i`` is one over both."""
        equals = next((place for place, token in enumerate(self.tokens) if token.kind == "="), 0)
        outside = any(token.text == letter for token in self.tokens[:equals])  # the left side is about an entry of it
        while letter and not outside and self.next.kind in ("+", "-"):
            begin, sign, sums, over = self.place, self.next, self.sums, [*self.over]
            self.place += 1
            with suppress(Unreadable):
                other = self.product()
                if _uses(body, letter) and _free(other, letter):
                    body = Binary(sign.kind, body, other, span=together(body, other))
                    continue
            self.place, self.sums, self.over = begin, sums, over
            break
        return body

    def family_sum(self, over: Range, operator: str) -> Tree | None:
        """Read the body of a sum once for every number of a running letter; None if no name runs with it."""
        begin, outer, ran, sums = self.place, dict(self.running), self.ran, self.sums
        empty = over.first > over.last
        whole: Tree | None = None
        missing: Unreadable | None = None
        end = begin
        for number in range(0 if empty else over.first, (MOST_RUNS if empty else over.last) + 1):
            self.place, self.ran, self.sums = begin, False, sums
            self.running[over.letter] = number
            try:
                body = self.product()
            except Unreadable as error:
                if isinstance(error, FreeLetter) and error.letter != over.letter:
                    raise
                missing = error if number == over.last < MOST_RUNS else missing
                continue
            finally:
                self.running = dict(outer)
            if self.ran and self.counts(over, number) and not _uses(body, over.letter):
                whole, end = body if whole is None else Binary(operator, whole, body), self.place
        if missing and whole is not None:  # a sum to 3 over what there are 2 of
            raise missing
        self.place, self.ran, self.sums = end, ran or whole is not None, sums
        nothing = ONE if operator == "*" else ZERO
        return nothing if empty and whole is not None else whole

    def counts(self, over: Range, number: int) -> bool:
        r"""Say whether a number is one that a sum runs over: 1 is not, under ``\sum_{k \ne 1}`` or ``\sum_{k > 1}``."""
        if not over.condition:
            return True
        sign, other = self.at(over.condition + 1), self.at(over.condition + 2)
        bound = int(other.text) if other.text.isdecimal() else self.running.get(other.text)
        holds = {"≠": comparing.ne, ">": comparing.gt, "<": comparing.lt, ">=": comparing.ge, "<=": comparing.le}
        if sign.kind not in holds or (bound is None and (sign.kind != "≠" or other.kind != "word")):
            raise Unreadable("this condition is not read under a sum over numbered variables", sign.span)
        return bound is None or bool(holds[sign.kind](number, bound))

    def cases(self) -> Tree:
        """Read a formula told case by case, as what holds in the first case, times 1 there, and so on."""
        start = self.next.span[0]
        self.place += 1
        self.expect("{", "the cases")
        told: list[tuple[Tree, Tree]] = []
        while not self.take("}"):
            formula = self.sum()
            self.take("&")
            told.append((formula, ONE if self.next.kind in ("row", "}") else self.condition()))
            if not self.take("row") and self.next.kind != "}":
                self.fail("the next case")
        whole: Tree = ZERO
        for formula, condition in reversed(told):
            elsewhere = Binary("*", Binary("-", ONE, condition), whole)
            held = formula if condition == ONE else Binary("*", formula, condition)
            whole = held if whole == ZERO or condition == ONE else Binary("+", held, elsewhere)
        return replace(whole, span=(start, self.tokens[self.place - 1].span[1]))

    def condition(self) -> Tree:
        """Read a comparison, or ``i = j``, as the 0 or 1 that it is worth."""
        if told := self.same_letter("=") or self.same_letter("≠"):
            return told
        tree = self.equated(self.sum())
        if not self.holds_or_not(tree):
            raise Unreadable("a condition is expected here", span_of(tree), r"\text{if } z > 0")
        return tree


def _free(tree: Tree, letter: str) -> bool:
    """Say whether entries by a letter occur in a formula outside of all sums over it."""
    if isinstance(tree, Each) and tree.letter == letter:
        return False
    return letter in getattr(tree, "letters", ()) or any(_free(part, letter) for part in parts(tree))


def _uses(tree: Tree, letter: str) -> bool:
    """Say whether entries by a letter occur in a formula."""
    return any(letter in getattr(part, "letters", ()) for part in walk(tree))
