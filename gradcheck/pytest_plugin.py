"""The pytest plugin: wrong gradients fail their tests with a page, and what was judged is summed up at the end.

It does nothing until it is used, by the ``gradcheck`` fixture, by the marker of the same name or by a mismatch that a
test raises, and it imports nothing heavy when pytest loads it. What it remembers of a test are the properties of its
report, so all of it reaches the summary from the workers of pytest-xdist, and JUnit files, in the same way.
"""

import os
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest
from _pytest._code.code import ReprEntryNative, ReprExceptionInfo, ReprFileLocation, ReprTraceback

if TYPE_CHECKING:
    from gradcheck.records import Result

CHECKS = ("check", "check_gradient", "check_hessian_vector", "check_torch", "check_vjp", "find_mismatch")
"""The check functions that the fixture has, each failing the test unless the gradients agree."""
WORST_LAST = ("agrees", "undecided", "broken", "differs")
"""The verdicts; that of a test is the worst of its results."""
WEAK = 5
"""How many warnings of one test are kept."""
CASES = 20
"""How many cases a marked test is given if nothing else is said."""
MARKER = "gradcheck(cases=20, seed=0, layers=()): run the test for so many random networks, each as ``case``."


class Checks:
    """The check functions, each failing the test unless the verdict is AGREES; they return the result."""

    check: "Callable[..., Result]"
    check_gradient: "Callable[..., Result]"
    check_hessian_vector: "Callable[..., Result]"
    check_torch: "Callable[..., Result]"
    check_vjp: "Callable[..., Result]"
    find_mismatch: "Callable[..., Result]"

    def __getattr__(self, name: str) -> "Callable[..., Result]":
        """Return a check function of gradcheck that insists on its result."""
        __tracebackhide__ = True
        import gradcheck
        from gradcheck.errors import UnknownName

        if name not in CHECKS:
            raise AttributeError(str(UnknownName("check of the gradcheck fixture", name, CHECKS)))

        def checked(*args: Any, **options: Any) -> "Result":
            __tracebackhide__ = True
            result: Result = getattr(gradcheck, name)(*args, **options)
            result.verify()
            return result

        return checked


@pytest.fixture(name="gradcheck")
def checks() -> Checks:
    """Give the check functions, each failing the test unless the gradients agree."""
    return Checks()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Hear what is verified during a test, and keep the sum of it as properties of its report."""
    from gradcheck.records import LISTENERS

    heard = Heard()
    LISTENERS.append(heard)
    try:
        return (yield)
    finally:
        LISTENERS.remove(heard)
        item.user_properties += heard.properties()


class Heard:
    """What was verified during one test, summed up while it goes on: there may be thousands of results."""

    def __init__(self) -> None:
        self.worst, self.closest, self.weak = "", (-1.0, ""), dict[str, None]()

    def __call__(self, result: "Result") -> None:
        """Hear of a result."""
        self.worst = max(self.worst, str(result.verdict), key=("", *WORST_LAST).index)
        if result.verdict == "agrees":
            closest = max(result.comparisons, key=lambda one: one.margin, default=None)
            if closest:
                self.closest = max(self.closest, (closest.margin, f"{result.subject}, {closest.parameter}"))
            self.weak |= {f"{result.subject}: {note}": None for note in result.notes if "judged" in note}

    def properties(self) -> Iterator[tuple[str, object]]:
        """Yield what a report is to carry: the worst verdict, the closest call, what makes a pass weak."""
        if self.worst:
            yield "gradcheck.verdict", self.worst
        if self.closest[1]:
            yield "gradcheck.closest", f"{self.closest[0]:.3g} {self.closest[1]}"
        yield from (("gradcheck.weak", weak) for weak in list(self.weak)[:WEAK])


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer the options of the command line, with its names behind ``gradcheck``."""
    group = parser.getgroup("gradcheck")
    for name, kind, text in (
        ("cases", int, "how many random networks a marked test is given"),
        ("seed", int, "the seed they are from"),
        ("layers", str, "layers, separated by commas, one of which is in each of them"),
    ):
        group.addoption(f"--gradcheck-{name}", type=kind, default=None, help=text)
        parser.addini(f"gradcheck_{name}", text, default=None)


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", MARKER)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a marked test its random networks."""
    marker = metafunc.definition.get_closest_marker("gradcheck")
    if marker is None or "case" not in metafunc.fixturenames:
        return
    strangers = set(marker.kwargs) - {"cases", "seed", "layers"}
    if marker.args or strangers:
        pytest.fail(
            f"The marker gradcheck takes cases, seed and layers; not {sorted(strangers) or marker.args}.", False
        )
    from gradcheck.errors import GradcheckError
    from gradcheck.generate import drawn

    try:
        cases, seed, layers = (_said(metafunc.config, name, marker.kwargs) for name in ("cases", "seed", "layers"))
        names = layers.split(",") if isinstance(layers, str) else layers
        wanted = tuple(name.strip() for name in names if name.strip())
        found = drawn(_whole("cases", cases, 1), _whole("seed", seed, 0), wanted)
    except GradcheckError as error:
        raise pytest.fail.Exception(str(error), False) from None
    metafunc.parametrize("case", found, ids=[case.architecture for case in found])


