"""Every page of the site, made out of the package itself: nothing that stands there is written a second time here.

A hook of MkDocs, which asks for the pages while it builds; none of them is kept. ``pages`` makes them as Markdown and
needs no MkDocs for it. What a docstring says is plain text with formulas in it, so it is shown as it would look on a
typewriter: its letters in fixed pitch, nothing in it read as Markdown, and lines that were laid out left as they are.
"""

import ast
import contextlib
import io
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from inspect import cleandoc
from pathlib import Path
from typing import Any

import click

from gradcheck import mistakes, records, reference
from gradcheck.architecture.vocabulary import JOINS, KINDS, LOSSES
from gradcheck.cli import COMMANDS, commands
from gradcheck.formula import Problem, built_in
from gradcheck.formula.posed.problem import HOME
from gradcheck.mistakes import CATALOGUE, LayerMistake, Mistake

ROOT = Path(__file__).parents[1]
TEXTBOOK = ROOT / "gradcheck" / "reference"
INCLUDED = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changes.md",
}
"""Files that are pages, with the places that they have on the site."""
SAMPLE = "reports/sample/REPORT.md"
"""The report that is kept of a run in which something is wrong."""
SAMPLES = {
    SAMPLE: "report.md",
    "reports/sample/passing/REPORT.md": "passing.md",
    "reports/sample/result/result.md": "result.md",
    "reports/sample/20000.md": "20000.md",
    "reports/sample/bench.md": "bench.md",
}
"""What else is kept, each with its page; there is an HTML page of the same name with it."""
PAGED = {
    "report.html": "index.html",
    "passing.html": "passing/index.html",
    "formula.html": "formula/index.html",
    "bench.svg": "bench.svg",
}
"""The HTML pages and the drawing that are kept, as files of the folder ``sample``."""
MOVED = {
    **INCLUDED,
    **SAMPLES,
    "reports/sample": "report.md",
    "bench.svg": "sample/bench.svg",
    "gradcheck/reference": "textbook/index.md",
    "gradcheck/formula/problems/one-path.toml": "problems.md#one-path",
}
"""Where on the site that is to which the included files link."""
WAYS = ("oracles", "oracles.differences", "oracles.complex_step", "oracles.more_digits", "oracles.pytorch")
AFTER = tuple(f"stages.{name}" for name in ("hearing", "rounding", "compare", "subgradient", "directions", "blame"))
STAGES = ("check", "op", "point", "stages.contract", *WAYS, *AFTER, "diagnose", "diagnose.locate")
"""The modules that a claim passes through on its way to a verdict, in this order."""
WRITTEN = (*KINDS.values(), *JOINS.values(), *LOSSES.values())
"""What an architecture is written with."""
Part = ast.ClassDef | ast.FunctionDef
"""What a chapter of the textbook consists of."""


def on_files(files: Any, config: Any) -> Any:
    """Add every page to the files that MkDocs builds the site from, and the kept samples as they are."""
    from mkdocs.structure.files import File

    for path, text in pages().items():
        files.append(File.generated(config, path, content=text))
    for name, kept in PAGED.items():
        files.append(File.generated(config, f"sample/{name}", abs_src_path=str(ROOT / "reports" / "sample" / kept)))
    return files


def pages() -> dict[str, str]:
    """Return every page as Markdown, by its path."""
    return {
        **{path: included(source) for source, path in INCLUDED.items()},
        **{path: sample(source, path) for source, path in SAMPLES.items()},
        "textbook/index.md": textbook(),
        **{f"textbook/{chapter}.md": derivations(chapter) for chapter in chapters()},
        "mistakes/index.md": catalogue(),
        **{f"mistakes/{mistake.id}.md": explanation(mistake) for mistake in CATALOGUE.values()},
        "verdict.md": verdict(),
        "problems.md": problems(),
        "commands.md": command_line(),
    }


# ---------------------------------------- the pages that are files ----------------------------------------


def included(source: str) -> str:
    """Return a file of the repository, with its links turned to the pages of the site."""
    text = (ROOT / source).read_text(encoding="utf-8")
    return re.sub(r"\]\(([^):]+)\)", lambda link: f"]({MOVED.get(link[1], link[1])})", text)


def sample(source: str, path: str) -> str:
    """Return a kept sample, and say where its other form is, if it has one."""
    page = path.replace(".md", ".html")
    also = f"[The same as one HTML page](sample/{page})\n\n" if page in PAGED else ""
    return f"{also}{included(source)}"


# ---------------------------------------- the textbook ----------------------------------------


