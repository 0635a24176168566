"""Formulas derived by hand: read, judged, explained.

A problem is a forward pass; a formula is what somebody says one of its derivatives is. ``tokens``, ``names`` and
``parser`` turn the text into a tree; ``calculus`` derives the truth from the problem; ``leibniz`` judges chains of
derivatives by their routes, ``closed`` everything else by its value; ``slips`` and ``edits`` find what went wrong.
"""

from gradcheck.formula.derivation import Derivation, derive
from gradcheck.formula.judgement import Judgement, Slip
from gradcheck.formula.judging import check_formula
from gradcheck.formula.problem import IllPosed, Problem, built_in

__all__ = ["Derivation", "IllPosed", "Judgement", "Problem", "Slip", "built_in", "check_formula", "derive"]
