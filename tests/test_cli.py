"""The command line: what it prints where, and what its exit status says."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gradcheck import cli
from gradcheck.errors import Differs, OracleMissing
from gradcheck.generate.networks import Part

CASE = "2x1 affine:1 half-sum-of-squares"


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run a command; return its exit status, standard output and standard error."""
    before, sys.argv = sys.argv, ["gradcheck", *arguments]
    try:
        with pytest.raises(SystemExit) as ended:
            cli.main()
    finally:
        sys.argv = before
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


Capture = pytest.CaptureFixture[str]


def test_a_run_that_agrees(capsys: Capture, tmp_path: Path) -> None:
    status, out, err = call(capsys, "run", "--cases", "12", "--out", str(tmp_path))
    assert status == 0
    assert out.startswith("AGREES  12 random networks")
    assert "closest call" in out
    assert str(tmp_path / "index.html") in out
    assert "100 %  12 networks" in err


def test_a_planted_mistake_differs(capsys: Capture, tmp_path: Path) -> None:
    status, out, err = call(capsys, "run", "--plant", "wrong-sign", "--out", str(tmp_path), "--quiet")
    assert status == 1
    assert "The planted mistake wrong-sign was found" in out
    assert err == ""


def test_json_is_the_record_and_nothing_else(capsys: Capture, tmp_path: Path) -> None:
    status, out, _ = call(capsys, "run", "-n", "3", "--json", "--out", str(tmp_path))
    assert status == 0
    assert json.loads(out)["cases"] == 3


def test_replay(capsys: Capture) -> None:
    assert call(capsys, "replay", CASE)[0] == 0
    status, out, _ = call(capsys, "replay", CASE, "--plant", "mean-for-sum")
    assert status == 1
    assert "mean-for-sum: Contributions of the samples add" in out
    assert out.rstrip().endswith(f"gradcheck replay '{CASE} weights=0 draws=1 regime=ordinary' --plant mean-for-sum")
    assert call(capsys, "replay", *CASE.split(), "draws=3")[0] == 0
    assert call(capsys, "replay", "two-two-two")[0] == 0


STUDENT = """
def loss(w, X, y): return ((X @ w - y) ** 2).sum()
def loss_grad(w, X, y): return 2 * X.T @ (X @ w - y)
def affine_forward(x, W, b): return x @ W + b, (x, W)
def affine_backward(dout, cache): return dout @ cache[1].T, cache[0].T @ dout, dout.mean(axis=0)
"""


def test_check_takes_several_files_and_goes_on_after_one_that_cannot_be_used(capsys: Capture, tmp_path: Path) -> None:
    for name, text in (("right", STUDENT.replace("dout.mean", "dout.sum")), ("broken", "def"), ("empty", "")):
        (tmp_path / f"{name}.py").write_text(text)
    right, broken, empty = (str(tmp_path / f"{name}.py") for name in ("right", "broken", "empty"))
    status, out, err = call(capsys, "check", empty, right, "--quiet")
    assert (status, err) == (0, f"gradcheck: nothing to judge was found in {empty}\n")
    assert out == ""
    status, out, err = call(capsys, "check", broken, right, "--json")
    assert status == 2
    assert "broken.py cannot be imported: line 1: SyntaxError" in err
    assert [result["verdict"] for result in json.loads(out)] == ["agrees", "agrees"]
    assert call(capsys, "check", empty, "--json")[:2] == (5, "[]\n")
    assert "is a folder; give Python files, such as " in call(capsys, "check", str(tmp_path))[2]


