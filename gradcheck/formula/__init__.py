"""Formulas derived by hand: read, judged, explained.

A problem is a forward pass (``posed``); a formula is what somebody says one of its derivatives is. ``text`` turns it
into a tree of the ``language``, whose calculus derives the truth from the problem; ``chains`` judges chains of
derivatives by their routes, ``claims`` everything else by its value; ``diagnose`` finds what went wrong.
"""

from gradcheck.formula.derivation import Derivation, derive
from gradcheck.formula.judgement import Judgement, Slip
from gradcheck.formula.judging import check_formula
from gradcheck.formula.posed.problem import IllPosed, Problem, built_in

__all__ = ["Derivation", "IllPosed", "Judgement", "Problem", "Slip", "built_in", "check_formula", "derive"]
