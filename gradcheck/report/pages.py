"""The Markdown and the HTML view of a run: templates beside this file, filled with the same words.

The HTML is one page that needs no second file and no network. A script adds buttons that copy; nothing depends on it.
"""

from dataclasses import dataclass
from functools import cache

import jinja2

from gradcheck.records import Counterexample, Result, Run
from gradcheck.records.evidence import Evidence
from gradcheck.records.kills import Kill
from gradcheck.report import figures, words, worked


@dataclass(frozen=True)
class Card:
    """A finding with its figures."""

    number: int
    example: Counterexample
    drawing: str
    heats: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Family:
    """What became of the mistakes of one family, counted over the places into which they were planted."""

    name: str
    mistakes: int
    places: int
    caught: int
    named: int
    equivalent: int
    missed: int


def markdown(run: Run) -> str:
    """Write a run as Markdown, as a repository shows it."""
    return _template("REPORT.md").render(
        run=run,
        words=words,
        worked=worked,
        escape=_escape,
        families=_families(run),
        entry=words.example(run),
    )


def html(run: Run) -> str:
    """Write a run as one page."""
    margins, pairs = run.closeness.margins, run.coverage.pairs
    return _template("index.html").render(
        run=run,
        words=words,
        worked=worked,
        cards=[_card(number, example) for number, example in enumerate(run.counterexamples, start=1)],
        doubts=_doubts(run),
        histogram=figures.margins(margins, "margins") if run.closeness.calls else "",
        neighbours=figures.neighbours(pairs, "neighbours") if pairs else "",
        families=_families(run),
        entry=words.example(run),
    )


def result_html(result: Result) -> str:
    """Write one result as a fragment of a page, for a notebook: no script, and a style that leaves the rest alone."""
    return _template("result.html").render(result=result, words=words)


def result_markdown(result: Result) -> str:
    """Write one result as Markdown."""
    return _template("RESULT.md").render(result=result, words=words, plain=_plain)


def _card(number: int, example: Counterexample) -> Card:
    """Draw what belongs to a finding; a layer inside a residual block is shown at the block."""
    guilty = frozenset(finding.layer.partition("/")[0] for finding in example.result.findings)
    wrong = frozenset(finding.parameter for finding in example.result.findings)
    drawing = figures.network(example.network, guilty, wrong, f"network-{number}")
    several = [own for own in example.evidence if len(own.claimed) > 1]
    heats = [(own.parameter, figures.heat(own, f"heat-{number}-{k}")) for k, own in enumerate(several)]
    return Card(number, example, drawing, tuple(heats))


def _doubts(run: Run) -> list[tuple[str, str, bool]]:
    """Return for every finding and the closest call the parameter, the error over the step, and whether it is right."""
    wrong = [(example.evidence[0], False) for example in run.counterexamples if example.evidence]
    right = [(run.closeness.evidence, True)] if run.closeness.evidence else []
    told: list[tuple[Evidence, bool]] = [*wrong, *right]
    return [(own.parameter, figures.steps(own, f"steps-{k}"), fine) for k, (own, fine) in enumerate(told)]


def _families(run: Run) -> list[Family]:
    """Count the kill matrix, family by family."""
    kills = run.selftest.kills if run.selftest else ()
    return [
        _family(name, [own for own in kills if own.family == name]) for name in dict.fromkeys(k.family for k in kills)
    ]


def _family(name: str, kills: list[Kill]) -> Family:
    outcomes = [own.outcome for own in kills]
    named = sum(own.named in ("named", "tie") for own in kills)
    missed = outcomes.count("missed") + outcomes.count("alarm")
    mistakes = len({own.mistake for own in kills})
    return Family(name, mistakes, len(kills), outcomes.count("caught"), named, outcomes.count("equivalent"), missed)


def _escape(text: object) -> str:
    """Keep the vertical bars of an architecture from ending a Markdown table cell."""
    return str(text).replace("|", "\\|")


def _plain(text: str) -> str:
    """Keep <lambda> from being taken for a tag."""
    return text.replace("<", "&lt;")


@cache
def _template(name: str) -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("gradcheck", "report/templates"),
        autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(name)
