r"""What a model says of one sample, ``h_\theta(x^{(i)})`` or ``f_w(x_i)``, is one sample of the variable h, ``h_{i}``.

The subscript names parameters, the bracket holds a sample of the data.
"""

from gradcheck.formula.language.tree import Name
from gradcheck.formula.text.lines import INDICES, closing
from gradcheck.formula.text.names import Names
from gradcheck.formula.text.tokens import Token


def without_hypotheses(row: list[Token], names: Names) -> list[Token]:
    """Return tokens in which every model that is applied to a sample is a sample of what it answers."""
    done: list[Token] = []
    place = 0
    while place < len(row):
        opening = _opening(row, place, names)
        end = closing(row, opening) if opening else place
        mark = _sample(row[opening + 1 : end], names) if opening else None
        done.append(row[place])
        if mark is not None:
            here = row[opening].span
            lowered = [Token("_", "_", here), Token("{", "{", here), *mark, Token("}", "}", here)]
            done += lowered if mark else []
            place = end
        place += 1
    return done


def _opening(row: list[Token], place: int, names: Names) -> int:
    """Return the place of the bracket behind a variable of all samples that parameters mark; 0 if it is none."""
    meant = names.find_quietly(row[place].text) if row[place].kind == "word" else None
    if not isinstance(meant, Name) or meant.name not in names.definitions or names.batched.get(meant.name) != 0:
        return 0
    if [token.kind for token in row[place + 1 : place + 2]] != ["_"]:
        return 0
    end = closing(row, place + 2) if row[place + 2].kind == "{" else place + 2
    inside = [token for token in row[place + 2 : end + 1] if token.kind == "word"]
    own = [names.find_quietly(token.text) for token in inside]
    marked = inside and all(isinstance(one, Name) and one.name in names.inputs for one in own)
    return end + 1 if marked and row[end + 1 : end + 2] and row[end + 1].kind == "(" else 0


def _sample(inside: list[Token], names: Names) -> list[Token] | None:
    """Return the letter of a sample of data, nothing if it is all of them; None if it is no data."""
    meant = names.find_quietly(inside[0].text) if inside and inside[0].kind == "word" else None
    if not isinstance(meant, Name) or meant.name not in names.inputs or meant.name not in names.batched:
        return None
    letters = [token for token in inside[1:] if token.kind == "word"]
    rest = {token.kind for token in inside[1:]} - {"_", "^", "{", "}", "(", ")", "word"}
    runs = all(token.text in INDICES and len(token.text) == 1 for token in letters)
    return letters if not rest and runs and len(letters) < 2 else None
