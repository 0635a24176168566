"""A test over generated inputs: what is to be judged, and on one line what its inputs are.

    @generated("x=3x4 W=4x2 b=2")
    def test_affine(x, W, b):
        return check_vjp(forward, backward, x, W, b)

The inputs are drawn by Hypothesis, and the test fails with the page of the smallest at which something is wrong.
"""

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from gradcheck.discover.forms import Form
from gradcheck.discover.given import read
from gradcheck.op import Array
from gradcheck.records import Result


def generated(
    inputs: str, *, examples: int = 100, seed: int = 0
) -> Callable[[Callable[..., Result]], Callable[[], None]]:
    """Return a decorator that runs a test for many inputs, and verifies the result at the smallest wrong ones.

    ``inputs`` is a line as ``gradcheck check --inputs`` takes it; the test takes them by name and returns a result.
    Raises GradcheckError if the line cannot be read.
    """
    chosen = read(inputs)

    def decorate(test: Callable[..., Result]) -> Callable[[], None]:
        def run() -> None:
            __tracebackhide__ = True
            from gradcheck.generate import falsify, together
            from gradcheck.search import told

            strategy = together({name: _strategy(form) for name, form in chosen.items()})
            told(falsify(strategy, lambda drawn: test(**_plain(chosen, drawn)), examples, seed)).verify()

        functools.update_wrapper(run, test)  # so that a failure is shown at the test
        run.__signature__ = inspect.Signature()  # type: ignore[attr-defined] # and the inputs are no fixtures
        return run

    return decorate


def _plain(chosen: Mapping[str, Form], drawn: Mapping[str, Array]) -> dict[str, Any]:
    """Return inputs as a function wants them: numbers where they were said to be scalars."""
    return {
        name: float(own) if not chosen[name].axes and chosen[name].kind != "value" else own
        for name, own in drawn.items()
    }


def _strategy(form: Form) -> Any:
    """Return the strategy that draws a form."""
    from gradcheck import generate

    shape, numbers = form.sized({}), {"real": "ordinary", "positive": "positive", "unit": "positive"}
    if form.kind in numbers:
        drawn = generate.arrays(shape, regime=numbers[form.kind])
        return drawn.map(lambda own: own / (own + 1.0)) if form.kind == "unit" else drawn
    if form.kind == "binary":
        return generate.masks(shape)
    if form.kind == "value":
        return generate.together({}).map(lambda _: form.value)
    labels = generate.labels(shape[0], classes=form.value or shape[-1])
    return labels if form.kind == "labels" else labels.map(lambda own: np.eye(shape[-1])[own])
