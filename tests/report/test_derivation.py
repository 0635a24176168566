"""The derivations that ``gradcheck explain`` prints."""

import sys

import pytest

from gradcheck.errors import UnknownName
from gradcheck.report.derivation import DERIVED, WIDTH, derivation


@pytest.mark.parametrize("word", DERIVED)
def test_every_layer_has_a_derivation_that_fits_a_terminal(word: str) -> None:
    text = derivation(word)
    assert text.startswith(f"{word}   (gradcheck/reference/")
    assert " = " in text or "<-" in text
    *lines, usage = text.splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert usage.startswith("in an architecture: ") or len(usage) <= WIDTH


def test_what_is_broken_anew_says_the_same() -> None:
    for word, own in DERIVED.items():
        said = "".join((sys.modules[own.__module__].__doc__ or "").split() + (own.__doc__ or "").split())
        assert said in "".join(derivation(word).split())


def test_a_derivation_says_how_the_layer_is_named_in_an_architecture() -> None:
    assert derivation("conv2d").endswith("conv2d:CHANNELS,KERNEL,stride=1,padding=0,dilation=1,groups=1")
    assert "r (dz_k - mean(dz) - z_k mean(dz z))" in derivation("layer-norm")


def test_an_unknown_layer_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'layer-norm'"):
        derivation("layernorm")
