"""[tool.gradcheck]: what may be said there, and what is refused."""

from pathlib import Path

import pytest

from gradcheck import config
from gradcheck.errors import GradcheckError, UnknownName


def write(folder: Path, text: str) -> Path:
    (folder / "pyproject.toml").write_text(text)
    return folder


def test_the_nearest_file_above_is_read(tmp_path: Path) -> None:
    inner = write(tmp_path, "[tool.gradcheck]\ncases = 40\ntime = 3\nquiet = true\n") / "a" / "b"
    inner.mkdir(parents=True)
    assert config.read(inner) == {"cases": 40, "time": 3, "quiet": True}


@pytest.mark.parametrize("text", ["", "[tool.other]\ngradcheck = 1\n", "[project]\nname = 'gradcheck'\n"])
def test_a_file_that_says_nothing_says_nothing(tmp_path: Path, text: str) -> None:
    assert config.read(write(tmp_path, text)) == {}


def test_an_unknown_key_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match=r"no key in .* 'case'\. Did you mean 'cases'"):
        config.read(write(tmp_path, "[tool.gradcheck]\ncase = 40\n"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[tool.gradcheck]\ncases = 'many'\n", "cases in .* is 'many'; it is to be of type int"),
        ("[tool.gradcheck]\ncases = true\n", "is True; it is to be of type int"),
        ("[tool.gradcheck]\nseed = [\n", "cannot be read"),
        ("[tool]\ngradcheck = 3\n", "is to be a table"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(GradcheckError, match=says):
        config.read(write(tmp_path, text))
