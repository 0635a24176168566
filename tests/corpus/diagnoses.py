"""How often a diagnosis is right: every mistake of the catalogue everywhere, and mistakes that are in no catalogue."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import gradcheck
from gradcheck.check import examine
from gradcheck.mistakes import CATALOGUE, LayerMistake, Mistake
from gradcheck.op import in_words
from gradcheck.records import Result, Verdict
from gradcheck.selftest.places import Trial, applies, drawn, kinds, smallest
from tests.corpus.functions import Array, Function, functions
from tests.corpus.invented import invented

TRIED = 60
Place = tuple[Mistake, str]


def places() -> list[Place]:
    """Every mistake in every kind of layer where it changes anything."""
    return [
        (mistake, kind)
        for mistake in CATALOGUE.values()
        for kind in kinds(mistake)
        if not (isinstance(mistake, LayerMistake) and kind in map(in_words, mistake.harmless))
    ]


def named(place: Place) -> tuple[str, str]:
    """What a diagnosis makes of a mistake in a drawn network, and in the smallest one that shows it."""
    mistake, kind = place
    small = (own for own in smallest(kind) if applies(mistake, own))
    some = (own for own in drawn(kind, 1, 2, TRIED) if applies(mistake, own))
    return _first(mistake, some), _first(mistake, small)


def _first(mistake: Mistake, trials: object) -> str:
    """What is said where it is first noticed."""
    for trial in trials:  # type: ignore[attr-defined] # trials
        said = planted(mistake, trial)
        if said.findings:
            return verdict(mistake.id, said)
    return "unseen"


def planted(mistake: Mistake, trial: Trial) -> Result:
    """Judge a network with a mistake."""
    with np.errstate(all="ignore"):
        return examine(trial.point(mistake.plant(trial.network)), trial.text)


def verdict(mistake: str, result: Result) -> str:
    """``named``, ``tie``, ``none``, or ``wrong``."""
    said = {own.mistake for finding in result.findings for own in finding.diagnoses}
    if mistake in said:
        return "named" if said == {mistake} else "tie"
    return "wrong" if said else "none"


def strangers(count: int, seed: int = 17) -> Counter[str]:
    """What is said about mistakes that are in no catalogue."""
    return Counter(verdict("", planted(mistake, trial)) for mistake, trial in invented(count, seed))


Change = Callable[[Array], Array]

RELATED: dict[str, tuple[Change, str]] = {
    "gradient-negated": (lambda gradient: -gradient, "sign-wrong"),
    "gradient-doubled": (lambda gradient: 2.0 * gradient, "constant-wrong"),
    "gradient-halved": (lambda gradient: 0.5 * gradient, "constant-wrong"),
}
"""Relations that are a factor: how it comes in, and what the slip is called where that can be read."""


def unreadable(function: Any) -> Any:
    """Return a function whose source nobody can read, so that there are only its numbers to go by."""
    function.__code__ = function.__code__.replace(co_filename="<nowhere>")
    return function


@unreadable
def perturbed(gradient: Array) -> Array:
    """Every entry times a number of its own."""
    return gradient * np.random.default_rng(3).uniform(0.3, 1.7, gradient.shape)


def off(own: Function, change: Change, read: Callable[[Any], Any] = unreadable) -> Result:
    """Judge a function with one gradient off; who made it so can be read, or, if nothing else is said, not."""

    def grad(first: Array, *others: Array) -> tuple[Array | None, ...]:
        gradient, *beside = own.grad(first, *others)
        return None if gradient is None else change(gradient), *beside

    return gradcheck.check_gradient(own.f, read(grad), *own.args)


def unknown() -> dict[str, Counter[str]]:
    """What is said about code of which only numbers are known, and about the same code where it can be read.

    The right gradients of the corpus can always be read, and a constant in them could make up for the factor.
    """
    told = {
        name: Counter[str]() for name in ("factors, in unknown code", "factors, in code", "no factor, in unknown code")
    }
    with np.errstate(all="ignore"):
        wrong = [own for own in functions(7) if off(own, np.negative).verdict is Verdict.DIFFERS]
        for own in wrong:
            for name, (change, slip) in RELATED.items():
                told["factors, in unknown code"][verdict(name, off(own, change))] += 1
                told["factors, in code"][placed({name, slip}, off(own, change, read=lambda grad: grad))] += 1
            told["no factor, in unknown code"][verdict("", off(own, perturbed))] += 1
    return told


def placed(names: set[str], result: Result) -> str:
    """``named`` if it is called by one of some names and found where it was planted, which is here; else as ``verdict``."""
    said = {own.mistake for finding in result.findings for own in finding.diagnoses}
    files = {Path(finding.place.file).name for finding in result.findings if finding.place}
    if said and said <= names and files <= {Path(__file__).name}:
        return "named"
    return verdict("", result)
