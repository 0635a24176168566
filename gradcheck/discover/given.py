"""Inputs as a person gives them on one line: ``x=3x4 W=4x5 b=5 y=int:5:3 reg=0.1``.

A name, an equals sign, and a shape; before the shape, if wanted, what kind of numbers: ``int:5:3`` is five whole
numbers below 3, ``positive:``, ``unit:`` (between 0 and 1), ``binary:``, ``one-hot:``. ``scalar`` is one number,
drawn. What is no shape is taken as a Python literal and left as it is: ``reg=0.1``, ``mode='train'``,
``conv_param={'stride': 1}``; a whole number is one after ``value:``.
"""

import ast
import re

from gradcheck.discover.forms import Form
from gradcheck.errors import GradcheckError, UnknownName

KINDS = ("real", "positive", "unit", "binary", "one-hot", "int")
"""What may stand before a shape."""


def read(text: str) -> dict[str, Form]:
    """Read inputs from a line. Raises GradcheckError, showing what is meant, for what cannot be read."""
    parts = re.split(r"\s+(?=[A-Za-z_]\w*=)", text.strip())
    return dict(_one(part) for part in parts if part)


def _one(text: str) -> tuple[str, Form]:
    name, equals, rest = text.partition("=")
    if not equals or not name.isidentifier() or not rest:
        raise GradcheckError(f"The input {text[:60]!r} cannot be read: give a name and a shape, such as x=3x4.")
    kind, colon, more = rest.partition(":")
    if colon and kind == "value":
        return name, Form("value", value=_literal(name, more))
    if colon and re.fullmatch(r"[a-z-]+", kind):
        if kind not in KINDS:
            raise UnknownName("kind of input", kind, (*KINDS, "value"))
        shape, _, below = more.partition(":")
        if kind == "int":
            return name, Form("labels", _axes(name, shape), value=_below(name, below))
        return name, Form(kind, _axes(name, shape))
    if rest == "scalar" or re.fullmatch(r"\d+(x\d+)*", rest):
        return name, Form("real", _axes(name, rest))
    return name, Form("value", value=_literal(name, rest))


def _axes(name: str, shape: str) -> tuple[int, ...]:
    if shape == "scalar":
        return ()
    if not re.fullmatch(r"[1-9]\d{0,3}(x[1-9]\d{0,3}){0,5}", shape):
        raise GradcheckError(f"The shape {shape[:40]!r} of {name!r} cannot be read: write 3x4, 5 or scalar.")
    return tuple(map(int, shape.split("x")))


def _below(name: str, text: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,6}", text):
        raise GradcheckError(f"Say how many classes {name!r} has: {name}=int:5:3 is five whole numbers below 3.")
    return int(text)


def _literal(name: str, text: str) -> object:
    try:
        value: object = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError) as error:
        raise GradcheckError(f"{text[:40]!r} for {name!r} is neither a shape (3x4) nor a Python literal.") from error
    return value


def written(form: Form) -> str:
    """Write a given form as it can be given again."""
    shape = "x".join(map(str, form.axes)) or "scalar"
    if form.kind == "value":
        return f"value:{form.value!r}"
    return (
        f"int:{shape}:{form.value}"
        if form.kind == "labels"
        else shape
        if form.kind == "real"
        else f"{form.kind}:{shape}"
    )