def test_a_check_that_is_interrupted_tells_what_was_judged(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "student.py"
    path.write_text(f"{STUDENT}def f(x): return (x**2).sum()\ndef df(x): raise KeyboardInterrupt\n")
    monkeypatch.setattr("gradcheck.cli.progress.EVERY", 0.001)
    status, out, err = call(capsys, "check", str(path), "--json")
    assert status == 130
    assert [result["verdict"] for result in json.loads(out)] == ["agrees", "differs"]
    assert err.endswith("gradcheck: Interrupted; 2 of 3 were judged.\n")
    assert f"gradcheck: {path}: 0 of 3 judged so far\n" in err


def test_check_judges_what_a_file_holds(capsys: Capture, tmp_path: Path) -> None:
    path = tmp_path / "student.py"
    path.write_text(STUDENT)
    status, out, err = call(capsys, "check", str(path))
    assert (status, err) == (1, "")
    assert f"AGREES  loss:loss_grad   {path}:3" in out
    assert f"DIFFERS  affine_forward:affine_backward   {path}:5" in out
    assert out.count("DIFFERS") == 1
    status, out, _ = call(capsys, "check", str(path), "--pair", "loss:loss_grad", "--quiet")
    assert (status, out) == (0, "")
    status, out, _ = call(capsys, "check", str(path), "--json")
    assert [record["verdict"] for record in json.loads(out)] == ["agrees", "differs"]


def test_a_file_is_judged_without_the_word_for_it(capsys: Capture, tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text("def f(x):\n    return x**3\n\ndef df(x):\n    return 3 * x**2\n")
    status, out, _ = call(capsys, str(tmp_path / "own.py"), "--quiet")
    assert (status, out) == (0, "")


def test_a_file_with_nothing_in_it_is_told_what_is_recognised(capsys: Capture, tmp_path: Path) -> None:
    path = tmp_path / "student.py"
    path.write_text("def wert(x): return x\n")
    status, out, err = call(capsys, "check", str(path))
    assert (status, out) == (5, "")
    assert "foo_forward / foo_backward" in err
    assert "--pair my_function:my_gradient" in err


def test_what_no_inputs_are_found_for_does_not_hide_the_rest(capsys: Capture, tmp_path: Path) -> None:
    path = tmp_path / "student.py"
    path.write_text(STUDENT.split("def affine")[0] + "def f(odd): raise ValueError('no')\ndef df(odd): return odd\n")
    assert call(capsys, "check", str(path), "--pair", "f:df")[0] == 2
    status, out, err = call(capsys, "check", str(path))
    assert status == 4
    assert "AGREES  loss:loss_grad" in out
    assert "No inputs were found for f:df(odd); the likeliest raised ValueError: no" in err


def test_the_help_says_of_every_command_what_it_does(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    listed = call(capsys, "--help")[1].partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in listed] == list(cli.COMMANDS)
    assert all(line.endswith(".") and not line.endswith("...") for line in listed)


def test_what_is_said_can_be_copied(capsys: Capture, tmp_path: Path) -> None:
    path = tmp_path / "my layers.py"
    path.write_text(f"import math\n{STUDENT}")
    assert f"pytest '{tmp_path / 'test_my layers.py'}'" in call(capsys, "new", str(path))[1]
    err = call(capsys, "check", str(path), "--pair", "los:loss_grad")[2]
    assert "Did you mean 'loss'? There is: affine_backward, affine_forward, loss, loss_grad." in err


def test_new_writes_tests_that_run(capsys: Capture, tmp_path: Path) -> None:
    path = tmp_path / "student.py"
    path.write_text(STUDENT)
    status, out, _ = call(capsys, "new", str(path))
    assert (status, out.startswith(f"{tmp_path / 'test_student.py'}: 2 tests")) == (0, True)
    status, _, err = call(capsys, "new", str(path))
    assert (status, "--force" in err) == (2, True)
    scope: dict[str, Any] = {"__file__": str(tmp_path / "test_student.py"), "__name__": "test_student"}
    exec((tmp_path / "test_student.py").read_text(), scope)  # noqa: S102 - it is our own
    scope["test_loss_grad"]()
    with pytest.raises(Differs, match="affine_forward:affine_backward"):
        scope["test_affine_backward"]()


def test_explain(capsys: Capture) -> None:
    status, out, _ = call(capsys, "explain", "mean-for-sum")
    assert (status, "db = dy.sum(axis=0)" in out) == (0, True)
    status, out, _ = call(capsys, "explain")
    assert (status, out.count("\n") >= 20) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "--plant", "mean-instead-of-sum"], "Did you mean 'mean-for-sum'?"),
        (["run", "--case", "3"], "No such option '--case'"),
        (["run", "--cases", "-3"], "-3 is not in the range x>=1"),
        (["rnu"], "There is no command 'rnu'. Did you mean 'run'?"),
        (["replay", "3x4 tahn mean-squared-error"], "Did you mean 'tanh'?"),
        (["replay", "tanh"], "a size such as 3x4"),
        (["explain", "mean"], "There is no mistake or layer 'mean'"),
    ],
)
def test_what_is_not_understood_is_one_line_and_status_2(capsys: Capture, arguments: list[str], says: str) -> None:
    status, out, err = call(capsys, *arguments)
    assert status == 2
    assert out == ""
    assert says in err
    assert err.count("\n") == 1