def _whole(name: str, said: Any, least: int) -> int:
    """Return an option that is a number; raises GradcheckError if it is none, or too small."""
    from gradcheck.errors import GradcheckError

    if not str(said).strip().isdecimal() or int(said) < least:
        raise GradcheckError(f"gradcheck: {name} is {said!r}; it is to be a whole number, {least} or more.")
    return int(said)


def _said(config: pytest.Config, name: str, marked: Mapping[str, Any]) -> Any:
    """Return an option: from the command line, the marker, the ini file, pyproject.toml, or by default."""
    from gradcheck.config import read

    for said in (config.getoption(f"--gradcheck-{name}"), marked.get(name), config.getini(f"gradcheck_{name}")):
        if said is not None:
            return said
    return read(config.rootpath).get(name, {"cases": CASES, "seed": 0, "layers": ()}[name])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the page of a mismatch in the place of the traceback that led to it."""
    report = yield
    if not report.failed or call.excinfo is None:
        return report
    error, page, command = call.excinfo.value, "", ""
    if any(_name(kind) == "gradcheck.errors.Mismatch" for kind in type(error).__mro__):
        page, command = "\n".join([str(error), "", *getattr(error, "__notes__", [])]), getattr(error, "reproduce", "")
        if call.when == "setup":  # a fixture insists, while nobody hears
            item.user_properties.append(("gradcheck.verdict", type(error).__name__.lower()))
    elif (result := _asserted(call.excinfo)) is not None:
        page, command = f"{result}\n", result.reproduce
        item.user_properties.append(("gradcheck.verdict", str(result.verdict)))
    if page:
        report.longrepr = _shown(item, call.excinfo, page)
        reproduce = command if command.startswith("gradcheck ") else f"pytest '{report.nodeid}'"
        item.user_properties += [("gradcheck.reproduce", reproduce), ("gradcheck.says", _first(page))]
        report.user_properties[:] = item.user_properties
    return report


def _asserted(excinfo: pytest.ExceptionInfo[BaseException]) -> "Result | None":
    """Return the result that ``assert check_gradient(...)`` or ``assert result`` is about; None if it is about none."""
    if not isinstance(excinfo.value, AssertionError):
        return None
    for own in excinfo.traceback[-1].frame.f_locals.values():  # pytest keeps there what it asserts, too
        wrong = _name(type(own)) == "gradcheck.records.Result" and not own
        if wrong and f"assert {str(own).partition(chr(10))[0][:80]}" in str(excinfo.value):
            result: Result = own
            return result
    return None


def _shown(item: pytest.Item, excinfo: pytest.ExceptionInfo[BaseException], page: str) -> ReprExceptionInfo:
    """Return a page as pytest shows failures: with the line of the test behind it, and one line of it for summaries."""
    file, line, _ = item.location
    number = next((own.lineno for own in reversed(excinfo.traceback) if own.path == item.path), line or 0) + 1
    lines = [f"{page}\n", f"{file}:{number}: {excinfo.typename}\n"]
    entry = ReprEntryNative([] if item.config.getoption("tbstyle") == "line" else lines)
    crash = ReprFileLocation(str(item.path), number, _first(page))
    return ReprExceptionInfo(reprcrash=crash, reprtraceback=ReprTraceback([entry], None, style="native"))


def _first(page: str) -> str:
    """Return the first lines of a page, as one."""
    lines = [" ".join(line.split()) for line in page.splitlines() if line.strip()]
    return ". ".join(line.rstrip(".") for line in lines[:3])[:300]


def _name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Sum up what was judged: counts, the closest call, what makes a pass weak, and how to see each failure again."""
    reports = [own for kind in ("passed", "failed", "error") for own in terminalreporter.stats.get(kind, [])]
    said: dict[str, list[str]] = {}
    for report in reports:
        for name, value in getattr(report, "user_properties", ()) if report.when in ("setup", "call") else ():
            said.setdefault(name, []).append(str(value))
    verdicts = said.get("gradcheck.verdict", [])
    if not verdicts:
        return
    terminalreporter.section("gradcheck")
    terminalreporter.line(", ".join(f"{verdicts.count(one)} {one}" for one in dict.fromkeys(sorted(verdicts))))
    if closest := max(said.get("gradcheck.closest", []), key=lambda text: float(text.split()[0]), default=""):
        margin, _, what = closest.partition(" ")
        terminalreporter.line(f"closest call: {100 * float(margin):.3g} % of the allowed error, {what}")
    for warning in dict.fromkeys(said.get("gradcheck.weak", [])):
        terminalreporter.line(f"warning: {warning}")
    for line in said.get("gradcheck.reproduce", []):
        terminalreporter.line(f"reproduce: {line}")
    _tell_github(terminalreporter)


def _tell_github(terminalreporter: Any) -> None:
    """Annotate every wrong gradient at the test that has found it, where GitHub reads along."""
    if not os.environ.get("GITHUB_ACTIONS"):
        return
    from gradcheck.cli.github import annotations, place

    ill = []
    for report in [*terminalreporter.stats.get("failed", []), *terminalreporter.stats.get("error", [])]:
        says = dict(getattr(report, "user_properties", ())).get("gradcheck.says")
        if says:
            file, line, name = report.location
            ill.append((name, says, place(file, 1 + (line or 0))))
    for line in annotations(ill):
        terminalreporter.line(line)
