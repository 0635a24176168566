"""The views of a run: pure functions of the record, and a kept sample that says when one of them changes."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gradcheck import report, run
from gradcheck.architecture.vocabulary import LAYERS, LOSSES
from gradcheck.errors import GradcheckError
from gradcheck.records import Coverage, Entry, Run, Verdict
from gradcheck.records.closeness import Closeness
from gradcheck.report import words
from tests.report.kept import FAILING


@pytest.fixture(scope="module")
def sample() -> Run:
    return report.decode((FAILING / "run.json").read_text())


@pytest.fixture(scope="module")
def green() -> Run:
    return run.run(cases=20)


def empty(**changes: Any) -> Run:
    """A run in which nothing happened, but for the changes."""
    blank: dict[str, Any] = {
        "verdict": Verdict.UNDECIDED, "seed": 0, "planted": "", "layers": (), "stopped": "completed",
        "cases": 0, "draws": 0,
        "entries": 0, "verdicts": {}, "closeness": Closeness(), "coverage": Coverage({}, {}, {}, {}, 0, 0, 0, ()),
        "counterexamples": (), "undecided": (), "versions": {},
    }  # fmt: skip
    return Run(**(blank | changes))


def test_a_record_reads_back(sample: Run, green: Run) -> None:
    for record in (sample, green):
        assert report.decode(report.encode(record)) == record


def test_every_record_satisfies_the_schema(sample: Run, green: Run) -> None:
    schema = json.loads(report.schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    for record in (sample, green, empty()):
        jsonschema.validate(json.loads(report.encode(record)), schema)
    broken = json.loads(report.encode(green)) | {"seed": "three"}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, schema)


@pytest.mark.parametrize("text", ["", "{}", "[1]", "no json"])
def test_what_is_no_record_is_refused(text: str) -> None:
    with pytest.raises(GradcheckError, match="not the record of a run"):
        report.decode(text)


def test_a_record_of_another_version_is_refused(green: Run) -> None:
    other = report.encode(green).replace("gradcheck.run/2", "gradcheck.run/99")
    with pytest.raises(GradcheckError, match=r"format 'gradcheck.run/99'"):
        report.decode(other)


class Links(HTMLParser):
    """Collects what a page would fetch, and checks that every tag is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag that opens."""
        self.fetched += [
            value or "" for name, value in attrs if name in ("src", "href") and not (value or "").startswith("#")
        ]
        if tag not in ("meta", "link", "br", "img"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag that is closed at once."""
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """Note a tag that closes."""
        if tag not in ("meta", "link", "br", "img"):
            assert self.open.pop() == tag


def test_the_page_needs_nothing_but_itself(sample: Run, green: Run) -> None:
    for record in (sample, green):
        links, page = Links(), report.html(record)
        links.feed(page)
        assert links.open == []
        assert links.fetched == []
        assert page.count("<script") == 1
        assert "http" not in re.sub(r'xmlns(:\w+)?="[^"]*"', "", page)
        assert len(page) < 200_000


def test_every_view_answers_what_is_wrong_and_how_to_see_it(sample: Run) -> None:
    finding = sample.counterexamples[0].result.findings[0]
    for view in (report.markdown(sample), report.summary(sample), report.html(sample).replace("&#39;", "'")):
        assert finding.diagnoses[0].says in view
        assert finding.diagnoses[0].right in view
        assert sample.counterexamples[0].result.reproduce in view
        assert "0.5000" in view


def test_a_pass_says_how_close_it_was_and_what_it_did_not_see(green: Run) -> None:
    assert green.closeness.closest is not None
    for view in (report.markdown(green), report.summary(green), report.html(green).replace("&#39;", "'")):
        assert "closest call" in view.lower()
        assert green.closeness.closest.case in view.replace("&gt;", ">")
        assert "Only 20 networks" in view
        assert "Never visited" in view


