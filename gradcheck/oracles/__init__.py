"""Independent ways to the same derivative. Each answers with a value *and its own error bar*, and sees no claim."""

from gradcheck.oracles.complex_step import ComplexStep
from gradcheck.oracles.differences import Differences
from gradcheck.oracles.oracle import Oracle
from gradcheck.oracles.pytorch import PyTorch

ORACLES: tuple[Oracle, ...] = (Differences(), ComplexStep(), PyTorch())
"""Every oracle, the most general first."""

__all__ = ["ORACLES", "ComplexStep", "Differences", "Oracle", "PyTorch"]