@cache
def chapters() -> dict[str, tuple[str, list[Part]]]:
    """Return for every module of the reference what it says first and what it defines, in the order of reading.

    The order is the one in which the reference itself mentions them; what it does not mention comes last.
    """
    read = {path.stem: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(TEXTBOOK.glob("[!_]*.py"))}
    mentioned = [name for name in re.findall(r"``(\w+)``", reference.__doc__ or "") if name in read]
    parts = {name: [node for node in tree.body if isinstance(node, Part) and told(node)] for name, tree in read.items()}
    return {name: (ast.get_docstring(read[name]) or "", parts[name]) for name in dict.fromkeys([*mentioned, *read])}


def told(part: Part) -> bool:
    """Say whether a class or function is there to be read about; a private class is what others have in common."""
    return ast.get_docstring(part) is not None and (is_class(part) or not part.name.startswith("_"))


def is_class(part: Part) -> bool:
    """Tell a class from a function."""
    return isinstance(part, ast.ClassDef)


@cache
def places() -> dict[str, str]:
    """Return the page of each chapter, and the place of each class on its page; functions are too often mere words."""
    classes = ((part.name, name) for name, (_, parts) in chapters().items() for part in parts if is_class(part))
    own = {part: f"textbook/{name}.md#{part}" for part, name in classes}
    return own | {name: f"textbook/{name}.md" for name in chapters()}


def textbook() -> str:
    """Return the list of the chapters, opened by what the reference says about itself."""
    lines = ["# The textbook", typewritten(reference.__doc__ or "", "../")]
    for name, (idea, parts) in chapters().items():
        links = ", ".join(f"[{part.name}]({name}.md#{part.name})" for part in parts if part.name[0] != "_")
        lines += [f"## [{name.capitalize()}]({name}.md)", typewritten(idea.split("\n\n")[0], "../"), links]
    return "\n\n".join(lines)


def derivations(chapter: str) -> str:
    """Return one chapter: the idea, then each derivation with the code that is its last line, and what goes wrong."""
    idea, parts = chapters()[chapter]
    source = (TEXTBOOK / f"{chapter}.py").read_text(encoding="utf-8").splitlines()
    lines = [f"# {chapter.capitalize()}", f"[Textbook](index.md) · `gradcheck/reference/{chapter}.py`"]
    lines += [typewritten(idea, "../")]
    for part in parts:
        lines += [f"## {part.name} {{#{part.name}}}", typewritten(ast.get_docstring(part) or "", "../")]
        lines += [f"In an architecture: `{kind.usage}`" for kind in WRITTEN if kind.layer.__name__ == part.name]
        lines += [fenced(code(part, source), "python"), *made_here(part.name)]
    return "\n\n".join(lines)


def code(part: Part, source: list[str]) -> str:
    """Return the code of a class or function without its docstring."""
    said = part.body[0]
    first = min([part.lineno, *(decorator.lineno for decorator in part.decorator_list)])
    after = source[said.end_lineno or 0 : part.end_lineno]
    return "\n".join([*source[first - 1 : said.lineno - 1], *(after[1:] if after[:1] == [""] else after)])


def made_here(layer: str) -> Iterator[str]:
    """Yield the line about the mistakes that people make in a layer, if there are any in the catalogue."""
    made = [known for known in CATALOGUE.values() if layer in {kind.__name__ for kind in made_in(known)}]
    if made:
        links = ", ".join(f"[{known.id}](../mistakes/{known.id}.md)" for known in made)
        yield f"Mistakes that people make in it: {links}"


# ---------------------------------------- the mistakes ----------------------------------------


def catalogue() -> str:
    """Return the list of the mistakes, those of one cause together."""
    lines = ["# The mistakes", plain(mistakes.__doc__ or "")]
    lines += [
        "Each of them is planted into the textbook, found, shrunk and named by the tests: `gradcheck run --plant`."
    ]
    for cause in dict.fromkeys(known.cause for known in CATALOGUE.values()):
        made = [known for known in CATALOGUE.values() if known.cause == cause]
        lines += [f"## {cause} {{#{cause}}}"]
        lines += ["\n".join(f"- [{known.id}]({known.id}.md): {plain(known.says)}" for known in made)]
    return "\n\n".join(lines)


def explanation(known: Mistake) -> str:
    """Return the page of one mistake."""
    lines = [f"# {known.id}", f"[Mistakes](index.md) · cause: [{known.cause}](index.md#{known.cause})"]
    lines += [plain(known.says), "Wrong:", fenced(known.wrong, "python"), "Right:", fenced(known.right, "python")]
    lines += [f"Ask yourself: **{plain(known.question)}**"]
    links = [f"[{layer.__name__}](../{places()[layer.__name__]})" for layer in made_in(known)]
    where = ", ".join(links) or f"any [network](../{places()['Network']}) in which routes meet"
    lines += [f"It can be made in {where}.", "See it found, and shrunk to the smallest network that shows it:"]
    lines += [fenced(f"gradcheck run --plant {known.id}", "sh")]
    return "\n\n".join(lines)


