"""The Markdown and the HTML view of a run: two templates beside this file, filled with the same words."""

from collections.abc import Iterator
from functools import cache

import jinja2

from gradcheck.records import Counterexample, Result, Run
from gradcheck.report import figures, words, worked


def markdown(run: Run) -> str:
    """Write a run as Markdown, as a repository shows it."""
    return _template("REPORT.md").render(run=run, words=words, worked=worked, escape=_escape)


def html(run: Run) -> str:
    """Write a run as one page that needs nothing else: no network, no script, no second file."""
    drawings = [
        jinja2.filters.do_mark_safe(_drawing(example, index)) for index, example in enumerate(run.counterexamples)
    ]
    histogram = jinja2.filters.do_mark_safe(figures.margins(run.margins, "margins")) if run.margins else ""
    evidence = [list(_evidence(example, index)) for index, example in enumerate(run.counterexamples)]
    return _template("index.html").render(
        run=run, words=words, worked=worked, drawings=drawings, evidence=evidence, histogram=histogram, grid=_grid(run)
    )


def result_html(result: Result) -> str:
    """Write one result as a fragment of a page, for a notebook: no script, no style of its own beyond its tables."""
    return _template("result.html").render(result=result, words=words)


def result_markdown(result: Result) -> str:
    """Write one result as Markdown."""
    return _template("RESULT.md").render(result=result, words=words, escape=_escape)


def _evidence(example: Counterexample, index: int) -> Iterator[tuple[str, str, str]]:
    """Yield for every finding about numbers its parameter, its heat map and its errors over the step."""
    for number, own in enumerate(example.evidence):
        several = len(own.claimed) > 1
        drawn = (
            figures.heat(own, f"heat-{index}-{number}") if several else "",
            figures.steps(own, f"steps-{index}-{number}"),
        )
        heat, steps = map(jinja2.filters.do_mark_safe, drawn)
        yield own.parameter, heat, steps


def _drawing(example: Counterexample, index: int) -> str:
    """Draw the smallest network; a layer inside a residual block is shown at the block."""
    guilty = frozenset(finding.layer.partition("/")[0] for finding in example.result.findings)
    wrong = frozenset(finding.parameter for finding in example.result.findings)
    return figures.network(example.network, guilty, wrong, f"network-{index}")


def _grid(run: Run) -> list[tuple[str, list[tuple[str, int]]]]:
    """Arrange the counts of neighbours as rows and columns of kinds, most visited first."""
    kinds = sorted(run.coverage.kinds, key=lambda kind: (-run.coverage.kinds[kind], kind))
    firsts = [kind for kind in ["input", *kinds] if any(pair.startswith(f"{kind} > ") for pair in run.coverage.pairs)]
    return [
        (first, [(second, run.coverage.pairs.get(f"{first} > {second}", 0)) for second in kinds]) for first in firsts
    ]


def _escape(text: object) -> str:
    """Keep the vertical bars of an architecture from ending a Markdown table cell."""
    return str(text).replace("|", "\\|")


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
