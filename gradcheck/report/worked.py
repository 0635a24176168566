"""A case worked through as text: what is given, forwards, and backwards with the claimed beside the right."""

from collections.abc import Iterator

from gradcheck.records.paper import Paper, Step


def lines(paper: Paper) -> Iterator[str]:
    """Write a case worked through, one array a line; the first wrong number is marked."""
    width = max(len(step.name) for step in (*paper.given, *paper.forward)) + 4
    yield "given"
    yield from (f"  {step.name:{width}}= {step.right}" for step in paper.given)
    yield "forwards"
    yield from (f"  {step.name:{width}}= {step.right}" for step in paper.forward)
    yield "backwards"
    for step in paper.backward:
        yield from _backwards(step, width)


def _backwards(step: Step, width: int) -> Iterator[str]:
    yield f"  {'d' + step.name:{width}}= {step.right}"
    if step.claimed:
        place = f" at {list(step.index)}" if step.index else ""
        mark = f"   <-- the first wrong number{place}" if step.first else ""
        yield f"  {'  claimed':{width}}= {step.claimed}{mark}"
