"""The commands that work on the record of a run: baseline, replay, report; and what is said to GitHub."""

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from gradcheck import report
from gradcheck.records import Run
from gradcheck.report.baseline import change
from tests.test_cli import STUDENT, Capture, call

SAMPLE = Path(__file__).parents[2] / "reports" / "sample"
PLANT = ("run", "--plant", "mean-for-sum", "--quiet")


@pytest.fixture(scope="module")
def sample() -> Run:
    return report.decode((SAMPLE / "run.json").read_text())


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch, sample: Run) -> Run:
    """The kept sample, which is what a run with this mistake makes, in the place of such a run."""
    monkeypatch.setattr("gradcheck.run.run", lambda **_: sample)
    return sample


def renamed(run: Run, kind: str) -> Run:
    """The same run, as if another kind of layer had been wrong."""
    (example,) = run.counterexamples
    findings = tuple(replace(finding, layer_kind=kind) for finding in example.result.findings)
    return replace(run, counterexamples=(replace(example, result=replace(example.result, findings=findings)),))


def test_what_is_new_fixed_and_known(sample: Run) -> None:
    other, clean = renamed(sample, "tanh"), replace(sample, counterexamples=())
    same = change(sample, sample)
    assert (same.new, same.fixed, len(same.known)) == ((), (), 1)
    assert (len(change(sample, other).new), len(change(sample, other).fixed)) == (1, 1)
    assert (len(change(clean, sample).new), len(change(sample, clean).fixed)) == (1, 1)


def test_a_run_fails_only_on_what_its_baseline_does_not_know(capsys: Capture, tmp_path: Path, planted: Run) -> None:
    status, out, _ = call(capsys, *PLANT, "--out", str(tmp_path), "--baseline", str(SAMPLE / "run.json"))
    assert status == 0
    assert "0 new, 1 known, 0 fixed" in out
    (tmp_path / "other.json").write_text(report.encode(renamed(planted, "tanh")))
    status, out, _ = call(capsys, *PLANT, "--out", str(tmp_path), "--baseline", str(tmp_path / "other.json"))
    assert status == 1
    assert "1 new, 0 known, 1 fixed" in out


def test_a_baseline_that_is_none_is_told_before_the_work(capsys: Capture, tmp_path: Path) -> None:
    for name, says in [("nothing.json", "Cannot read"), ("empty.json", "not the record of a run")]:
        (tmp_path / "empty.json").write_text("{}")
        status, out, err = call(capsys, *PLANT, "--out", str(tmp_path), "--baseline", str(tmp_path / name))
        assert (status, out) == (2, "")
        assert says in err


def test_replay_says_what_is_fixed_and_what_still_fails(capsys: Capture, tmp_path: Path, sample: Run) -> None:
    status, out, _ = call(capsys, "replay", "--out", str(SAMPLE))
    assert status == 1
    assert out.startswith("STILL FAILS  1  mean-for-sum  2x1 affine:1")
    report.write(replace(sample, planted=""), tmp_path)
    status, out, _ = call(capsys, "replay", "1", "--out", str(tmp_path))
    assert status == 0
    assert out.startswith("FIXED        1  mean-for-sum")
    status, _, err = call(capsys, "replay", "2", "--out", str(tmp_path))
    assert status == 2
    assert "There is no failure 2; the latest run has 1." in err


def test_replay_of_nothing_is_status_5(capsys: Capture, tmp_path: Path, sample: Run) -> None:
    report.write(replace(sample, counterexamples=()), tmp_path)
    assert call(capsys, "replay", "--out", str(tmp_path))[0] == 5
    assert call(capsys, "replay", "--out", str(tmp_path / "nowhere"))[0] == 2


def test_what_was_found_becomes_a_test(capsys: Capture, tmp_path: Path, planted: Run) -> None:
    path = tmp_path / "test_found.py"
    status, out, _ = call(capsys, *PLANT, "--out", str(tmp_path), "--write-test", str(path))
    assert (status, str(path) in out) == (1, True)
    scope: dict[str, object] = {}
    exec(path.read_text(), scope)  # noqa: S102 - it is our own
    cases = scope["CASES"]
    assert cases == ["2x1 affine:1 half-sum-of-squares weights=0 draws=1 regime=ordinary"]
    test = scope["test_what_was_wrong_once_is_right"]
    assert callable(test)
    test(cases[0])


@pytest.mark.parametrize("form", report.FORMATS)
def test_a_record_is_written_in_any_form(capsys: Capture, tmp_path: Path, sample: Run, form: str) -> None:
    status, out, _ = call(capsys, "report", str(SAMPLE / "run.json"), "--to", form)
    written = report.FORMATS[form](sample)
    assert status == 0
    assert out.rstrip("\n") == written.rstrip("\n")
    path = tmp_path / "deep" / "file"
    assert call(capsys, "report", str(SAMPLE / "run.json"), "--to", form, "--out", str(path))[0] == 0
    assert path.read_text() == written
    assert [own.name for own in path.parent.iterdir()] == ["file"]


