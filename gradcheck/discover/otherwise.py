"""A layout with something about it changed: columns for vectors, one sample, symmetric matrices, other settings."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from gradcheck.discover.docstrings import described, told
from gradcheck.discover.forms import Form
from gradcheck.discover.layout import Layout
from gradcheck.discover.subject import Argument

LOOKED_UP = ("index", "labels")
"""Kinds of whole numbers at which something is looked up."""
COMPARED = ("real", "unit", "binary")
"""Kinds of numbers that predictions are, and what they are compared with."""
FEW, SMALL = 3, 0.02
"""Near a limit are at most so many arrays, one after the other, while the others are so small beside it."""
SQUARE = ((2, 0, 1.0), (2, 1, 1.0))
"""Points at which all lengths are the same, so that what is taken from another layer fits."""
_LABELS = re.compile(r"log|==|label|(?<![a-z])class|binary|astype\(int|clip\(|prob")
"""What the source has in it where targets are classes, or what they are compared with are probabilities."""
_PENALTY = re.compile(r"l[12]|\w*_l[12]|reg|\w*regulari[sz]\w*|lam(bda)?_?\d?|(weight_)?decay|\w*penalty")
"""What the strength of a penalty is called."""
_FACTOR = re.compile(r"alpha|beta|gamma|delta|lam\w*|kappa|rho|tau|eta|nu|c|k|scale|strength")
"""What a factor is called, which may be one for every entry."""
_SYMMETRIC = re.compile(
    r"symmetric|covariance|(kernel|gram|precision|distance|adjacency) matrix|hessian|laplacian|definite", re.IGNORECASE
)
_SYMMETRIC_NAMES = re.compile(r"[Ss]igma|[Cc]ov(ariance)?|[Pp]recision|[Gg]ram|[Ll]aplacian|[Aa]djacency")


def as_real(layout: Layout, like: Layout) -> Layout:
    """Return a layout whose targets hold any number where those of another do: a square hides nothing then."""
    kinds = {name: form.kind for name, form in like.chosen.items() if form.kind in ("real", "positive")}
    return Layout(
        {
            name: replace(form, kind=kinds[name]) if name in kinds and form.kind in ("binary", "one-hot") else form
            for name, form in layout.chosen.items()
        }
    )


def upright(layout: Layout) -> Iterator[tuple[Layout, str]]:
    """Yield layouts that leave a person the same as far as names tell, and what they are for, in words."""
    for other, meant in ((as_columns(layout), "columns"), (in_a_row(layout), "one row of places")):
        if other:
            yield other, meant
    for name, form in layout.chosen.items():
        if _FACTOR.fullmatch(name) and form.kind in ("real", "positive") and len(form.axes) == 1:
            yield with_forms(layout, {name: replace(form, axes=())}), f"one number as {name}"


def as_columns(layout: Layout) -> Layout | None:
    """Return a layout whose one array is a column instead of a vector, which leave a person the same; else None."""
    arrays = [name for name, form in layout.chosen.items() if form.kind == "real"]
    if len(arrays) != 1 or len(layout.chosen[arrays[0]].axes) != 1:
        return None
    form = layout.chosen[arrays[0]]
    return Layout({**layout.chosen, arrays[0]: replace(form, axes=(*form.axes, 1))})


def nearby(layout: Layout, edge: float, free: Collection[str]) -> Iterator[Layout]:
    """Yield layouts with one array of real numbers after the other near a number, on both sides of 0, others small."""
    real = [name for name in free if layout.chosen[name].kind == "real"]
    for name in real if len(real) <= FEW else ():
        yield with_forms(
            layout,
            {
                own: replace(layout.chosen[own], kind="near", value=edge if own == name else SMALL * edge)
                for own in real
            },
        )


def with_columns(layout: Layout, arguments: Sequence[Argument]) -> Layout | None:
    """Return a layout with rows of numbers for vectors of them, where nothing but vectors is compared; else None."""
    arrays = {name: form for name, form in layout.chosen.items() if form.axes}
    alike = len(arrays) > 1 and all(form.kind in COMPARED and form.axes == ("N",) for form in arrays.values())
    if not alike or any(own.constructor or described(own) for own in arguments if own.name in arrays):
        return None
    return with_forms(layout, {name: replace(form, axes=("N", "M")) for name, form in arrays.items()})


def without_penalty(layout: Layout, arguments: Sequence[Argument]) -> tuple[Layout, str] | None:
    """Return a layout whose object has no penalty on its weights, and what that means; None if it has none anyway."""
    strengths = [own.name for own in arguments if own.constructor and _PENALTY.fullmatch(own.name)]
    strengths = [name for name in strengths if layout.chosen[name] != Form("value", value=0.0)]
    if not strengths:
        return None
    said = " and ".join(f"{name}=0" for name in strengths)
    without = with_forms(layout, dict.fromkeys(strengths, Form("value", value=0.0)))
    return without, f"judged with {said}: that penalty is in its backward pass alone"


def in_a_row(layout: Layout) -> Layout | None:
    """Return a layout with one row of places where things are looked up for several; None if it has none."""
    rows = {name: form for name, form in layout.chosen.items() if form.kind in LOOKED_UP and len(form.axes) == 2}
    flat = {name: replace(form, axes=("T",)) for name, form in rows.items()}
    return Layout({**layout.chosen, **flat}) if flat else None


def lengthened(layout: Layout) -> Iterator[Layout]:
    """Yield layouts with one axis after the other four long, or six: samples that lie in pairs are even."""
    letters = dict.fromkeys(axis for form in layout.arrays if form.kind != "book" for axis in form.axes)
    for letter in (own for own in letters if isinstance(own, str)):
        for many in (4, 6):
            axes = {
                name: tuple(many if axis == letter else axis for axis in form.axes)
                for name, form in layout.chosen.items()
                if form.kind != "book"
            }
            yield with_forms(layout, {name: replace(layout.chosen[name], axes=own) for name, own in axes.items()})


def deeper(layout: Layout) -> Layout | None:
    """Return a layout with one more layer, all of one width, where all sizes are given in a list; None if none are."""
    nets = {name: form for name, form in layout.chosen.items() if form.kind == "sizes" and form.axes[:1] == ("D",)}
    more = {name: replace(form, axes=(form.axes[0], *form.axes[:1] * 2, form.axes[-1])) for name, form in nets.items()}
    return Layout({**layout.chosen, **more}) if more else None


def one_sample(layout: Layout) -> Iterator[Layout]:
    """Yield a layout with batches of one, and one with no batches; nothing if it has none."""
    for instead in ((1,), ()):
        single = {
            name: replace(form, axes=tuple(own for axis in form.axes for own in (instead if axis == "N" else (axis,))))
            for name, form in layout.chosen.items()
        }
        if single != layout.chosen:
            yield Layout(single)


def symmetric(layout: Layout, arguments: Sequence[Argument], judged: Collection[str]) -> tuple[Layout, bool]:
    """Return a layout whose square matrices are symmetric that are not judged, or said to be, and whether all are."""
    square = [
        own
        for own in arguments
        if (form := layout.chosen[own.name]).kind == "real" and len(form.axes) == 2 and len({*form.axes}) == 1
    ]
    said = [own for own in square if _SYMMETRIC.search(told(own)) or _SYMMETRIC_NAMES.fullmatch(own.name)]
    square = [own for own in square if own.name not in judged or own in said]
    even = {own.name: replace(layout.chosen[own.name], kind="symmetric") for own in square}
    return (Layout({**layout.chosen, **even}) if even else layout), len(said) == len(square)


def as_variable(layout: Layout, judged: Collection[str]) -> Layout:
    """Return a layout with real numbers for the one argument for which gradients come back: it tells no classes."""
    alone = {name: form for name, form in layout.chosen.items() if [name] == [*judged]}
    classes = {name: form for name, form in alone.items() if form.kind in ("one-hot", "binary")}
    return with_forms(layout, {name: replace(form, kind="real") for name, form in classes.items()})


def labelled(arguments: Sequence[Argument]) -> bool:
    """Say whether the source suggests a class or a probability: it is compared, cut off, its likelihood taken."""
    text = arguments[0].source if arguments else ""
    return bool(_LABELS.search(re.sub(r"\bclass \w+", "", text)))


def with_forms(layout: Layout, others: Mapping[str, Form]) -> Layout:
    """Return a layout with other forms for some arguments."""
    return Layout({**layout.chosen, **others})


def written(layout: Layout, settings: Collection[str]) -> str:
    """Write some settings of a layout: ``delta=0.75, p=1.3``."""
    drawn = layout.draw(0, 0)
    return ", ".join(f"{name}={drawn[name]}" for name in settings)
