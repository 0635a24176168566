r"""Functions of a person's own, ``H(z) = \mathbb{1}[z > 0]`` or ``f(u) = \log(1 + e^u)``, are put in where they stand.

Wherever such a function is applied, its formula stands with the argument in the place of the letter; ``f'(z)`` is the
derivative of that by z, if z is a variable of the problem.
"""

from dataclasses import dataclass, replace

from gradcheck.formula.language.functions import ABSTRACT, ELEMENTWISE
from gradcheck.formula.language.tree import Name
from gradcheck.formula.text.lines import Assignment, closing, in_brackets
from gradcheck.formula.text.names import Names
from gradcheck.formula.text.tokens import Token

MOST_TOKENS = 2000
"""How long a text may become."""


@dataclass(frozen=True)
class Function:
    """A function that a statement defines."""

    name: str
    marks: tuple[str, ...]
    """What stands between its name and its bracket, as the theta of h_theta(x)."""
    letter: str
    """What it is a function of."""
    body: list[Token]

    @staticmethod
    def of(piece: list[Token], names: Names) -> "Function | None":
        """Return the function that a statement defines; None if it defines none, or one that the problem knows."""
        sides = Assignment.of(piece)
        if sides is None or not sides.value or not _is_head(sides.left):
            return None
        word, letter = sides.left[0].text, sides.left[-2].text
        marks = tuple(token.text for token in sides.left[1:-3])
        known, meant = names.function(word), names.find_quietly(word)
        drawn = known and (word not in ABSTRACT or known[0] in names.activations)
        if "'" in marks and (drawn or meant):
            return None
        loose = word in ABSTRACT and word != "sigma" and word not in names.activations
        if known and not (loose or marks) and (known[0] in names.activations or known[0] in ELEMENTWISE):
            return None
        argument = names.find_quietly(letter)
        undeclared = word not in names.table and word not in names.others
        sample = word == "l" and not _given(argument, names)
        size = isinstance(meant, Name) and meant.name in names.letters
        own = meant is None or (undeclared and (sample or size or argument is None))
        return Function(word, marks, letter, sides.value) if own and not (marks and meant) else None

    def put_in(self, row: list[Token], names: Names) -> list[Token]:
        """Return tokens with the formula in the place of the function, wherever it is applied."""
        done: list[Token] = []
        place = 0
        while place < len(row):
            bracket = place + 1 + len(self.marks)
            primed = [token.kind for token in row[bracket : bracket + 2]] == ["'", "("]
            opening = bracket + primed
            spelled = [token.text for token in row[place:bracket]] == [self.name, *self.marks]
            if not spelled or row[opening : opening + 1] == [] or row[opening].kind != "(":
                done.append(row[place])
                place += 1
                continue
            end = closing(row, opening)
            argument = row[opening + 1 : end]
            if primed and not (len(argument) == 1 and names.find_quietly(argument[0].text)):
                return row
            here = (row[place].span[0], row[min(end, len(row) - 1)].span[1])
            done += [replace(token, span=here) for token in (self.slope if primed else self.at)(argument)]
            place = end + 1
        return done

    def at(self, argument: list[Token]) -> list[Token]:
        """Return the formula with an argument in the place of the letter."""
        own = in_brackets(argument)
        return [part for token in self.body for part in (own if self._is_letter(token) else [token])]

    def slope(self, argument: list[Token]) -> list[Token]:
        """Return the derivative of the formula by a variable that is its argument."""
        above = [Token(sign, sign, argument[0].span) for sign in ("frac", "{", "d")]
        below = [Token(sign, sign, argument[0].span) for sign in ("}", "{", "d")]
        return [*above, *in_brackets(self.at(argument)), *below, *argument, Token("}", "}", argument[0].span)]

    def _is_letter(self, token: Token) -> bool:
        return token.kind == "word" and token.text == self.letter


def _is_head(left: tuple[Token, ...]) -> bool:
    r"""Say whether a left side is a function of one letter: ``f(u)``, or ``h_\theta(x)``."""
    kinds = [token.kind for token in left]
    marks = kinds[1:-3]
    marked = not marks or marks in (["'"], ["_", "word"]) or (marks[:2] == ["_", "{"] and marks[-1] == "}")
    return kinds[:1] == ["word"] and kinds[-3:] == ["(", "word", ")"] and marked


def _goes_on(piece: list[Token]) -> bool:
    """Say whether a statement says of a function that it is one thing, and then that this is another."""
    return [token.kind for token in piece].count("=") > 1


def _is_label(piece: list[Token], names: Names) -> bool:
    r"""Say whether a left side is a new name with what it depends on, the ``U(\beta_0, \beta_1)`` of a score."""
    sides = Assignment.of(piece)
    left = sides.left if sides else ()
    if len(left) < 4 or left[1].kind != "(" or left[-1].kind != ")":
        return False
    plain = all(token.kind in ("word", "number", "_", "{", "}", ",") for token in left[2:-1])
    word = left[0].text
    return plain and left[0].kind == "word" and names.find_quietly(word) is None and names.function(word) is None


def _without_letter(piece: list[Token]) -> list[Token]:
    """Return ``F(x) = A = B`` as ``F = A = B``, where F is a name."""
    end = next(place for place, token in enumerate(piece) if token.kind == ")")
    return [piece[0], *piece[end + 1 :]]


def _given(argument: object, names: Names) -> bool:
    return argument is None or (isinstance(argument, Name) and argument.name in names.inputs)


def with_own_functions(pieces: list[list[Token]], names: Names) -> list[list[Token]]:
    """Put the formulas of a person's own functions in, and leave out the statements that define them."""
    own = {id(piece): found for piece in pieces if (found := Function.of(piece, names))}
    labels = {id(piece) for piece in pieces if id(piece) in own or _is_label(piece, names)}
    pieces = [_without_letter(piece) if id(piece) in labels and _goes_on(piece) else piece for piece in pieces]
    rest = [piece for piece in pieces if id(piece) not in own]
    for function in own.values() if rest else ():
        rest = [function.put_in(piece, names) for piece in rest]
    return rest if rest and sum(map(len, rest)) <= MOST_TOKENS else pieces
