"""What is raised where shapes do not go together, and what an axis may be that is as long as it says."""

from pathlib import Path

import numpy as np
import pytest

from gradcheck import discover
from gradcheck.discover.fitting import apart, fitting, spelled
from gradcheck.discover.forms import Form, length
from gradcheck.discover.layout import Layout


@pytest.mark.parametrize(
    ("one", "other", "by", "pair"),
    [
        ((3, 4), (6, 2), "matmul", (6, 4)),
        ((3, 4), (6, 2), "dot", (4, 6)),
        ((3, 4), (6,), "add", (4, 6)),
        ((3, 4), (3, 1), "add", None),
        ((2, 3, 4), (2, 5, 4), "concatenate", (3, 5)),
        ((3, 4), (5, 2), "einsum", (4, 5)),
        ((3, 4), (3, 6), "assign", (6, 4)),
    ],
)
def test_two_lengths_that_were_to_be_one_are_read(
    one: tuple[int, ...], other: tuple[int, ...], by: str, pair: tuple[int, int] | None
) -> None:
    a, b = np.ones(one), np.ones(other)
    says = ""
    try:
        match by:
            case "concatenate":
                np.concatenate([a, b])
            case "einsum":
                np.einsum("ij,jk->ik", a, b)
            case "assign":
                a[...] = b
            case _:
                getattr(np, by)(a, b)
    except ValueError as error:
        says = str(error)
    assert apart(says) == ([pair] if pair else [])


@pytest.mark.parametrize(
    ("axis", "many"), [("D+H", 10), ("D+H+1", 11), ("4H", 24), ("C*H*W", 48), ("D/C", 2), ("D", 4)]
)
def test_an_axis_may_be_made_of_others(axis: str, many: int) -> None:
    assert length(axis, {"D": 4, "H": 6, "C": 2, "W": 4}) == many


def test_what_is_so_long_is_spelled_in_letters() -> None:
    layout = Layout({"x": Form("real", ("N", "D")), "h": Form("real", ("N", "H"))})
    assert spelled(10, layout)[0] == "D+H"
    assert spelled(6, layout)[0] == "H"
    assert spelled(97, layout) == [97]


@pytest.mark.parametrize("which", range(3))
def test_what_is_divided_into_groups_is_a_multiple_of_them(which: int) -> None:
    layout = Layout({"x": Form("real", ("N", "D")), "w": Form("real", ("g", "D/g", "M"))})
    drawn = layout.draw(which, 0)
    assert drawn["w"].shape[0] > 1
    assert drawn["w"].shape[0] * drawn["w"].shape[1] == drawn["x"].shape[1]


STEP = """
import numpy as np

def step_forward(x, h_prev, Wx, Wh):
    return np.tanh(x.dot(Wx) + h_prev.dot(Wh)), (x, h_prev, Wx, Wh)

def step_backward(da, cache):
    x, h_prev, Wx, Wh = cache
    da = da * (1 - np.tanh(x.dot(Wx) + h_prev.dot(Wh)) ** 2)
    return da.dot(Wx.T), da.dot(Wh.T), x.T.dot(da), h_prev.T.dot(da)
"""


def test_of_what_is_multiplied_the_weights_are_mended_before_the_state(tmp_path: Path) -> None:
    (tmp_path / "step.py").write_text(STEP)
    (subject,) = discover.find(discover.load(tmp_path / "step.py"))
    axes = {"x": ("N", "D"), "h_prev": ("N", "H"), "Wx": ("D", "H"), "Wh": ("D", "H")}
    start = Layout({name: Form("real", own) for name, own in axes.items()})
    (layout, trial), *_ = fitting(subject, [start], (), 0)
    assert trial.fits
    assert {name: form.axes for name, form in layout.chosen.items()} == {**axes, "Wh": ("H", "H")}
