"""The plan of the house: who may import whom, how long a room may be, what a reader may expect to find."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "gradcheck"
MODULES = sorted(PACKAGE.rglob("*.py"))

FLOORS = (
    {"errors", "op", "config"},
    {"point", "line", "records", "shown"},
    {"reference"},
    {"architecture"},
    {"diagnose", "mistakes", "oracles"},
    {"check", "stages", "repair"},
    {"adapt", "formula"},
    {"generate", "report", "workers", "cluster"},
    {"survey"},
    {"run", "search", "discover", "selftest", "explanation"},
    {"cli", "pytest_plugin", "notebook", "__main__", "__init__"},
)
"""The rooms, floor by floor, from the ground up: imports run downwards, or stay on their floor."""

UPWARDS = {("shown", "report")}
"""The one step up: a result can show itself."""

HEAVY = {
    "torch": {
        "oracles/pytorch.py",
        "oracles/counterparts/",
        "adapt/graph.py",
        "adapt/further.py",
        "adapt/ways.py",
        "selftest/peers.py",
    },
    "hypothesis": {f"generate/{own}.py" for own in ("networks", "provider", "inputs", "search")} | {"search.py"},
    "matplotlib": {"report/figures/", "shown.py"},
    "rich": {"cli/progress.py"},
}
"""Libraries that take long to import, and the only modules that may."""


def room(module: str) -> str:
    """The room a dotted name of the package lives in."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """The syntax of a file, the whole first."""
    return tuple(ast.walk(ast.parse(path.read_text())))


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in the file."""
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "gradcheck":
            yield from (f"gradcheck.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def functions(path: Path) -> Iterator[ast.FunctionDef]:
    yield from (node for node in nodes(path) if isinstance(node, ast.FunctionDef))


def body_lines(function: ast.FunctionDef) -> int:
    """Lines of code in a function, its docstring left out."""
    body = function.body[1:] if ast.get_docstring(function, clean=False) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def name(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def test_every_room_is_on_a_floor() -> None:
    rooms = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in MODULES}
    assert rooms == set().union(*FLOORS)


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_imports_run_downwards(path: Path) -> None:
    floor = {own: number for number, rooms in enumerate(FLOORS) for own in rooms}
    here = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    for module in imports(path):
        if module.split(".")[0] == "gradcheck":
            there = room(module)
            assert floor[there] <= floor[here] or (here, there) in UPWARDS, f"{here} imports {there}"


def test_the_textbook_knows_numpy_and_op_and_nothing_else() -> None:
    for path in PACKAGE.glob("reference/*.py"):
        known = {
            "gradcheck.op",
            "gradcheck.errors",
            "numpy",
            "dataclasses",
            "collections.abc",
            "functools",
            "abc",
            "math",
            "typing",
        }
        strangers = {
            module for module in imports(path) if not module.startswith(("gradcheck.reference", "numpy."))
        } - known
        assert not strangers, f"{path.name} imports {strangers}"


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_heavy_libraries_stay_in_their_rooms(path: Path) -> None:
    for module in imports(path):
        allowed = HEAVY.get(module.split(".")[0])
        assert allowed is None or name(path).startswith(tuple(allowed)), f"{name(path)} imports {module}"


STARTS = [
    "from gradcheck import *",
    "import gradcheck.cli",
    "import gradcheck.pytest_plugin",
    "import gradcheck.discover",
]


@pytest.mark.parametrize("start", STARTS)
def test_starting_imports_nothing_heavy(start: str) -> None:
    report = f"{start}\nimport sys; print(*sorted({set(HEAVY)!r} & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, check=True).stdout.split()
    assert loaded == []


def command(*arguments: str) -> str:
    """What runs a command, and prints nothing."""
    lines = ["import io, contextlib, gradcheck.cli", "with contextlib.redirect_stdout(io.StringIO()):"]
    lines += [
        "    with contextlib.suppress(SystemExit):",
        f"        gradcheck.cli.commands.main({list(arguments)}, standalone_mode=False)",
    ]
    return "\n".join(lines)


ROUTES = ("formula", "--problem", "two-two-two", "dL/dw5 = dL/do1 do1/dw5")


@pytest.mark.parametrize(
    ("start", "kept_out"),
    [("import gradcheck", "numpy"), (command("--help"), "numpy"), (command(*ROUTES), "gradcheck.check")],
)
def test_starting_opens_no_room_that_is_not_asked_for(start: str, kept_out: str) -> None:
    report = f"{start}\nimport sys; print({kept_out!r} in sys.modules, 'gradcheck' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, check=True).stdout.split()
    assert said == ["False", "True"]


def test_a_room_does_not_hide_a_public_name() -> None:
    import gradcheck.check

    assert gradcheck.check is gradcheck.check.__globals__["check"]
    assert set(gradcheck.__all__) <= set(dir(gradcheck))
    assert all(getattr(gradcheck, own).__module__.startswith("gradcheck.") for own in gradcheck.__all__)


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_rooms_and_functions_are_small(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 300
    for function in functions(path):
        assert body_lines(function) <= 40, function.name


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_every_module_opens_with_its_idea(path: Path) -> None:
    module = nodes(path)[0]
    assert isinstance(module, ast.Module)
    assert ast.get_docstring(module)


def test_most_functions_fit_in_a_glance() -> None:
    lengths = sorted(body_lines(function) for path in MODULES for function in functions(path))
    assert lengths[len(lengths) // 2] <= 6
    assert lengths[len(lengths) * 9 // 10] <= 20


def test_the_import_table_would_notice() -> None:
    """The reader of imports sees through ``from gradcheck import x`` and into function bodies."""
    seen = set(imports(PACKAGE / "cli" / "run.py")) | set(imports(PACKAGE / "cli" / "progress.py"))
    assert {"gradcheck.run", "gradcheck.report", "rich.console"} <= seen
