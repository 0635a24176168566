"""``gradcheck formula`` and ``gradcheck derive``: what they print, and what their exit statuses say."""

import io
import json
from pathlib import Path

import pytest

from gradcheck.formula import built_in
from tests.test_cli import Capture, call

RIGHT = "dL/dw5 = dL/do1 do1/dw5"
WRONG = "dL/dw1 = dL/do1 do1/dh1 dh1/dw1"
JUDGE = ("formula", "--problem", "two-two-two")


@pytest.mark.parametrize(
    ("text", "status", "begins"), [(RIGHT, 0, "CORRECT"), (WRONG, 1, "WRONG"), ("dL/dw1 = ?", 4, "NOT READ")]
)
def test_the_status_is_the_verdict(capsys: Capture, text: str, status: int, begins: str) -> None:
    found, out, err = call(capsys, *JUDGE, text)
    assert (found, err) == (status, "")
    assert out.startswith(begins)


def test_a_wrong_call_is_told(capsys: Capture) -> None:
    assert call(capsys, "formula", RIGHT)[0] == 2
    assert call(capsys, *JUDGE)[0] == 2
    status, _, err = call(capsys, "formula", "--problem", "two-two-tow", RIGHT)
    assert (status, "two-two-two" in err) == (2, True)
    assert call(capsys, *JUDGE, RIGHT, "--hint", "9")[0] == 2
    assert call(capsys, *JUDGE, "h1", "--target", "w99")[0] == 2


def test_a_file_of_many_formulas(capsys: Capture, tmp_path: Path) -> None:
    path = tmp_path / "answers.txt"
    path.write_text(f"{RIGHT}\n\n{WRONG}\n\ndL/dw1 = ?\n")
    status, out, _ = call(capsys, *JUDGE, str(path))
    assert status == 1
    assert [line.split("   ")[0] for line in out.splitlines() if line and line[0] != " "] == [
        "CORRECT",
        "WRONG",
        "NOT READ: this says nothing about the mathematics",
    ]
    status, out, _ = call(capsys, *JUDGE, str(path), "--json")
    assert [judgement["verdict"] for judgement in json.loads(out)] == ["correct", "wrong", "unreadable"]
    path.write_text("\n\n")
    assert call(capsys, *JUDGE, str(path))[0] == 2


def test_standard_input(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(RIGHT))
    status, out, _ = call(capsys, *JUDGE, "-", "--json")
    assert (status, json.loads(out)["verdict"]) == (0, "correct")


def test_hints_and_targets(capsys: Capture) -> None:
    status, out, _ = call(capsys, *JUDGE, WRONG, "--hint", "2")
    assert status == 1
    assert "missing-path" in out
    assert "repair" not in out
    assert call(capsys, *JUDGE, "(o1 - t1)*o1*(1 - o1)*h1", "--target", "w5")[0] == 0


def test_the_problems_are_listed(capsys: Capture) -> None:
    status, out, _ = call(capsys, "formula", "--list")
    assert status == 0
    assert [line.split()[0] for line in out.splitlines()] == list(built_in())


@pytest.mark.parametrize("form", ["text", "unicode", "latex", "numpy", "markdown"])
def test_a_derivation_in_every_form(capsys: Capture, form: str) -> None:
    status, out, _ = call(capsys, "derive", "w1", "--problem", "two-two-two", "--to", form)
    assert status == 0
    assert "The chain rule" in out


def test_a_derivation_is_drawn(capsys: Capture) -> None:
    out = call(capsys, "derive", "w1", "--problem", "two-two-two", "--draw", "--of", "o1")[1]
    assert "h1 ==> o1" in out
    assert "h1 --> o2" in out
    assert call(capsys, "derive", "w99", "--problem", "two-two-two")[0] == 2
