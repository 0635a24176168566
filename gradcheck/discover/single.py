"""Code that turns all that it is given into float32, and answers in it: it is given float32, and judged by that."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from gradcheck.discover.subject import Subject, Trial

SINGLE = "it computes in float32, whatever it is given, and was judged by that"
"""What is said of such code."""


@dataclass(frozen=True)
class InSingle(Subject):
    """A subject that is given float32."""

    own: Subject
    """The subject."""

    @property
    def descends(self) -> bool:
        """Whether its backward pass takes a step of descent."""
        return self.own.descends

    @property
    def module(self) -> ModuleType | None:
        """The module that the subject is from."""
        return getattr(self.own, "module", None)

    def open(self, given: Mapping[str, Any]) -> Trial:
        """Run it once at inputs in float32."""
        return self.own.open({name: _single(own) for name, own in given.items()})


def in_its_precision(subject: Subject, trial: Trial, remark: str) -> tuple[Subject, str]:
    """Return a subject that is given float32 if it answers in that even when it is given more, and what to say."""
    if not trial.single:
        return subject, remark
    return InSingle(subject.name, subject.line, subject.arguments, subject), remark or SINGLE


def _single(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _single(own) for key, own in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(_single, value))
    if isinstance(value, float):
        return np.float32(value)
    return value.astype(np.float32) if isinstance(value, np.ndarray) and value.dtype.kind == "f" else value
