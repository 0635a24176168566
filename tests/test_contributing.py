"""CONTRIBUTING.md says how to add a layer; these tests do what it says, in a copy, and look at what comes of it."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NEW_FILE = r"new file `([^`]+)`:\n\n```python\n(.*?)```"
INSERTION = r"[Ii]n\s`([^`]+)`, after `([^`]+)`:\n\n```text\n(.*?)```"


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package to which everything that the text shows was added, where it says."""
    copy = tmp_path_factory.mktemp("contribution")
    shutil.copytree(ROOT / "gradcheck", copy / "gradcheck", ignore=shutil.ignore_patterns("__pycache__"))
    text = (ROOT / "CONTRIBUTING.md").read_text()
    for path, content in re.findall(NEW_FILE, text, re.DOTALL):
        (copy / path).write_text(content)
    for path, line, content in re.findall(INSERTION, text, re.DOTALL):
        before = (copy / path).read_text()
        assert before.count(f"{line}\n") == 1, f"{path} should have the line {line!r} once"
        (copy / path).write_text(before.replace(f"{line}\n", f"{line}\n{content}"))
    return copy


def gradcheck(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the copy."""
    command = [sys.executable, "-m", "gradcheck", *arguments]
    return subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)


def test_what_was_added_is_drawn_and_agrees(followed: Path) -> None:
    done = gradcheck(followed, "run", "--layers", "soft-shrink", "-n", "12", "--json", "-q")
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"soft-shrink": 12' in done.stdout
    assert '"soft-shrink threshold=1.0"' in done.stdout


def test_what_was_added_can_be_replayed_and_explained(followed: Path) -> None:
    assert gradcheck(followed, "replay", "3x4 affine:5 soft-shrink:1 half-sum-of-squares").returncode == 0
    told = gradcheck(followed, "explain", "soft-shrink").stdout
    assert "threshold a; any shape" in " ".join(told.split())  # lines are as long as a terminal is wide


def test_a_slip_in_what_was_added_is_found(followed: Path, tmp_path: Path) -> None:
    shutil.copytree(followed / "gradcheck", tmp_path / "gradcheck")
    layer = tmp_path / "gradcheck" / "reference" / "shrinkage.py"
    layer.write_text(layer.read_text().replace('{"x": beyond * dy}', '{"x": dy}'))
    done = gradcheck(tmp_path, "run", "--layers", "soft-shrink", "-n", "5", "-q")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "soft-shrink" in done.stdout
