"""The words that every view shares: numbers, names of places, and the sentences that sum a run up."""

from collections import Counter
from collections.abc import Iterator

from gradcheck.records import Comparison, Counterexample, Coverage, Diagnosis, Entry, Finding, Run, Verdict
from gradcheck.records.closeness import Call
from gradcheck.records.evidence import Evidence
from gradcheck.records.kills import SelfTest
from gradcheck.records.place import Place

FEW = 100
"""A run of fewer cases says little, and is told so."""
NEAR = 1e-3
"""A ratio so near to 1 is written as 1 and what is more."""


def number(value: float | None) -> str:
    """Write a number with six digits; a dash for none."""
    return "-" if value is None else f"{value:.6g}"


def bar(value: float) -> str:
    """Write an error bar with one digit."""
    return f"{value:.0e}"


def place(parameter: str, entry: Entry | Evidence) -> str:
    """Name an entry, as ``W1[0,2]``."""
    return f"{parameter}[{','.join(map(str, entry.index))}]" if entry.index else parameter


def ratio(entry: Entry) -> str:
    """Write claimed over expected, if that is seen to be more than 0."""
    said = (entry.complex_step, entry.pytorch, entry.differences)
    expected = next((own for own in said if own is not None), None)
    if not expected or abs(expected) <= (entry.bar or 0.0):
        return "-"
    ratio = entry.claimed / expected
    off = ratio - 1.0
    return f"1 {'+' if off > 0 else '-'} {abs(off):.0e}" if 0.0 < abs(off) < NEAR else f"{ratio:.4f}"


def per_cent(margin: float) -> str:
    """Write an error, in units of what was allowed, as per cent."""
    return f"{100.0 * margin:.3g} %"


def sensitivity(comparison: Comparison | Call) -> str:
    """Write the smallest relative error that would have been seen."""
    return "-" if comparison.sensitivity is None else f"{comparison.sensitivity:.0e}"


def count(many: int, one: str, more: str = "") -> str:
    """Write a number of things: ``1 case``, ``2 cases``, ``3 entries``."""
    return f"{many:,} {one if many == 1 else more or one + 's'}"


def tried(place: Place) -> str:
    """Say what is known of a repaired line: that it was run, and where else one change would do."""
    others = ", ".join(map(str, place.others[:3]))
    also = f"; one change in line {others} would do as well" if others else ""
    return f"it was run: with this line the gradient is right, at every point that was looked at{also}"


def apart(finding: Finding, diagnosis: Diagnosis) -> bool:
    """Say whether the lines of a diagnosis are others than the person's own, which are shown anyhow."""
    return finding.place is None or diagnosis.wrong != finding.place.wrong


def rows(finding: Finding) -> Iterator[tuple[str, ...]]:
    """Yield the entries of a finding as rows, under a head; an oracle that says nothing of them has no column."""
    names = ("differences", "complex_step", "pytorch")
    asked = [name for name in names if any(getattr(entry, name) is not None for entry in finding.entries)]
    yield "entry", "claimed", *(name.replace("_", " ") for name in asked), "bar", "claimed/right"
    for entry in finding.entries:
        numbers = (entry.claimed, *(getattr(entry, name) for name in asked))
        yield place(finding.parameter, entry), *map(number, numbers), bar(entry.bar), ratio(entry)


def title(finding: Finding) -> str:
    """Name a finding in a few words."""
    if finding.diagnoses:
        return " or ".join(diagnosis.mistake for diagnosis in finding.diagnoses)
    titles = {
        "gradient": "the gradient is wrong",
        "value": "the forward pass is another function",
        "number": "the value is not one number",
        "names": "gradients are missing, or too many",
        "shape": "the gradient has the wrong shape",
        "dtype": "the gradient holds the wrong type of number",
        "finite": "something is not finite",
        "unchanged": "something that was given is changed",
        "repeatable": "it does not give the same answer twice",
        "kept": "the backward pass gives the same answer for other inputs",
        "reused": "the backward pass writes over what it has returned",
        "linear": "the backward pass is not linear in the cotangent",
        "raises": "the operation raises an exception",
        "killed": "the process that judged it died",
        "layout": "the gradient depends on how something lies in memory",
        "partial": "the gradient depends on what else is asked for",
        "forward-mode": "forward mode disagrees with backward",
        "double-backward": "double backward is wrong",
        "vmap": "vmap disagrees with plain calls",
    }
    return titles[finding.clause]


def titled(finding: Finding) -> str:
    """Name a finding, and where it is, if that is one place."""
    place = where(finding)
    return f"{title(finding)}   [{place}]" if place else title(finding)


def where(finding: Finding) -> str:
    """Say which layer is to blame, and for which gradient."""
    if not finding.layer:
        return finding.parameter
    kind = f" ({finding.layer_kind})" if finding.layer_kind else ""
    return f"layer {finding.layer}{kind}" + (f", gradient for {finding.role}" if finding.role else "")


