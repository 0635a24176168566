"""Letters that a terminal lacks are spelled in those that it has: ∂ as d, ᵀ as ^T, γ as gamma."""

import codecs

SPELLED = {
    "∂": "d", "∇": "nabla ", "ᵀ": "^T", "⊤": "^T", "·": "*", "⊙": "*", "−": "-", "√": "sqrt", "Σ": "sum", "∑": "sum",
    "≤": "<=", "≥": ">=", "≠": "!=", "→": "->", "…": "...", "’": "'", "′": "'", "\u0302": "hat",
}  # fmt: skip
"""Signs of mathematics, and what stands for them in plain text."""
LOWERED, RAISED = "₀₁₂₃₄₅₆₇₈₉", "⁰¹²³⁴⁵⁶⁷⁸⁹"


def register() -> str:
    """Return the name under which the encodings of Python know this."""
    codecs.register_error("spelled", _spelled)
    return "spelled"


def _spelled(error: UnicodeError) -> tuple[str, int]:
    """Return what to write for letters that an encoding lacks; a question mark for those that nobody can spell."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    from gradcheck.formula.language.writing import GREEK  # only now does anybody need it

    known = {letter: name for name, letter in GREEK.items()} | SPELLED
    known |= {letter: str(number) for number, letter in enumerate(LOWERED)}
    known |= {letter: f"^{number}" for number, letter in enumerate(RAISED)}
    return "".join(known.get(letter, "?") for letter in error.object[error.start : error.end]), error.end
