"""Architectures and cases: the text form, the network it stands for, and the weights that fill it.

Everything here is decided by the text alone, so a case reads, and runs, the same on any machine.
"""

from gradcheck.architecture.plan import Plan, plan
from gradcheck.architecture.text import Architecture, Fork, Layer, Skip, parse_case
from gradcheck.architecture.weights import REGIMES

__all__ = ["REGIMES", "Architecture", "Fork", "Layer", "Plan", "Skip", "parse_case", "plan"]
