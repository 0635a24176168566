"""The self-test: the catalogue is planted into the reference, to see what a check is worth."""

from gradcheck.selftest.matrix import Matrix, Progress

__all__ = ["Matrix", "Progress"]
