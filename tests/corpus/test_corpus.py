"""Nothing is missed and nobody is accused: every specimen of the corpus gets the verdict it deserves."""

import numpy as np
import pytest

import gradcheck
from gradcheck import Verdict
from gradcheck.stages.testimony import undiagnosed
from tests.corpus.functions import Function, functions
from tests.corpus.specimens import Specimen, right, wrong

# Some functions leave their domain when they are differenced, and say so.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def verdict(specimen: Specimen) -> Verdict:
    """The verdict alone: what went wrong in these two thousand is not asked."""
    with undiagnosed():
        return gradcheck.check_gradient(specimen.f, specimen.grad, *specimen.args).verdict


@pytest.mark.parametrize("own", functions(7), ids=lambda own: own.name)
def test_the_truth_is_independent_and_confirms_the_gradients(own: Function) -> None:
    claimed = [np.asarray(gradient) for gradient in own.grad(*own.args) if gradient is not None]
    for gradient, truth in zip(claimed, own.truth(), strict=True):
        np.testing.assert_allclose(gradient, truth, rtol=1e-9, atol=1e-11 * np.abs(truth).max())


@pytest.mark.parametrize("specimen", right(), ids=lambda specimen: specimen.name)
def test_a_right_gradient_is_not_accused(specimen: Specimen) -> None:
    assert verdict(specimen) is Verdict.AGREES


@pytest.mark.parametrize("specimen", wrong(), ids=lambda specimen: specimen.name)
def test_a_wrong_gradient_is_not_missed(specimen: Specimen) -> None:
    assert verdict(specimen) in (Verdict.DIFFERS, Verdict.BROKEN)


def test_the_corpus_is_large_enough_to_mean_something() -> None:
    assert len(right()) >= 150
    assert len(wrong()) >= 200