def headline(run: Run) -> str:
    """Say in one sentence what a run concludes."""
    networks = f"{count(run.cases, 'random network')} with {count(run.draws, 'weight draw')}"
    if run.planted:
        return f"The planted mistake {run.planted} was {_planted(run, networks)}"
    match run.verdict:
        case Verdict.AGREES:
            return f"{networks}: every hand-written gradient agrees with finite differences and with PyTorch."
        case Verdict.UNDECIDED if run.cases == 0:
            return "Nothing was checked."
        case Verdict.UNDECIDED:
            many = run.verdicts[Verdict.UNDECIDED]
            return f"{networks}: nothing is wrong, but {count(many, 'case')} could not be judged."
        case _:
            return f"{networks}: {count(len(run.counterexamples), 'different finding')}; the smallest cases follow."


def _planted(run: Run, networks: str) -> str:
    """Say what became of a planted mistake."""
    if not run.counterexamples:
        return f"NOT found in {networks} that contain it."
    return (
        "found; shrinking it was interrupted."
        if run.stopped == "interrupted"
        else ("found, and shrunk to the smallest network that shows it.")
    )


def warnings(run: Run) -> list[str]:
    """Say what makes a pass of this run weaker than it looks."""
    said = []
    if run.stopped == "interrupted":
        said.append("The run was interrupted; what was done until then is reported.")
    if run.stopped == "time":
        said.append("The run stopped because its time was up.")
    if not run.planted and run.cases < FEW:
        said.append(f"Only {count(run.cases, 'network')}: a run of fewer than {FEW} says little.")
    if run.verdicts.get(Verdict.UNDECIDED) and run.cases:
        said.append(f"{count(run.verdicts[Verdict.UNDECIDED], 'case')} could not be judged by any oracle.")
    missing = [name for name in run.coverage.never if not run.layers or name in run.layers]
    if missing and not run.planted:
        said.append(f"Never visited: {', '.join(missing)}.")
    return said


def covered(coverage: Coverage) -> str:
    """Say in one line what was visited, and how much of what was drawn could not be built."""
    share = 100 * coverage.refused / max(1, coverage.sketched)
    return (
        f"{count(len(coverage.kinds), 'kind')} of layer, {len(coverage.pairs):,} of {coverage.possible:,} pairs of "
        f"neighbours, {count(len(coverage.configurations), 'setting')} of layers, "
        f"{count(len(coverage.regimes), 'regime')} of weights; {share:.1f} % of what was drawn did not fit"
    )


def command(run: Run) -> str:
    """Return the command that runs this again."""
    cases = "" if (run.planted and run.counterexamples) or not run.cases else f" --cases {run.cases}"
    layers = f" --layers {','.join(run.layers)}" if run.layers else ""
    return f"gradcheck run --seed {run.seed}{cases}{layers}" + (f" --plant {run.planted}" if run.planted else "")


def in_python(example: Counterexample, planted: str) -> str:
    """Return the lines of Python that judge a case again, and raise if it is still wrong."""
    mistake = f", {planted!r}" if planted else ""
    return f"from gradcheck.run import judge, parse_case\n\njudge(parse_case({example.case!r}){mistake}).verify()"


def reading(vote: str) -> str:
    """Say what a vote comes to."""
    readings = {
        "the claim agrees": "right",
        "differences alone": "right: the claim and PyTorch agree, and differences cannot resolve it there",
        "pytorch alone": "right, as far as differences can tell",
        "claim and oracles": "nobody agrees: heard again near by, and if that does not help, undecided",
    }
    return next((said for start, said in readings.items() if vote.startswith(start)), "wrong: two against one")


def killed(test: SelfTest) -> str:
    """Say how many of the planted mistakes a check catches."""
    outcomes = Counter(own.outcome for own in test.kills)
    return f"{outcomes['caught']:,} of {outcomes['caught'] + outcomes['missed']:,}"


def tested(test: SelfTest) -> str:
    """Say in a few sentences what a self-test has shown."""
    mistakes = count(len({own.mistake for own in test.kills}), "known mistake")
    harmless = sum(own.outcome == "equivalent" for own in test.kills)
    return (
        f"{mistakes} were planted into {count(len(test.kills), 'place')} of the reference: caught {killed(test)}. "
        f"{count(harmless, 'more changes', 'more change')} nothing and are not counted. Of "
        f"{count(test.right, 'network')} without a mistake {len(test.alarms)} were called wrong."
        + (" It was interrupted before its end." if test.stopped == "interrupted" else "")
    )


def example(run: Run) -> Evidence | None:
    """Return the entry to be worked through: that of the first finding about numbers, or else of the closest call."""
    wrong = (own for example in run.counterexamples for own in example.evidence)
    return next(wrong, run.closeness.evidence)


def claimed(own: Evidence) -> float:
    """Return what is claimed of the entry that is worked through."""
    place = 0
    for index, size in zip(own.index, own.shape, strict=True):
        place = place * size + index
    return own.claimed[place]


def held_against(own: Evidence) -> list[tuple[str, str, str, str, str]]:
    """Return for each oracle what it says of an entry, its bar, how far the claim is off, and that over the bar."""
    sides = [(f"finite differences, from the step {own.taken:.0e}", own.differences, own.bar)]
    if own.pytorch is not None:
        sides.append(("PyTorch", own.pytorch, own.pytorch_bar or 0.0))
    offs = [abs(claimed(own) - value) for _, value, _ in sides]
    return [
        (who, f"{value:.12g}", bar(allowed), f"{off:.1e}", f"{off / allowed:.2g}" if allowed else "-")
        for (who, value, allowed), off in zip(sides, offs, strict=True)
    ]
