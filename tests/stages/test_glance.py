"""Few entries, some of them quiet: what one look shows of each of them, and what is asked when that is too little."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradcheck import Result, Verdict, check_gradient
from gradcheck.op import Array

SIZE = 200
"""How many entries each of two parameters has."""

CODE: dict[str, Callable[[Array], Array]] = {"takes more digits": lambda x: x, "double": lambda x: np.asarray(x, float)}


def judged(code: str, seed: int, wrong: int | None = None) -> tuple[Result, int]:
    """Judge c . sqrt(1 + x^2) + (c . x)^2 / 2 + 100, with c from 1 to 1e-5; return how many values were asked as well.

    Its code cannot be continued into the complex plane. The claim for one entry is off by 1e-4.
    """
    generator, asked = np.random.default_rng(seed), []
    c = 10.0 ** generator.uniform(-5.0, 0.0, 2 * SIZE)

    def f(u: Array, v: Array) -> Any:
        asked.append(0)
        x = np.concatenate([CODE[code](u), CODE[code](v)])
        return (c * np.hypot(1.0, x)).sum() + 0.5 * (c * x).sum() ** 2 + 100.0

    def grad(u: Array, v: Array) -> tuple[Array, Array]:
        x = np.concatenate([u, v])
        g = c * x / np.hypot(1.0, x) + c * (c * x).sum()
        if wrong is not None:
            g[wrong] *= 1.0 + 1e-4
        return g[:SIZE], g[SIZE:]

    return check_gradient(f, grad, *generator.normal(size=(2, SIZE))), len(asked)


@pytest.mark.parametrize("seed", range(8))
def test_quiet_entries_among_loud_ones_are_seen_without_asking_each(seed: int) -> None:
    result, asked = judged("takes more digits", seed)
    assert result.verdict is Verdict.AGREES, result
    assert max(one.sensitivity or 1.0 for one in result.comparisons) < 2e-6
    assert asked <= SIZE


@given(st.integers(0, 2**16))
@settings(max_examples=5, deadline=None)
def test_what_no_direction_shows_is_asked_entry_by_entry(seed: int) -> None:
    result, _ = judged("double", seed)
    assert result.verdict is Verdict.AGREES, result
    assert [one.parameter for one in result.comparisons] == ["u", "v"]
    assert max(one.sensitivity or 1.0 for one in result.comparisons) < 1e-4


@pytest.mark.parametrize("code", CODE)
def test_a_quiet_entry_that_is_wrong_is_found(code: str) -> None:
    result, _ = judged(code, 1, wrong=SIZE + 7)
    assert result.verdict is Verdict.DIFFERS
    assert [entry.index for finding in result.findings for entry in finding.entries] == [(7,)]