def test_a_page_has_no_room_for_markup_from_a_record() -> None:
    page = report.html(empty(planted="<script>alert(1)</script>"))
    assert page.count("<script>") == 1
    assert "alert(1)" in page


def test_a_run_of_nothing_is_still_a_page() -> None:
    assert "Nothing was checked" in report.summary(empty())
    assert "Nothing was checked" in report.html(empty())
    assert "Nothing was checked" in report.markdown(empty())


def test_files_are_written_whole(tmp_path: Path, green: Run) -> None:
    paths = report.write(green, tmp_path / "deep" / "folder")
    assert [path.name for path in paths] == list(report.FILES)
    assert {path.name for path in (tmp_path / "deep" / "folder").iterdir()} == set(report.FILES)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(GradcheckError, match=r"Cannot write to .* Choose another place with --out"):
        report.prepare(tmp_path / "file")


def shown(name: str) -> str:
    """The page of a run with a mistake planted."""
    return report.html(run.run(planted=name, seed=5))


def test_the_evidence_tells_a_wrong_gradient_from_a_wrong_check(sample: Run) -> None:
    (evidence,) = sample.counterexamples[0].evidence
    slopes, steps = evidence.slopes, evidence.steps
    assert (evidence.parameter, evidence.shape, evidence.index) == ("b1", (1,), (0,))
    assert evidence.claimed[0] == pytest.approx(evidence.expected[0] / 2)
    assert list(steps) == sorted(steps, reverse=True)
    assert min(abs(slope - evidence.expected[0]) for slope in slopes) < 1e-9
    assert min(abs(slope - evidence.claimed[0]) for slope in slopes) > 3.0


def test_a_card_shows_where_and_whether_it_is_the_check() -> None:
    page = shown("softmax-diagonal-only")
    for text in (
        "entry by entry: the deeper the colour",
        "slope at one step",
        "the same, against the claim",
        "what was allowed",
        "PyTorch, from the differences",
        "step that was taken",
        "Every gradient of this case",
        "Worked through once",
        'href="#finding-1"',
        'id="finding-1"',
    ):
        assert text in page


def test_a_page_of_many_cases_stays_small(green: Run) -> None:
    margins = tuple(0.0001 * k for k in range(10_000))
    kinds = [*LAYERS, *LOSSES]
    pairs = {f"{first} > {second}": 1 + len(first) * len(second) % 40 for first in kinds for second in kinds}
    closeness = replace(green.closeness, margins=margins)
    run = replace(green, closeness=closeness, coverage=replace(green.coverage, pairs=pairs))
    assert len(report.html(run)) < 1_000_000


def test_a_run_without_evidence_is_shown(sample: Run) -> None:
    """What is wrong need not be a number."""
    record = json.loads(report.encode(sample))
    record["counterexamples"][0]["evidence"] = []
    assert "mean-for-sum" in report.html(report.decode(json.dumps(record)))


@pytest.mark.parametrize(
    ("claimed", "written"), [(0.5, "0.5000"), (1.0 + 2e-6, "1 + 2e-06"), (1.0 - 3e-5, "1 - 3e-05"), (1.0, "1.0000")]
)
def test_a_ratio_shows_how_far_it_is_from_one(claimed: float, written: str) -> None:
    assert words.ratio(Entry((0,), claimed, 1.0, None, 1e-9)) == written


def test_a_ratio_to_what_may_be_nothing_is_not_written() -> None:
    """What is expected is shorter than its error bar."""
    assert words.ratio(Entry((0,), 1.0, 1e-15, None, 1e-12)) == "-"


def test_a_run_in_which_nothing_was_judged_is_repeated_with_no_number_of_cases(sample: Run) -> None:
    """None may be asked for."""
    nothing = replace(sample, planted="", counterexamples=(), cases=0, seed=3)
    assert words.command(nothing) == "gradcheck run --seed 3"
    assert words.command(replace(nothing, cases=2)) == "gradcheck run --seed 3 --cases 2"
