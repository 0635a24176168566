"""The catalogue of mistakes people make in gradients derived by hand, family by family.

To add one, add an entry to the file of its family: it is planted, found, shrunk, recognised and explained from then on.
"""

from gradcheck.errors import UnknownName
from gradcheck.mistakes.activations import ACTIVATION_MISTAKES
from gradcheck.mistakes.affine import AFFINE_MISTAKES
from gradcheck.mistakes.attention import ATTENTION_MISTAKES
from gradcheck.mistakes.blocks import BLOCK_MISTAKES
from gradcheck.mistakes.joins import JOIN_MISTAKES
from gradcheck.mistakes.likelihoods import LIKELIHOOD_MISTAKES
from gradcheck.mistakes.losses import LOSS_MISTAKES
from gradcheck.mistakes.margins import MARGIN_MISTAKES
from gradcheck.mistakes.mistake import Closed, LayerMistake, Mistake, RouteMistake
from gradcheck.mistakes.norms import NORM_MISTAKES
from gradcheck.mistakes.rectifiers import RECTIFIER_MISTAKES
from gradcheck.mistakes.recurrent import RECURRENT_MISTAKES
from gradcheck.mistakes.routes import ROUTE_MISTAKES
from gradcheck.mistakes.sequences import SEQUENCE_MISTAKES
from gradcheck.mistakes.shaping import SHAPING_MISTAKES
from gradcheck.mistakes.softmaxes import SOFTMAX_MISTAKES
from gradcheck.mistakes.space import SPACE_MISTAKES

FAMILIES: dict[str, tuple[Mistake, ...]] = {
    "affine layers": AFFINE_MISTAKES,
    "activations": ACTIVATION_MISTAKES,
    "rectifiers": RECTIFIER_MISTAKES,
    "softmax": SOFTMAX_MISTAKES,
    "joins and dropout": JOIN_MISTAKES,
    "routes": ROUTE_MISTAKES,
    "losses and penalties": LOSS_MISTAKES,
    "cross-entropies": LIKELIHOOD_MISTAKES,
    "margins and directions": MARGIN_MISTAKES,
    "normalisation": NORM_MISTAKES,
    "convolution and pooling": SPACE_MISTAKES,
    "shaping": SHAPING_MISTAKES,
    "embeddings, positions, gates": SEQUENCE_MISTAKES,
    "attention": ATTENTION_MISTAKES,
    "transformer blocks": BLOCK_MISTAKES,
    "recurrence": RECURRENT_MISTAKES,
}
"""The mistakes, family by family, in the order in which the layers are taught."""

CATALOGUE: dict[str, Mistake] = {mistake.id: mistake for family in FAMILIES.values() for mistake in family}
"""Every mistake by its id."""


def find(id: str) -> Mistake:  # noqa: A002 - the catalogue's own word
    """Return a mistake by its id. Raises UnknownName, with the nearest match, if there is none."""
    if id not in CATALOGUE:
        raise UnknownName("mistake", id, CATALOGUE)
    return CATALOGUE[id]


__all__ = ["CATALOGUE", "FAMILIES", "Closed", "LayerMistake", "Mistake", "RouteMistake", "find"]
