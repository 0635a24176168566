"""The catalogue of mistakes people make in gradients derived by hand."""

from gradcheck.errors import UnknownName
from gradcheck.mistakes.layers import LAYER_MISTAKES
from gradcheck.mistakes.losses import LOSS_MISTAKES
from gradcheck.mistakes.mistake import Closed, LayerMistake, Mistake, RouteMistake
from gradcheck.mistakes.routes import ROUTE_MISTAKES

CATALOGUE: dict[str, Mistake] = {mistake.id: mistake for mistake in (*LAYER_MISTAKES, *LOSS_MISTAKES, *ROUTE_MISTAKES)}
"""Every mistake by its id."""


def find(id: str) -> Mistake:  # noqa: A002 - the catalogue's own word
    """Return a mistake by its id. Raises UnknownName, with the nearest match, if there is none."""
    if id not in CATALOGUE:
        raise UnknownName("mistake", id, CATALOGUE)
    return CATALOGUE[id]


__all__ = ["CATALOGUE", "Closed", "LayerMistake", "Mistake", "RouteMistake", "find"]
