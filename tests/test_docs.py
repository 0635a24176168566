"""The pages of the site, made without MkDocs: everything has its page, nothing is misread, links lead somewhere.

``make docs`` builds the site from them, and is as strict about links again.
"""

import html
import re
from collections.abc import Iterator, Mapping
from inspect import cleandoc
from posixpath import dirname, join, normpath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docs.pages import INCLUDED, PAGED, ROOT, SAMPLES, STAGES, chapters, pages, plain
from gradcheck.cli import COMMANDS
from gradcheck.formula import Problem, built_in
from gradcheck.mistakes import CATALOGUE, Mistake
from gradcheck.op import Op
from gradcheck.records import Verdict
from gradcheck.reference import LAYERS, Residual

PAGES = pages()
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
ASSETS = {f"sample/{name}" for name in PAGED}
"""What else is on the site, and linked to."""


def read(text: str) -> str:
    """What a reader sees of Markdown, but for spaces."""
    return " ".join(html.unescape(re.sub(r"\\([\W_])", r"\1", text)).split())


def anchors(page: str) -> set[str]:
    """The places on a page that have a name."""
    text = FENCE.sub("", page)
    plain_heads = re.findall(r"^#+ ([^{\n]*)$", text, re.MULTILINE)
    slugs = {re.sub(r"\s+", "-", re.sub(r"[^\w\s-]", "", head).strip().lower()) for head in plain_heads}
    return slugs | set(re.findall(r"^#+ .*\{#(\S+)\}$", text, re.MULTILINE))


def dead(site: Mapping[str, str]) -> Iterator[str]:
    """Every link that leads nowhere."""
    for path, page in site.items():
        shown = re.sub(r"(?<!\\)`[^`\n]+`", "code", FENCE.sub("", page))
        for link in re.findall(r"(?<!\\)\]\(([^)\s]+)\)", shown):
            target, _, place = link.partition("#")
            there = normpath(join(dirname(path), target)) if target else path
            found = there in site and (not place or place in anchors(site[there]))
            if not found and there not in ASSETS and not link.startswith("https://"):
                yield f"{path}: {link}"


def test_links_lead_somewhere() -> None:
    assert list(dead(PAGES)) == []


@pytest.mark.parametrize("link", ["nowhere.md", "../index.md", "index.md#nowhere", "textbook/affine.md#Afine"])
def test_a_link_that_leads_nowhere_is_noticed(link: str) -> None:
    assert list(dead({**PAGES, "new.md": f"See [this]({link})."})) == [f"new.md: {link}"]


@pytest.mark.parametrize("layer", [*LAYERS, Residual], ids=lambda layer: layer.__name__)
def test_every_layer_has_its_derivation(layer: type[Op]) -> None:
    page = PAGES[f"textbook/{layer.__module__.rpartition('.')[2]}.md"]
    (section,) = re.findall(rf"^## {layer.__name__} \{{#{layer.__name__}\}}\n(.*?)(?=^## |\Z)", page, re.M | re.S)
    for paragraph in cleandoc(layer.__doc__ or "").split("\n\n"):
        assert read(paragraph).replace("`", "") in re.sub(r"`|\]\(\S+\)|\[(?=`)", "", read(section))
    assert f"class {layer.__name__}(" in section
    assert "def forward" in page
    assert layer.__name__ in PAGES["textbook/index.md"]


def test_names_lead_to_what_they_mean() -> None:
    assert "[`affine`](../textbook/affine.md)" in PAGES["textbook/index.md"]  # and not to a function of that name
    assert "[`CosineSimilarity`](../textbook/similarity.md#CosineSimilarity)" in PAGES["textbook/similarity.md"]
    assert "`step`" in PAGES["textbook/shaping.md"]
    assert "[`step`]" not in PAGES["textbook/shaping.md"]  # an argument, and not the step of descent


def test_every_chapter_of_the_textbook_has_its_page() -> None:
    written = {path.stem for path in (ROOT / "gradcheck" / "reference").glob("*.py")} - {"__init__"}
    assert {path.removesuffix(".md") for path in PAGES if path.startswith("textbook/")} == {
        f"textbook/{name}" for name in {*written, "index"}
    }
    assert list(chapters())[:2] == ["network", "affine"]  # as the reference itself says


@pytest.mark.parametrize("mistake", CATALOGUE.values(), ids=lambda mistake: mistake.id)
def test_every_mistake_has_its_page(mistake: Mistake) -> None:
    page = PAGES[f"mistakes/{mistake.id}.md"]
    for said in (mistake.cause, mistake.wrong, mistake.right, mistake.says, mistake.question):
        assert read(said) in read(page)
    assert f"]({mistake.id}.md)" in PAGES["mistakes/index.md"]


def test_a_layer_and_its_mistakes_name_each_other() -> None:
    assert "../mistakes/mean-for-sum.md" in PAGES["textbook/affine.md"]
    assert "../textbook/affine.md#Affine" in PAGES["mistakes/mean-for-sum.md"]


def test_every_problem_is_there_with_its_forward_pass() -> None:
    for name in built_in():
        assert f"{{#{name}}}" in PAGES["problems.md"]
        assert set(Problem.load(name).forward) <= set(re.findall(r"^\"?([\w']+)\"? += ", PAGES["problems.md"], re.M))


def test_every_command_is_there_with_its_examples_laid_out() -> None:
    for name in COMMANDS:
        assert f"Usage: gradcheck {name} " in PAGES["commands.md"]
    assert "\n  gradcheck run --time 600 --seed 7 " in PAGES["commands.md"]
    assert "\\b" not in PAGES["commands.md"]


def test_the_verdicts_and_the_stages_are_explained() -> None:
    page = PAGES["verdict.md"]
    assert re.findall(r"^- \*\*(\w+)\*\*: ", page, re.M) == [verdict.name for verdict in Verdict]
    assert tuple(re.findall(r"^### .*\{#(\S+)\}$", page, re.M)) == STAGES


def test_the_worked_example_comes_to_what_it_says() -> None:
    printed = re.findall(r"^(?:h = |claimed [0-9]).*$", PAGES["verdict.md"], re.M)
    off = [float(line.rpartition(" ")[2]) for line in printed[:3]]
    assert off[0] > 3 * off[1] > 9 * off[2]
    assert [line.rpartition(" ")[2] for line in printed[3:]] == ["agrees", "differs"]


@pytest.mark.parametrize(("source", "path"), [*INCLUDED.items(), *SAMPLES.items()])
def test_a_file_is_included_and_not_copied(source: str, path: str) -> None:
    own = re.sub(r"\]\([^)]*\)", "]", (ROOT / source).read_text())
    assert re.sub(r"\]\([^)]*\)", "]", PAGES[path]).endswith(own)
    assert "sample/report.html" in PAGES["report.md"]


@given(st.text(st.sampled_from("ab *_[]()<>&#+-.!|{}\\~^1")))
def test_nothing_in_plain_text_is_markdown(text: str) -> None:
    shown = plain(text)
    assert html.unescape(re.sub(r"\\([\W_])", r"\1", shown)) == text
    assert not re.search(r"(?<!\\)(?:\\\\)*[*_\[\]{}#<|!]", shown)


def test_no_page_is_kept() -> None:
    assert list((ROOT / "docs").rglob("*.md")) == []
