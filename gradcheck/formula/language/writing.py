"""Formulas on paper: a tree written as LaTeX, as plain text, in Unicode, or as NumPy.

Each of the four is a small table of how its signs look; what needs brackets is the same for all of them.
"""

import re
from dataclasses import dataclass
from fractions import Fraction

from gradcheck.formula.language.functions import ELEMENTWISE
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

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ",
    "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ",
    "tau": "τ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Delta": "Δ", "Phi": "Φ", "Sigma": "Σ", "Theta": "Θ",
    "Gamma": "Γ", "Lambda": "Λ", "Omega": "Ω", "Psi": "Ψ", "Pi": "Π", "Xi": "Ξ",
    "upsilon": "υ",
}  # fmt: skip
"""Greek letters by their names."""
STYLES = ("latex", "plain", "unicode", "numpy")
"""The ways to write a formula."""
_STRENGTH = {"+": 1, "-": 1, ">": 0, "<": 0, ">=": 0, "<=": 0, "*": 2, "/": 2, "@": 2, "⊙": 2, "⊗": 2, " ": 2, "^": 4}
_SIGNS = {
    "latex": {
        "*": r" \, ",
        " ": r" \, ",
        "⊙": r" \odot ",
        "⊗": r" \otimes ",
        "@": r" \, ",
        ">=": r" \ge ",
        "<=": r" \le ",
    },
    "plain": {"⊗": " ⊗ ", "*": "*", " ": " * ", "⊙": " ⊙ ", "@": " @ "},
    "unicode": {"⊗": " ⊗ ", "*": "·", " ": " · ", "⊙": " ⊙ ", "@": " "},
    "numpy": {"⊗": " ⊗ ", "*": "*", " ": " * ", "⊙": " * ", "@": " @ "},
}
_LOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


@dataclass(frozen=True)
class Writer:
    """Writes trees in one style."""

    style: str

    def __call__(self, tree: Tree) -> str:
        """Return a tree as text."""
        return self.write(tree, 0)

    def write(self, tree: Tree, strength: int) -> str:
        """Return a tree as text, in brackets if what stands around it binds more strongly."""
        own = self.strength(tree)
        text = self.bare(tree)
        if own >= strength:
            return text
        return rf"\left({text}\right)" if self.style == "latex" else f"({text})"

    def strength(self, tree: Tree) -> int:
        """Return how strongly a tree holds together."""
        match tree:
            case Binary(operator="/") if self.style == "latex":
                return 5
            case Binary(operator=operator):
                return _STRENGTH[operator]
            case Negative():
                return 1
            case Number(value=value) if value < 0 or value.denominator != 1:
                return 5 if self.style == "latex" and value > 0 else 1 if value < 0 else 2
            case Each():
                return 1
            case Coefficient(body=body) | Listed(body=body):
                return self.strength(body)
        return 6

    def bare(self, tree: Tree) -> str:
        """Return a tree as text, without brackets around it."""
        match tree:
            case Number(value=value):
                return self.number(value)
            case Name(name=name):
                return self.name(ON_PAPER.get(name, name))
            case Derivative(of=of, by=by):
                return self.derivative(of, by)
            case Differential(name=name):
                return f"d{self.name(name)}" if self.style != "latex" else rf"\mathrm{{d}}{self.name(name)}"
            case Coefficient(body=body):
                return self.bare(body)
            case Negative(inner=inner):
                return "-" + self.write(inner, 2)
            case Transpose(inner=inner):
                own = self.write(inner, 5)
                marked = self.style == "latex" and isinstance(inner, Entry | Transpose)
                return (f"{{{own}}}" if marked else own) + {"latex": "^{\\top}", "unicode": "ᵀ"}.get(self.style, ".T")
            case Index(array=array, at=at):
                return f"{self.write(array, 5)}[{self.write(at, 0)}]"
            case Entry(array=array, letters=letters):
                whole, marks = self.write(array, 5), "".join(letter[0] for letter in letters)
                numbered = isinstance(array, Name) and whole.endswith("}") and "_{" in whole
                return f"{whole[:-1]},{marks}}}" if numbered else f"{whole}_{{{marks}}}"
            case Place(letter=letter):
                return letter[0]
            case Listed(body=body):
                return self.bare(body)
            case Each(letter=letter, body=body):
                return f"{chr(92) + 'sum' if self.style == 'latex' else 'sum'}_{{{letter}}} {self.write(body, 2)}"
            case Binary():
                return self.binary(tree)
            case Call():
                return self.call(tree)
        return ""

    def number(self, value: Fraction) -> str:
        """Return a number: a fraction as one, anything longer in digits."""
        if value.denominator == 1:
            return str(value.numerator)
        if value.denominator > 100:
            return f"{float(value):.6g}"
        if self.style == "latex":
            sign = "-" if value < 0 else ""
            return rf"{sign}\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"
        return f"{value.numerator}/{value.denominator}"

    def name(self, name: str) -> str:
        """Return a name with its number set as an index."""
        split = re.fullmatch(r"([A-Za-z]+?)_?(\d+|(?<=_)[A-Za-z]\w*)?", name)
        base, index = (split[1], split[2] or "") if split else (name, "")
        if self.style == "latex":
            hat = base.endswith("hat") and len(base) > 3
            base = base.removesuffix("hat") if hat else base
            shown = rf"\{base}" if base in GREEK else base if len(base) == 1 else rf"\mathrm{{{base}}}"
            shown = rf"\hat{{{shown}}}" if hat else shown
            return f"{shown}_{{{index}}}" if index else shown
        if self.style == "unicode":
            return GREEK.get(base, base) + (index.translate(_LOW) if index.isdigit() else f"_{index}" if index else "")
        return name

    def derivative(self, of: str, by: str) -> str:
        """Return dA/dB."""
        above, below = self.name(of), self.name(by)
        if self.style == "latex":
            return rf"\frac{{\partial {above}}}{{\partial {below}}}"
        return f"∂{above}/∂{below}" if self.style == "unicode" else f"d{above}/d{below}"

    def binary(self, tree: Binary) -> str:
        """Return two parts and the sign between them."""
        strength = _STRENGTH[tree.operator]
        if tree.operator == "/" and self.style == "latex":
            return rf"\frac{{{self.write(tree.left, 0)}}}{{{self.write(tree.right, 0)}}}"
        if tree.operator == "^":
            exponent = self.write(tree.right, 5)
            raised = {"latex": f"^{{{self.write(tree.right, 0)}}}", "numpy": f"**{exponent}"}
            return self.write(tree.left, 5) + raised.get(self.style, f"^{exponent}")
        sign = _SIGNS[self.style].get(tree.operator, f" {tree.operator} " if strength < 2 else tree.operator)
        later = strength + (1 if tree.operator in "-/@*⊙ " else 0)
        return self.write(tree.left, strength) + sign + self.write(tree.right, later)

    def call(self, tree: Call) -> str:
        """Return a function of its arguments."""
        inner = ", ".join(self.write(argument, 0) for argument in tree.arguments)
        options = "" if tree.axis is None else f", axis={tree.axis}"
        options += ", keepdims=True" if tree.keepdims else ""
        known = ELEMENTWISE.get(tree.function)
        name = tree.function
        if self.style == "latex":
            name = known.latex if known else rf"\mathrm{{{name.replace('_', '-')}}}"
        elif self.style == "unicode" and name in ("sigmoid", "sigma"):
            name = "σ"
        return f"{name}{chr(39) * tree.primes}({inner}{options})"


latex, plain, unicode, numpy = (Writer(style) for style in STYLES)
