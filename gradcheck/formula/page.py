"""A judgement as a person reads it: the verdict, how the text was read, what is right, then what to mend, and where."""

from gradcheck.errors import GradcheckError
from gradcheck.formula.judgement import Judgement, Slip

HEADLINES = {
    "correct": "CORRECT",
    "correct-by-cancellation": "WRONG AS WRITTEN: correct only by an illegal cancellation",
    "wrong": "WRONG",
    "unreadable": "NOT READ: this says nothing about the mathematics",
}
LEVELS = ("where it is", "what kind of slip it is", "a question", "an experiment", "the repair")
"""What each level of help adds to the one before."""


def page(judgement: Judgement) -> str:
    """Return the whole page."""
    lines = _head(judgement)
    for number, slip in enumerate(judgement.diagnoses):
        lines += ["", *_slip(judgement, slip, number)]
    lines += _asides(judgement)
    return "\n".join(lines)


def hint(judgement: Judgement, level: int) -> str:
    """Return as much help with the first slip as a level allows, 1 to 5.

    Raises GradcheckError for any other level.
    """
    if not 1 <= level <= len(LEVELS):
        raise GradcheckError(f"Hints go from 1 to {len(LEVELS)}: {', '.join(LEVELS)}; given: {level}.")
    lines = _head(judgement)[:1]
    if not judgement.diagnoses or judgement.verdict == "correct":
        return "\n".join(lines)
    slip = judgement.diagnoses[0]
    lines += ["", *_marked(judgement.text, slip)] if slip.span else ["", "  something is missing"]
    lines += [f"  kind      {slip.cause}"] if level >= 2 else []
    lines += [f"  ask       {slip.question}"] if level >= 3 and slip.question else []
    lines += [f"  try       {slip.shown}"] if level >= 4 and slip.shown else []
    lines += [f"  why       {slip.says}"] if level >= 5 else []
    lines += [f"  repair    {slip.repair}"] if level >= 5 and slip.repair else []
    return "\n".join(lines)


def _head(judgement: Judgement) -> list[str]:
    """The verdict, the reading, and what is right."""
    about = f"{judgement.target}, " if judgement.target else ""
    lines = [f"{HEADLINES[judgement.verdict]}   ({about}{judgement.problem})"]
    lines += [f"  read as   {judgement.read_as}"] if judgement.read_as else []
    lines += [f"            {taken}" for taken in judgement.taken]
    return lines + [f"  right     {praise}" for praise in judgement.right]


def _slip(judgement: Judgement, slip: Slip, number: int) -> list[str]:
    """One thing to mend."""
    lines = _marked(judgement.text, slip) if slip.span else []
    lead = "note" if judgement.verdict == "correct" else "first" if not number else "then"
    return [*lines, f"  {lead:10}{slip.says}   [{slip.kind}]", *_repair(slip)]


def _repair(slip: Slip) -> list[str]:
    """What to write instead, and what shows it."""
    lines = [f"  repair    {slip.repair}"] if slip.repair else []
    return lines + ([f"  see it    {slip.shown}"] if slip.shown else [])


def _asides(judgement: Judgement) -> list[str]:
    """The routes, and what is ambiguous."""
    lines = ["", "  routes    " + "\n            ".join(judgement.graph)] if judgement.graph else []
    return lines + [f"  question  {question}" for question in judgement.questions]


def _marked(text: str, slip: Slip) -> list[str]:
    """Return the line of the text in which something stands, with carets under it."""
    if slip.span is None:
        return []
    begin, end = slip.span
    start = text.rfind("\n", 0, begin) + 1
    stop = text.find("\n", begin)
    line = text[start : stop if stop >= 0 else len(text)].replace("\t", " ")
    first, last = begin - start, max(begin - start + 1, min(end, start + len(line)) - start)
    left = max(0, min(first - 30, len(line) - 100))
    shown, lead = line[left : left + 100], "..." if left else ""
    tail = "..." if left + 100 < len(line) else ""
    return [
        f"    {lead}{shown}{tail}",
        "    " + " " * (len(lead) + first - left) + "^" * max(1, min(last - first, 100 - first + left)),
    ]