def test_a_form_that_does_not_exist_is_told(capsys: Capture) -> None:
    status, _, err = call(capsys, "report", str(SAMPLE / "run.json"), "--to", "htm")
    assert (status, "Did you mean 'html'?" in err) == (2, True)


def test_two_runs_are_compared(capsys: Capture, tmp_path: Path, sample: Run) -> None:
    (tmp_path / "before.json").write_text(report.encode(renamed(sample, "tanh")))
    status, out, _ = call(capsys, "report", str(SAMPLE / "run.json"), "--against", str(tmp_path / "before.json"))
    assert status == 0
    assert out.startswith("1 new, 1 fixed, 0 in both\n  NEW      mean-for-sum")


def test_junit_counts_what_it_holds(sample: Run) -> None:
    for run, failures in ((sample, 1), (replace(sample, counterexamples=()), 0)):
        (suite,) = Xml.fromstring(report.junit(run).encode())  # noqa: S314 - it is our own
        assert suite.get("failures") == str(failures) == str(len(suite.findall("testcase/failure")))
        assert suite.get("tests") == str(len(suite.findall("testcase")))


def test_junit_holds_what_xml_cannot(sample: Run) -> None:
    (example,) = sample.counterexamples
    hostile = replace(example, result=replace(example.result, notes=("a \x00 and a \x1b[31m <tag> & more",)))
    Xml.fromstring(report.junit(replace(sample, counterexamples=(hostile,))).encode())  # noqa: S314


def test_a_notebook_is_one(sample: Run) -> None:
    book = json.loads(report.notebook(sample))
    assert [cell["cell_type"] for cell in book["cells"]] == ["markdown", "code"]
    scope: dict[str, object] = {}
    exec("".join(book["cells"][1]["source"]), scope)  # noqa: S102 - it is our own


def test_github_is_told(capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, planted: Run) -> None:
    path, summary = tmp_path / "student.py", tmp_path / "summary.md"
    path.write_text(STUDENT)
    assert "::error" not in call(capsys, "check", str(path))[2]
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    status, out, err = call(capsys, "check", str(path), "--json")
    assert status == 1
    assert len(json.loads(out)) == 2
    title = "title=affine_forward%3Aaffine_backward::DIFFERS: The gradient for b is not"
    assert f"::error file={path},line=5,{title}" in err
    assert "%0Amean-for-sum: Contributions of the samples add; " in err
    assert "%0ATry: def affine_backward(dout, cache): return dout @ cache[1].T, cache[0].T @ dout, dout.sum(" in err
    assert err.count("::error") == 1
    assert "| `affine_forward:affine_backward` | DIFFERS |" in summary.read_text()
    call(capsys, *PLANT, "--out", str(tmp_path))
    assert "| b1[0] | 3.3133 |" in summary.read_text()


def test_github_shows_no_more_than_ten(capsys: Capture, monkeypatch: pytest.MonkeyPatch, sample: Run) -> None:
    from gradcheck.cli import github

    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    for many in (10, 14):
        github.tell_run(replace(sample, counterexamples=sample.counterexamples * many))
        err = capsys.readouterr().err
        assert err.count("::error") == 10
        assert ("and 5 more" in err) == (many == 14)


def test_settings_are_read_from_pyproject(capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.gradcheck]\ncases = 3\nout = 'elsewhere'\nquiet = true\n")
    monkeypatch.chdir(tmp_path)
    status, out, err = call(capsys, "run")
    assert (status, err) == (0, "")
    assert out.startswith("AGREES  3 random networks")
    assert (tmp_path / "elsewhere" / "index.html").exists()
    assert call(capsys, "run", "-n", "2")[1].startswith("AGREES  2 random networks")
    (tmp_path / "pyproject.toml").write_text("[tool.gradcheck]\ncaess = 3\n")
    status, _, err = call(capsys, "run")
    assert (status, "Did you mean 'cases'?" in err) == (2, True)


def test_doctor(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    status, out, _ = call(capsys, "doctor")
    assert status == 0
    assert "oracles     differences, pytorch" in out
    assert out.endswith("Everything works here.\n")
    ill = report.decode((SAMPLE / "run.json").read_text()).counterexamples[0].result
    monkeypatch.setattr("gradcheck.run.judge", lambda *_: ill)
    status, out, _ = call(capsys, "doctor")
    assert status == 3
    assert "ILL         A right gradient is judged differs" in out
