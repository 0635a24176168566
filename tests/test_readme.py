"""The README is true: its Python runs, its commands print what it shows, up to the numbers that differ by machine."""

import contextlib
import io
import re
import shlex
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from gradcheck import config
from tests.test_cli import Capture, call

README = (Path(__file__).parents[1] / "README.md").read_text()
NUMBER = re.compile(r"[-+]?\d+(\.\d+)?(e[-+]?\d+)?")


def blocks() -> Iterator[tuple[str, str]]:
    """Every block of code, with its language."""
    yield from (
        (match[1], match[2]) for match in re.finditer(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    )


def loosely(text: str) -> list[str]:
    """What is printed, without the numbers that are rounding noise, and without the spaces that align them."""
    lines = [" ".join(NUMBER.sub("N", line).split()) for line in text.splitlines()]
    return [line for line in lines if line and not line.startswith("written")]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files of the README in it."""
    for language, text in blocks():
        if language == "python" and (name := re.match(r"# (\w+\.py)\n", text)):
            (tmp_path / name[1]).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


COMMANDS = [text for language, text in blocks() if language == "console"]


@pytest.mark.parametrize("text", COMMANDS, ids=[text.split("\n")[0] for text in COMMANDS])
def test_a_command_prints_what_is_shown(capsys: Capture, folder: Path, text: str) -> None:
    line, shown = text.removeprefix("$ ").split("\n", 1)
    program, *arguments = shlex.split(line)
    assert program == "gradcheck"
    printed = loosely(call(capsys, *arguments)[1])
    assert printed[: len(loosely(shown))] == loosely(shown)  # what comes last may be left out


LINES = [
    line.partition("#")[0].partition(">")[0].strip()
    for language, text in blocks()
    if language == "sh"
    for line in text.splitlines()
    if line.startswith("gradcheck ")
]


@pytest.mark.parametrize("line", LINES)
def test_a_command_that_is_only_shown_can_be_given(folder: Path, line: str) -> None:
    """It names a command, and options that this command has."""
    _, name, *arguments = shlex.split(line)
    import_module(f"gradcheck.cli.{name}").command.make_context(name, arguments)


def test_there_are_commands_to_be_compared() -> None:
    assert len(COMMANDS) >= 2
    assert len(LINES) >= 5


def test_python_runs_and_prints_what_is_shown(folder: Path) -> None:
    before, compared = "", 0
    for language, text in blocks():
        if language == "python":
            out, file = io.StringIO(), folder / text.split("\n", 1)[0].removeprefix("# ")
            code = compile(text, str(file) if file.suffix == ".py" else "readme", "exec")
            with contextlib.redirect_stdout(out):
                exec(code, {"__name__": "readme"})  # noqa: S102 - it is our own
            before = out.getvalue()
        elif language == "text" and before:
            assert loosely(before) == loosely(text)
            before, compared = "", compared + 1
    assert compared >= 1


def test_what_is_too_small_to_be_a_mistake_is_said(folder: Path) -> None:
    from gradcheck.stages.entries import SLIP

    (said,) = re.findall(r"relative error below ([\de-]+)\.", README)
    assert float(said) == pytest.approx(SLIP, rel=0.1)


def test_the_settings_are_settings(folder: Path) -> None:
    (text,) = (text for language, text in blocks() if language == "toml")
    (folder / "pyproject.toml").write_text(text)
    assert config.read(folder) == tomllib.loads(text)["tool"]["gradcheck"]


def test_every_command_that_is_named_exists() -> None:
    from gradcheck.cli import COMMANDS as KNOWN

    assert set(re.findall(r"`gradcheck (\w+)", README)) <= set(KNOWN)
    assert {name for name in KNOWN if f"`gradcheck {name}" in README} == set(KNOWN)