def made_in(known: Mistake) -> list[type]:
    """Return the layers in which a mistake can be made."""
    return list(known.layers) if isinstance(known, LayerMistake) else []


# ---------------------------------------- the verdict ----------------------------------------


def verdict() -> str:
    """Return how a verdict comes about: what there is to conclude, the stages, and one entry worked through."""
    lines = ["# How a verdict comes about", plain(records.Verdict.__doc__ or "")]
    lines += ["\n".join(f"- **{name.upper()}**: {plain(says)}" for name, says in meanings().items())]
    lines += ["## One entry, worked through {#worked}", *worked(), "## The stages {#stages}"]
    for stage in STAGES:
        module = import_module(f"gradcheck.{stage}")
        lines += [f"### {stage.rpartition('.')[2].replace('_', ' ')} {{#{stage}}}"]
        lines += [f"`{Path(module.__file__ or '').relative_to(ROOT)}`", typewritten(module.__doc__ or "", "")]
    return "\n\n".join(lines)


def meanings() -> dict[str, str]:
    """Return what stands under each verdict in the records."""
    tree = ast.parse(Path(records.__file__).read_text(encoding="utf-8"))
    (body,) = (node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Verdict")
    said = [node.value.value for node in body if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)]
    return dict(zip(records.Verdict, map(str, said[1:]), strict=True))


def worked() -> Iterator[str]:
    """Run the worked example; yield what each step of it says, its code, and what that prints."""
    names: dict[str, Any] = {}
    for step in re.split(r"^# ", (ROOT / "docs" / "worked.py").read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        says, done = step.split("\n", 1)
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(done, names)  # noqa: S102 - it is our own
        yield from (plain(says), fenced(done.strip("\n"), "python"))
        yield from [fenced(printed.getvalue(), "text")] if printed.getvalue() else []


# ---------------------------------------- problems and commands ----------------------------------------


def problems() -> str:
    """Return the built-in problems, each with its forward pass, which is all there is to a problem."""
    lines = ["# The problems", "What `gradcheck formula` judges formulas about, and `gradcheck derive` derives."]
    for name in built_in():
        problem, text = Problem.load(name), (HOME / f"{name}.toml").read_text(encoding="utf-8")
        asked = "\n".join(f"gradcheck derive {parameter} --problem {name}" for parameter in problem.parameters)
        lines += [
            f"## {name} {{#{name}}}",
            plain(problem.title[:1].upper() + problem.title[1:]),
            fenced(text, "toml"),
            fenced(asked, "sh"),
        ]
    return "\n\n".join(lines)


def command_line() -> str:
    """Return the help of every command, as a wide terminal shows it."""
    above = click.Context(commands, info_name="gradcheck", terminal_width=100, **commands.context_settings)
    lines = ["# The commands", fenced(commands.get_help(above), "text")]
    for name in COMMANDS:
        command: click.Command = import_module(f"gradcheck.cli.{name}").command
        shown = command.get_help(click.Context(command, parent=above, info_name=name))
        lines += [f"## gradcheck {name} {{#{name}}}", fenced(shown, "text")]
    return "\n\n".join(lines)


# ---------------------------------------- text as Markdown ----------------------------------------


def typewritten(text: str, up: str) -> str:
    """Return a docstring in fixed pitch; names of the textbook in it become links, ``up`` leading to the root."""
    paragraphs = re.split(r"\n\s*\n", cleandoc(text))
    shown = (fenced(cleandoc(own), "text") if laid_out(own) else plain(own, up) for own in paragraphs)
    return '<div class="typewritten" markdown>\n\n' + "\n\n".join(shown) + "\n\n</div>"


def laid_out(paragraph: str) -> bool:
    """Say whether the lines of a paragraph are to be left as they are: they are set in, or set below each other."""
    return any(line.startswith("    ") or "   " in line.strip() for line in paragraph.splitlines())


def plain(text: str, up: str = "") -> str:
    """Return text in which Markdown reads nothing but what is between double backticks: that is code, or a link."""
    parts = re.split(r"``(.+?)``", text, flags=re.DOTALL)
    return "".join(named(part, up) if place % 2 else escaped(part) for place, part in enumerate(parts))


def escaped(text: str) -> str:
    """Return text such that Markdown shows it as it is."""
    return re.sub(r"([\\`*_{}\[\]#+\-.!|])", r"\\\1", text).replace("&", "&amp;").replace("<", "&lt;")


def named(name: str, up: str) -> str:
    """Return a name as code, with a link if the textbook explains it."""
    return f"[`{name}`]({up}{places()[name]})" if name in places() else f"`{name}`"


def fenced(text: str, language: str) -> str:
    """Return a block that is shown as it is."""
    return f"```{language}\n{text.rstrip()}\n```"
