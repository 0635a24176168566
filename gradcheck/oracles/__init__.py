"""Independent ways to the same derivative. Each answers with a value *and its own error bar*, and sees no claim."""

from gradcheck.oracles.complex_step import ComplexStep
from gradcheck.oracles.differences import Differences
from gradcheck.oracles.memory import keep_what_is_freed
from gradcheck.oracles.oracle import Oracle
from gradcheck.oracles.pytorch import PyTorch

keep_what_is_freed()

ORACLES: tuple[Oracle, ...] = (Differences(), ComplexStep(), PyTorch())
"""Every oracle, the most general first."""

__all__ = ["ORACLES", "ComplexStep", "Differences", "Oracle", "PyTorch"]
