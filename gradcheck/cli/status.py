"""The exit status says what was concluded.

0 agrees, 1 differs or broken, 2 the command was not understood, 3 the job could not be done, 4 undecided, 5 nothing
was checked, 130 interrupted.
"""

from gradcheck.records import Run, Verdict

STATUS = {Verdict.AGREES: 0, Verdict.DIFFERS: 1, Verdict.BROKEN: 1, Verdict.UNDECIDED: 4}
"""The exit status of every verdict."""
USAGE, IMPOSSIBLE, NOTHING, INTERRUPTED = 2, 3, 5, 130


def of_run(record: Run) -> int:
    """Return the exit status of a run."""
    if record.stopped == "interrupted":
        return INTERRUPTED
    if record.planted and not record.counterexamples:
        return IMPOSSIBLE
    return STATUS[record.verdict] if record.cases else NOTHING
