"""A mistake explained where it can be seen: in the smallest network that shows it, with numbers for paper."""

from collections.abc import Iterator

import numpy as np

from gradcheck.architecture import parse_case, plan
from gradcheck.check import examine
from gradcheck.mistakes import LayerMistake, Mistake
from gradcheck.op import in_words
from gradcheck.records.paper import Example, Paper
from gradcheck.selftest.places import Trial, applies, kinds, smallest
from gradcheck.survey.simplify import Inputs, presentable, simplified, worked


def example(mistake: Mistake) -> Example | None:
    """Return the smallest case that shows a mistake, worked through; none if it changes nothing anywhere."""
    for trial in _trials(mistake):
        found = _names(mistake, trial, trial.inputs)
        if found:
            words, stands, _ = trial.text.partition(" weights=")
            return Example(words if stands else "", _plain(mistake, trial, found))
    return None


def _plain(mistake: Mistake, trial: Trial, found: tuple[str, ...]) -> Paper:
    """Work a trial through with the plainest numbers that leave it what it is."""
    planted = mistake.plant(trial.network)
    fit = presentable(planted, trial.inputs)

    def same(inputs: Inputs) -> bool:
        return presentable(planted, inputs) >= fit and _names(mistake, trial, inputs) == found

    return worked(planted, simplified(trial.inputs, _free(trial), same))


def _trials(mistake: Mistake) -> Iterator[Trial]:
    """Yield small places, those with two samples first: a batch of one hides half of what there is to see."""
    harmless = [in_words(layer) for layer in mistake.harmless] if isinstance(mistake, LayerMistake) else []
    places = [own for kind in kinds(mistake) if kind not in harmless for own in smallest(kind) if applies(mistake, own)]
    yield from sorted(places, key=lambda own: _samples(own) < 2)


def _samples(trial: Trial) -> int:
    first = next(iter(trial.inputs.values()))
    return first.shape[1] if first.ndim > 1 else 1


def _names(mistake: Mistake, trial: Trial, inputs: Inputs) -> tuple[str, ...]:
    """Return what a check says about the planted mistake at some inputs; nothing unless it is called by its name."""
    with np.errstate(all="ignore"):
        result = examine(trial.point(mistake.plant(trial.network), inputs), "")
    if not result.verdict.wrong:
        return ()
    said = tuple(sorted({own.mistake for finding in result.findings for own in finding.diagnoses}))
    return said if mistake.id in said else ()


def _free(trial: Trial) -> dict[str, str]:
    """Say what every input of a trial holds."""
    if " weights=" not in trial.text:
        return dict.fromkeys(trial.inputs, "real")
    return dict(plan(parse_case(trial.text).architecture).kinds)
