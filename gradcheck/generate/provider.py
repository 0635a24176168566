"""Choices that depend on the seed alone.

Hypothesis likes to choose constants that stand in the code of whoever has imported it, for they may provoke something
there. In a run that would make other networks of the same seed on another machine, or after an edit anywhere.
"""

from typing import Any

from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider


class Unaware(HypothesisProvider):
    """Chooses as Hypothesis does, but knows no constants of anybody's code."""

    def _maybe_draw_constant(self, *_: Any, **__: Any) -> None:
        """Choose none."""


UNAWARE = "gradcheck"
"""The name under which Hypothesis knows these choices, as a backend."""

AVAILABLE_PROVIDERS[UNAWARE] = f"{Unaware.__module__}.{Unaware.__qualname__}"
