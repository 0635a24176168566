"""The samples that are kept are what is made today, and every view of a kept record is the kept view."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from gradcheck import report, run
from gradcheck.report import selftest
from gradcheck.selftest import Matrix
from tests.report.kept import FAILING, FORMS, HOME, PASSING, PLANTED, formula, result

FEW = 30
"""How many networks of the run that passes are judged again."""
AGAIN = ("mean-for-sum", "gate-includes-zero", "softmax-diagonal-only")
"""The mistakes that are planted again."""
NUMBER = re.compile(r"[-+]?\d+(\.\d+)?(e[-+]?\d+)?")


def alike(new: Any, kept: Any, path: str = "") -> None:
    """Compare two records: words exactly, numbers as far as two machines can agree on them."""
    if isinstance(kept, dict):
        assert new.keys() == kept.keys(), path
        for name in kept.keys() - {"versions"}:
            alike(new[name], kept[name], f"{path}.{name}")
    elif isinstance(kept, list):
        assert len(new) == len(kept), path
        for index, (one, other) in enumerate(zip(new, kept, strict=True)):
            alike(one, other, f"{path}[{index}]")
    elif isinstance(kept, float) and "margin" in path and max(new, kept) < 0.1:
        pass  # far inside of its bar an error is rounding, and every machine rounds in its own way
    elif isinstance(kept, float) and re.search(r"bar|margin|sensitivity|slopes|taken", path):
        assert 0.01 <= (new + 1e-30) / (kept + 1e-30) <= 100.0, path
    elif isinstance(kept, float):
        assert new == pytest.approx(kept, rel=1e-6), path
    else:
        assert new == kept, path


def loosely(text: str) -> list[str]:
    """What is written, without the numbers that are rounding noise, and without the spaces that align them."""
    return NUMBER.sub("N", text).split()


def test_the_run_that_fails_is_what_a_run_makes_today() -> None:
    kept = report.decode((FAILING / "run.json").read_text())
    new = run.run(seed=kept.seed, planted=PLANTED)
    alike(json.loads(report.encode(new)), json.loads((FAILING / "run.json").read_text()))


def test_the_run_that_passes_judges_the_same_networks_today() -> None:
    kept = report.decode((PASSING / "run.json").read_text())
    again = run.run(seed=kept.seed, cases=FEW)
    assert (kept.verdict, kept.cases, kept.verdicts["agrees"]) == ("agrees", run.CASES, run.CASES)
    assert len(kept.closeness.calls) == 20
    visited = kept.coverage.kinds
    assert all(cases <= visited[kind] for kind, cases in again.coverage.kinds.items())
    for new, old in zip(again.closeness.margins, kept.closeness.margins, strict=False):
        assert max(new, old) < 0.05 or 0.05 <= new / old <= 20.0


def test_the_self_test_says_the_same_today() -> None:
    kept = selftest.decode((PASSING / selftest.RECORD).read_text())
    assert kept.passed
    rows = {(own.mistake, own.layer): own for own in kept.kills}
    for own in Matrix().go(AGAIN).kills:
        assert replace(own, peers={}) == replace(rows[own.mistake, own.layer], peers={})
    assert report.decode((PASSING / "run.json").read_text()).selftest == kept


@pytest.mark.parametrize("folder", [FAILING, PASSING], ids=["failing", "passing"])
@pytest.mark.parametrize("name", report.FILES)
def test_every_view_of_a_kept_record_is_kept(folder: Any, name: str) -> None:
    kept = report.decode((folder / "run.json").read_text())
    assert report.FILES[name](kept) == (folder / name).read_text()


def test_a_result_is_shown_as_it_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HOME.parents[1])  # the file with the guilty line is named from there
    made = result()
    for name, render in FORMS.items():
        assert loosely(render(made)) == loosely((HOME / "result" / name).read_text()), name


def test_a_formula_is_shown_as_it_is_kept() -> None:
    assert formula() == (HOME / "formula" / "index.html").read_text()
