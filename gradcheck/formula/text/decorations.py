r"""Subscripts that say nothing of which number a name has: the B of ``\sigma_B^2``, the KL of ``D_{KL}``.

One falls away where the problem has a name without it, none with it, and the text writes that name in no other way.
"""

from gradcheck.formula.text.names import Names
from gradcheck.formula.text.tokens import Token

SAYING_NOTHING = "B BN LN KL CE BCE MSE MAE NLL SSE RSS total tot train data batch hinge Huber huber reg obj"
"""What stands in such subscripts: a batch, a norm, what kind of loss it is."""


def undecorated(row: list[Token], names: Names) -> list[Token]:
    """Return tokens without the subscripts that say nothing, and without a prime before one that says by what."""
    row = [token for place, token in enumerate(row) if not _prime_of_the_loss(row, place, names)]
    marked: dict[str, set[str]] = {}
    for place, token in enumerate(row):
        if token.kind == "word":
            marked.setdefault(token.text, set()).add(_mark(row, place + 1))
    idle = {word for word, marks in marked.items() if _says_nothing(word, marks, names)}
    done: list[Token] = []
    place = 0
    while place < len(row):
        done.append(row[place])
        token = row[place]
        place += 1
        if token.kind == "word" and token.text in idle:
            place += 4 if row[place + 1].kind == "{" else 2
            names.used[f"{token.text}_{next(iter(marked[token.text]))}"] = token.text
    return done


def _prime_of_the_loss(row: list[Token], place: int, names: Names) -> bool:
    """Say whether a token is the prime of ``L'_w``, which is L_w."""
    kinds = [token.kind for token in row[place - 1 : place + 2]] if place else []
    word = row[place - 1].text
    return kinds == ["word", "'", "_"] and word == names.loss and names.find_quietly(f"{word}'") is None


def _mark(row: list[Token], place: int) -> str:
    """Return the one word of the subscript at a place; empty for anything else."""
    kinds = [token.kind for token in row[place : place + 4]]
    if kinds == ["_", "{", "word", "}"]:
        return row[place + 2].text
    return row[place + 1].text if kinds[:2] == ["_", "word"] else ""


def _says_nothing(word: str, marks: set[str], names: Names) -> bool:
    """Say whether all that stands below a word is one mark that says nothing."""
    mark = next(iter(marks))
    known = names.find_quietly(word) is not None or f"{word}^2" in names.spellings
    return len(marks) == 1 and mark in SAYING_NOTHING.split() and known and names.find_quietly(word + mark) is None
