"""A test file for what was found in somebody's file: one test a pair, to be kept beside it and edited."""

import os
from collections.abc import Sequence
from pathlib import Path

from gradcheck.discover.subject import Subject

HEAD = '''"""The gradients of {name}, held against finite differences.

Written by ``gradcheck new {name}``; it is yours to edit. Inputs are made from names and docstrings, unless it is said
what they are: ``check_pair(FILE, "loss:grad", inputs="w=4 X=3x4 y=int:3:2")``.
"""

from pathlib import Path

from gradcheck.discover import check_pair

FILE = Path(__file__).parent / {path!r}
'''
TEST = """

def test_{slug}():
    check_pair(FILE, {pair!r}).verify()
"""


def tests(subjects: Sequence[Subject], file: Path, test_file: Path) -> str:
    """Write the tests of what was found in a file, for a test file that knows it by a relative path."""
    path = Path(os.path.relpath(file.resolve(), test_file.resolve().parent)).as_posix()
    bodies = [TEST.format(slug=_slug(subject), pair=subject.name) for subject in subjects]
    return HEAD.format(name=file.name, path=path) + "".join(bodies)


def _slug(subject: Subject) -> str:
    """Name a test after the gradient that it judges."""
    return subject.name.rpartition(":")[2]
