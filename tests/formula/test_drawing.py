"""The graph drawn: what is right, missing and meaningless in a formula is seen in the picture."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from gradcheck.formula import check_formula, derive
from gradcheck.formula.posed.drawing import STYLES, svg
from tests.test_cli import Capture, call

HALF_WRONG = "dL/dw1 = dh1/dw1 * dw7/dh1 * do2/dw7 * dL/do2"


def test_links_say_what_the_formula_makes_of_them() -> None:
    marks = {(link.source, link.target): link.mark for link in check_formula("two-two-two", HALF_WRONG).links}
    assert marks["w1", "h1"] == marks["h1", "o2"] == marks["o2", "L"] == "right"
    assert marks["h1", "o1"] == marks["o1", "L"] == "missing"
    assert marks["h1", "w7"] == "meaningless"
    assert marks["w3", "h2"] == ""


def test_a_route_counted_twice_is_marked() -> None:
    links = check_formula("two-two-two", "dL/dw1 = dL/dh1 dh1/dw1 + dL/do1 do1/dw1").links
    assert {(link.source, link.target) for link in links if link.mark == "twice"} == {("h1", "o1"), ("o1", "L")}


def test_a_picture_is_well_formed_and_has_every_mark() -> None:
    picture = svg(check_formula("two-two-two", HALF_WRONG).links)
    root = ElementTree.fromstring(picture)  # noqa: S314 - it is our own
    colors = [path.get("stroke") for path in root.iter("{http://www.w3.org/2000/svg}path") if path.get("stroke")]
    for mark in ("", "right", "missing", "meaningless"):
        assert STYLES[mark][0] in colors
    assert len(list(root.iter("{http://www.w3.org/2000/svg}circle"))) == 17


@pytest.mark.parametrize("name", ["one-path", "softmax-classifier", "attention-head", "tiny-rnn"])
def test_every_derivation_can_be_drawn(name: str) -> None:
    derivation = derive(name, {"one-path": "b", "tiny-rnn": "u", "attention-head": "Wq"}.get(name, "W1"))
    assert any(link.mark == "right" for link in derivation.links)
    ElementTree.fromstring(svg(derivation.links))  # noqa: S314 - it is our own
    assert "==>" in derivation.drawing()


def test_a_page_is_written(capsys: Capture, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    status, _ = call(capsys, "formula", "--problem", "two-two-two", "--html", str(page), HALF_WRONG)[:2]
    assert status == 1
    text = page.read_text()
    assert text.startswith("<!doctype html>")
    assert "<svg" in text
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")
    assert "<script" not in text
    assert "<mark>dw7/dh1</mark>" in text  # the slip, in the person's own words
