"""Formulas set as mathematics for a browser: a tree written as MathML, which needs no script and no network.

What needs brackets is the same as in LaTeX, because fractions and exponents are set in the same way.
"""

import re
from collections.abc import Sequence
from html import escape

from gradcheck.formula.language.tree import (
    ON_PAPER,
    Binary,
    Call,
    Coefficient,
    Derivative,
    Differential,
    Each,
    Entry,
    Index,
    Listed,
    Name,
    Negative,
    Number,
    Place,
    Transpose,
    Tree,
)
from gradcheck.formula.language.writing import GREEK, latex

TIMES = "\u2062"
"""A multiplication that is not seen."""
_SIGNS = {"*": TIMES, " ": TIMES, "@": TIMES, "⊙": "⊙", "-": "−", ">=": "≥", "<=": "≤"}
_LETTERS = {"sigmoid": "σ", "sigma": "σ", "relu": "ReLU"}


def mathml(lines: Sequence[Sequence[Tree]]) -> str:
    """Return statements, each a chain of equal formulas, one under the other."""
    rows = "".join(f"<mtr><mtd>{_row(_joined(line))}</mtd></mtr>" for line in lines)
    return f'<math display="block"><mtable displaystyle="true" columnalign="left">{rows}</mtable></math>'


def _joined(line: Sequence[Tree]) -> str:
    return "<mo>=</mo>".join(written(member) for member in line)


def written(tree: Tree, strength: int = 0) -> str:
    """Return a formula, in brackets if what stands around it binds more strongly."""
    bare = _bare(tree)
    return bare if latex.strength(tree) >= strength else _in_brackets(bare)


def _bare(tree: Tree) -> str:
    match tree:
        case Number(value=value):
            whole = f"<mn>{abs(value.numerator)}</mn>"
            size = whole if value.denominator == 1 else _over(whole, f"<mn>{value.denominator}</mn>")
            return _row(_sign("−"), size) if value < 0 else size
        case Name(name=name):
            return _name(ON_PAPER.get(name, name))
        case Derivative(of=of, by=by):
            return _over(_row(_sign("∂"), _name(of)), _row(_sign("∂"), _name(by)))
        case Negative(inner=inner):
            return _row(_sign("−"), written(inner, 2))
        case Transpose(inner=inner):
            return _raised(inner, _sign("⊤"))
        case Index(array=array, at=at):
            return _row(written(array, 5), _sign("["), written(at), _sign("]"))
        case Entry(array=array, letters=letters):
            return f"<msub>{written(array, 5)}{_row(*(f'<mi>{escape(letter[0])}</mi>' for letter in letters))}</msub>"
        case Differential(name=name):
            return _row("<mi>d</mi>", written(Name(name), 6))
        case Place(letter=letter):
            return f"<mi>{escape(letter[0])}</mi>"
        case Coefficient(body=body) | Listed(body=body):
            return written(body, 0)
        case Each(letter=letter, body=body):
            return _row(f"<munder><mo>∑</mo><mi>{escape(letter)}</mi></munder>", written(body, 2))
        case Binary():
            return _binary(tree)
        case Call():
            return _call(tree)
    return ""


def _binary(tree: Binary) -> str:
    left, right, operator = tree.left, tree.right, tree.operator
    if operator == "/":
        return _over(written(left), written(right))
    if operator == "^":
        return _raised(left, _row(written(right)))
    strength = latex.strength(tree)
    sign = "·" if isinstance(right, Number) and _SIGNS.get(operator) == TIMES else _SIGNS.get(operator, operator)
    return _row(written(left, strength), _sign(sign), written(right, strength + (operator not in "+>=<=")))


def _raised(tree: Tree, above: str) -> str:
    """Return a formula with something at its upper right; over its index, if it is a name that has one."""
    base, index = _base_and_index(tree.name) if isinstance(tree, Name) else ("", "")
    return f"<msubsup>{base}{index}{above}</msubsup>" if index else f"<msup>{written(tree, 5)}{above}</msup>"


def _call(tree: Call) -> str:
    inner = "<mo>,</mo>".join(written(argument) for argument in tree.arguments)
    if tree.function == "sqrt" and not tree.primes:
        return f"<msqrt>{inner}</msqrt>"
    if tree.function == "sum" and tree.axis is None:
        return _row(_sign("∑"), written(tree.arguments[0], 2))
    name = f"<mi>{escape(_LETTERS.get(tree.function, tree.function.replace('_', '-')))}</mi>"
    if tree.primes:
        name = f"<msup>{name}<mo>{'′' * tree.primes}</mo></msup>"
    if tree.axis is not None:
        name = f"<msub>{name}<mtext>axis {tree.axis}</mtext></msub>"
    return _row(name, "<mo>&#x2061;</mo>", _in_brackets(inner))


def _name(name: str) -> str:
    """Return a name with its number set as an index."""
    base, index = _base_and_index(name)
    return f"<msub>{base}{index}</msub>" if index else base


def _base_and_index(name: str) -> tuple[str, str]:
    """Return the letter of a name and its index, both set; an empty index if there is none."""
    split = re.fullmatch(r"([A-Za-z]+?)_?(\d+|(?<=_)[A-Za-z]\w*)?", name)
    base, index = (split[1], split[2] or "") if split else (name, "")
    letter = base.removesuffix("hat") or base
    shown = f"<mi>{escape(GREEK.get(letter, letter))}</mi>"
    shown = shown if letter == base else f"<mover>{shown}<mo>^</mo></mover>"
    return shown, f"<mi>{escape(index)}</mi>" if index else ""


def _sign(sign: str) -> str:
    return f"<mo>{escape(sign)}</mo>"


def _row(*parts: str) -> str:
    return f"<mrow>{''.join(parts)}</mrow>"


def _over(above: str, below: str) -> str:
    return f"<mfrac>{_row(above)}{_row(below)}</mfrac>"


def _in_brackets(inner: str) -> str:
    return _row(_sign("("), inner, _sign(")"))
