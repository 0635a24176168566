"""How often a diagnosis is right: every mistake of the catalogue everywhere, and mistakes that are in no catalogue."""

from collections import Counter
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


RELATED = {"gradient-negated": -1.0, "gradient-doubled": 2.0, "gradient-halved": 0.5}
"""Relations that are a factor."""


def unreadable(function: Any) -> Any:
    """Return a function whose source nobody can read, so that there are only its numbers to go by."""
    function.__code__ = function.__code__.replace(co_filename="<nowhere>")
    return function


def off(own: Function, change: float | np.random.Generator) -> Result:
    """Judge a function with one gradient off: by a factor, or entry by entry."""

    def grad(*args: Array) -> tuple[Array | None, ...]:
        found = list(own.grad(*args))
        place, first = next((place, one) for place, one in enumerate(found) if one is not None)
        found[place] = first * (
            change if isinstance(change, float) else np.random.default_rng(3).uniform(0.3, 1.7, first.shape)
        )
        return tuple(found)

    return gradcheck.check_gradient(own.f, unreadable(grad), *own.args)


def unknown() -> tuple[Counter[str], Counter[str]]:
    """What is said about code of which only numbers are known: with a factor, and with random errors."""
    told, strange = Counter[str](), Counter[str]()
    with np.errstate(all="ignore"):
        for own in functions(7):
            for name, factor in RELATED.items():
                result = off(own, factor)
                if result.verdict is Verdict.DIFFERS:
                    told[verdict(name, result)] += 1
            result = off(own, np.random.default_rng(0))
            if result.verdict is Verdict.DIFFERS:
                strange[verdict("", result)] += 1
    return told, strange
