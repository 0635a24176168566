"""The derivations that ``gradcheck explain`` prints."""

import pytest

from gradcheck.errors import UnknownName
from gradcheck.report.derivation import DERIVED, derivation


@pytest.mark.parametrize("word", DERIVED)
def test_every_layer_has_a_derivation_that_fits_a_terminal(word: str) -> None:
    text = derivation(word)
    assert text.startswith(f"{word}   (gradcheck/reference/")
    assert " = " in text
    assert max(map(len, text.splitlines())) <= 122


def test_a_derivation_says_how_the_layer_is_named_in_an_architecture() -> None:
    assert derivation("conv2d").endswith("conv2d:CHANNELS,KERNEL,stride=1,padding=0,dilation=1,groups=1")
    assert "r (dz_k - mean(dz) - z_k mean(dz z))" in derivation("layer-norm")


def test_an_unknown_layer_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'layer-norm'"):
        derivation("layernorm")