def test_a_folder_that_cannot_be_written_is_told_before_the_work(capsys: Capture, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    status, _, err = call(capsys, "run", "--out", str(tmp_path / "file"))
    assert status == 2
    assert "Cannot write to" in err
    assert "cases" not in err


def test_a_missing_oracle_is_status_3(capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise OracleMissing("The oracle 'pytorch' needs PyTorch.")

    monkeypatch.setattr("gradcheck.oracles.pytorch.load", missing)
    status, out, err = call(capsys, "run", "--out", str(tmp_path))
    assert (status, out) == (3, "")
    assert "needs PyTorch" in err


def test_an_interrupt_still_writes_the_report(capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("gradcheck.run._Survey.one", interrupt)
    status, out, _ = call(capsys, "run", "--out", str(tmp_path))
    assert status == 130
    assert "The run was interrupted" in out
    assert (tmp_path / "index.html").exists()


def test_nothing_checked_is_status_5(capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradcheck.generate.surveyed", lambda *_, **__: Part([]))
    status, out, _ = call(capsys, "run", "--out", str(tmp_path))
    assert status == 5
    assert "Nothing was checked" in out


def test_a_planted_mistake_that_is_not_found_is_status_3(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gradcheck.generate.surveyed", lambda *_, **__: Part([]))
    status, out, _ = call(capsys, "run", "--plant", "wrong-sign", "--out", str(tmp_path))
    assert status == 3
    assert "was NOT found" in out


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_shows_how_it_is_called(capsys: Capture, name: str) -> None:
    status, out, err = call(capsys, name, "--help")
    assert (status, err) == (0, "")
    assert f"Usage: gradcheck {name} " in out
    assert f"\n  gradcheck {name}" in out


NOT_UNDERSTOOD = (
    "check nothing.py|There is no file",
    "check folder|is a folder; give Python files",
    "check slip.py|SyntaxError",
    "check empty.py|Nothing to judge was found",
    "check bytes.py|null bytes",
    "check good.py --pair f:g|called 'g'",
    "check good.py --inputs x|give a name and a shape",
    "check good.py --inputs x=3x|neither a shape",
    "check good.py --seed x|not a valid whole number",
    "check good.py --sed 1|Did you mean '--seed'",
    "new good.py --out good.py/deep|Cannot write to",
    "run --layers ,|names no layer",
    "run --layers tahn|Did you mean 'tanh'",
    "run --time nan|is no time",
    "run --out good.py|Cannot write to",
    "run --engine foo|Expected dask://",
    "run --baseline half.json|not the record of a run",
    "replay --out folder|gradcheck run' writes it",
    "replay 2x1 affine:1 half-sum-of-squares tanh|expected nothing more",
    "report other.json|this version reads",
    "report half.json|truncated",
    "report bytes.py|it is not text",
    "formula --problem nothing x|no problem 'nothing'",
    "formula --problem folder x|cannot be read",
    "formula --problem one-path --html good.py/deep dL/dw=x|Cannot write to",
    "derive w1|Missing option '--problem'",
)
"""A command and what is said to it; each runs in a folder with files that are not what they should be."""


@pytest.mark.parametrize("line", NOT_UNDERSTOOD)
def test_what_cannot_be_done_is_said_in_a_line(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    files = {"good.py": "def f(x): return x.sum()\ndef df(x): return 1 + 0 * x\n", "slip.py": "def f(", "empty.py": ""}
    files |= {"half.json": '{"a": [1', "other.json": '{"format": "gradcheck.run/99"}'}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "bytes.py").write_bytes(b"\x00\xff\x8b")
    before = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    command, _, says = line.partition("|")
    status, out, err = call(capsys, *command.split())
    assert status in (2, 5)
    assert out == ""
    assert says in err
    assert "Traceback" not in err
    assert {path.name: path.stat().st_size for path in tmp_path.iterdir() if path.name != "reports"} == before


@pytest.mark.parametrize(
    "case",
    [
        "3x4 affine:99999999999999999999 half-sum-of-squares",
        "999x999 affine:999 half-sum-of-squares",
        "3x4 tanh half-sum-of-squares weights=" + "9" * 5000,
        "3x4 tanh half-sum-of-squares draws=99999999",
        "3x4 tanh half-sum-of-squares weights=1 weights=2",
        "3x4 affine:0 half-sum-of-squares",
        "3x4 affine:4~1 half-sum-of-squares",
        "3x4 " + "residual(" * 300,
        "3x4 " + "x" * 10**5,
    ],
    ids=range(9),
)
def test_a_hostile_case_is_one_short_line(capsys: Capture, case: str) -> None:
    status, out, err = call(capsys, "replay", case)
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert len(err) < 500


def test_python_m_gradcheck_is_gradcheck() -> None:
    command = [sys.executable, "-m", "gradcheck", "--version"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ).stdout
    assert printed.startswith("gradcheck ")


def test_letters_that_a_terminal_has_not_are_no_error() -> None:
    command = [sys.executable, "-m", "gradcheck", "derive", "w1", "--problem", "two-two-two", "--to", "unicode"]
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252"}
    assert b"dL/dnet_o2 = dL/do2" in subprocess.run(command, capture_output=True, check=True, env=environment).stdout
    command[3:] = ["formula", "--problem", "two-two-two", "∂L/∂w₅ = ∂L/∂o₁ ∂o₁/∂w₅", "--json"]
    printed = subprocess.run(command, capture_output=True, check=True, env=environment).stdout
    assert json.loads(printed)["text"] == command[6]


def test_the_self_test_prints_the_kill_matrix_and_its_record(capsys: Capture) -> None:
    status, out, err = call(capsys, "selftest", "--only", "bias-averaged", "--only", "gate-includes-zero")
    assert status == 0
    assert out.startswith("PASSED  2 mistakes planted into 13 places")
    assert "caught        10 of 10, 10 called by name" in out
    assert "equivalent    3" in out
    assert "100 %  13 of 13 planted, 0 missed" in err
    status, out, _ = call(capsys, "selftest", "--only", "loss-factor", "--json", "--quiet")
    assert status == 0
    record = json.loads(out)
    assert {own["outcome"] for own in record["kills"]} == {"caught"}
    assert record["format"] == "gradcheck.selftest/1"


def test_the_self_test_knows_no_other_mistakes(capsys: Capture) -> None:
    status, _, err = call(capsys, "selftest", "--only", "mean-for-some")
    assert status == 2
    assert "mean-for-sum" in err


def test_a_mistake_is_explained_with_numbers(capsys: Capture) -> None:
    status, out, _ = call(capsys, "explain", "bias-not-summed-over-batch")
    assert status == 0
    assert "<-- the first wrong number" in out
