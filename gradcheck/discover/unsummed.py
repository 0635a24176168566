"""A gradient of every sample for a parameter that all of them share: what is missing is that it is added up.

At one sample alone, or for a parameter of every sample's own, that would be right; nobody means these.
"""

import re
from collections.abc import Iterator

import numpy as np

from gradcheck.discover.opened import Opened
from gradcheck.discover.readings import alike
from gradcheck.discover.source import source_of
from gradcheck.discover.subject import Subject, Trial

SHARED = re.compile(r"gamma\w*|beta\w*|b\d?|bias(es)?\w*|scale|shift|gain")
"""What a parameter is called that all samples share."""


def unsummed(subject: Subject, trial: Trial) -> bool:
    """Say whether all that keeps gradients from their shapes is that some are not added up over the samples.

    A file that has products of one sample's vectors in it is written for one sample at a time.
    """
    if not isinstance(trial, Opened) or trial.raised or trial.fits:
        return False
    asked = {own.name for own in subject.arguments}
    off = [name for name in trial.judged if not alike(trial.answered[name], trial.args[name])]
    return (
        bool(off)
        and all(name not in asked or SHARED.fullmatch(name) for name in off)
        and all(_of_every_sample(trial, name) for name in off)
        and "outer(" not in source_of(getattr(subject, "module", None))
    )


def _of_every_sample(trial: Opened, name: str) -> bool:
    """Say whether a gradient has the axes of its argument, and those of samples before them."""
    own, gradient = np.shape(trial.args[name]), np.shape(trial.answered[name])
    more = len(gradient) - len(own)
    return more > 0 and gradient[more:] == own and gradient[:more] in _samples(trial, more)


def _samples(trial: Opened, many: int) -> Iterator[tuple[int, ...]]:
    """Yield the first axes of arrays that have more."""
    yield from (np.shape(own)[:many] for own in trial.args.values() if np.ndim(own) >= max(many, 2))
