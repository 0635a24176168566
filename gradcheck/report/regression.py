"""What a run has found, as tests that keep it from coming back."""

from gradcheck.records import Run

HEAD = '''"""Cases in which a gradient was once wrong, as ``{command}`` found and shrank them."""

import pytest

from gradcheck.run import judge, parse_case

CASES = [
{cases}
]


@pytest.mark.parametrize("case", CASES)
def test_what_was_wrong_once_is_right(case: str) -> None:
    judge(parse_case(case)).verify()
'''


def tests(run: Run) -> str:
    """Write the cases of every finding as a test file."""
    from gradcheck.report.words import command

    cases = "\n".join(f"    {example.case!r}," for example in run.counterexamples)
    return HEAD.format(command=command(run), cases=cases)
