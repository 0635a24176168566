"""What the docstring and the source of a function say about an argument: its shape, its settings, its length."""

import ast
import inspect
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from gradcheck.discover import names
from gradcheck.discover.forms import Form
from gradcheck.discover.source import parsed
from gradcheck.discover.subject import Argument

SETTINGS: dict[str, Any] = {
    "stride": 1, "pad": 1, "padding": 1, "pool_height": 2, "pool_width": 2, "pool_size": 2, "kernel_size": 3,
    "mode": "train", "p": 0.6, "seed": 0, "eps": 1e-5, "momentum": 0.9, "G": 1,
}  # fmt: skip
"""What the entries of a dictionary of settings usually are."""
LETTERS = {
    "HH": "R", "WW": "S", "FN": "F", "FH": "R", "FW": "S", "kh": "R", "kw": "S", "nc": "F", "w": "W",
    "d_1": "d1", "d_k": "d2", "n": "N", "d": "D", "m": "M", "h": "H", "k": "K", "c": "C",
    "t": "T", "n_x": "D", "n_h": "H", "n_y": "M",
    "B": "N", "batch": "N", "batch_size": "N", "n_samples": "N", "num_samples": "N", "out": "M", "n_out": "M",
    "out_features": "M", "classes": "M", "n_classes": "M", "num_classes": "M", "hidden": "H", "hidden_dim": "H",
    "Dx": "D", "Dy": "M", "d_model": "D", "num_features": "D", "word vector length": "D", "num words in vocab": "V",
    "n_H_prev": "P", "n_W_prev": "W", "n_C_prev": "C", "n_C": "F", "f": "R", "n_a": "H",
    "size of previous layer": "D", "size of current layer": "M", "size of the current layer": "M",
    "number of examples": "N", "in": "D", "n_in": "D", "in_features": "D", "features": "D", "n_features": "D",
    "dim": "D", "input_dim": "D", "input_size": "D", "hidden_size": "H", "output_size": "M", "groups": "g",
    "n_groups": "g", "num_groups": "g",
}  # fmt: skip
"""The letters of axes that have other names in docstrings."""
PIXELS = (
    ("chan|depth|^(\\w+_)?[cd](_?in)?$", "C"),
    ("height|rows|^(\\w+_)?h(_?in)?$", "H"),
    ("width|cols|^(\\w+_)?w(_?in)?$", "W"),
    ("batch|^[nb]$", "N"),
)
"""What the axes of images are called where a shape is taken apart."""
SAMPLES = LETTERS | {"m": "N", "n": "D"}
"""Where data are (m, n), m is how many samples there are."""
_SCALAR = re.compile(
    r"\bscalars?\b|real numbers?|(?<!of )\bfloats\b|"
    r"^\W*\w+\W*(?:\(|: *)float\b(?! ?(or|array|nd|np|matri|vec|tens|\[))",
    re.IGNORECASE,
)
"""What a docstring calls single numbers."""
_TWO = re.compile(r"== 1\b|\(1 - [yt]\w*\)|expit|sigmoid")
"""What stands where a score is that of one of two classes,"""
_ALONG = re.compile(r"axis|keepdims|softmax|arange|\[:,|@|dot\(|shape\[1\]|\.T\b|\.size\b")
"""and what does not, if each sample has one."""
_INTERCEPTS = (("1:", "0"), (":-1", "-1"))
"""What of a vector is multiplied with the samples, and what is left of it."""
_NOISE = r"\b(eps(ilon)?|noise)\b"
"""What noise is called, and otherwise a small constant."""
_NAMED = re.compile(
    r"\d?[A-Z]{1,2}\d?|(?!no|do)[nd][a-z]\d?|[a-z]\d|(n|num|d|dim)_\w+|\w+_(in|out|prev|size|dim|features|units|classes)"
)
"""Letters and names of axes that need no other."""
_AXIS = r"(?:\d?[A-Za-z]\w*(?:\s*(?:[+-]|//?)\s*\w+)*(?: [a-z]+)*|\d+|\.\.\.)"
_SHAPE = re.compile(rf"[(\[]\s*((?:1\s*,\s*)*{_AXIS}(?:\s*[,x×*]\s*{_AXIS}?)*)\s*,?\s*[)\]]")

_TARGET = r"(?:self\.)?\w+"
"""What a part of a shape is written to."""
_NEXT = re.compile(r"(?<=[;.]) (?=`*\w+`*(?:\s*,\s*`*\w+`*)*\s*(?::|\([A-Z]))|(?<=,) (?=`*\w+`*\s*:)")
"""What begins to tell of the next argument, in the same line."""
_BARE = re.compile(r"[\s\-*]*`*\w+`*(\s*,\s*`*\w+`*)*\s*,?")
"""Names, and nothing about them."""
_SETTING = re.compile(r"[(,]\s*(\w+)\s*(?::\s*int\s*)?=\s*\d+\b(?![.\d])")
"""A setting that is a whole number by default, as it may stand in a shape: ``(N, C * r * r, H, W)``."""


def described(argument: Argument) -> list[Form]:
    """Return the shape that a docstring gives an argument: ``X: (N, D) data``, ``w: array of shape (D, M)``."""
    text = told(argument)
    rows = SAMPLES if re.search(r"\(\s*m\s*,\s*n\s*\)", argument.docstring) else LETTERS
    rows = rows | {name: name for name in _SETTING.findall(argument.source) if name not in rows}
    read = [_axes(found[1], rows) for found in _SHAPE.finditer(text)] if "any shape" not in text else []
    scalar = [Form("real")] if _SCALAR.search(text) else []
    shaped = [Form("real", axes) for axes in read if axes][:1]
    return shaped + [_shorter(own) for own in shaped if own != _shorter(own)] or scalar


def telling(made_by: type, own: Argument, methods: Sequence[str]) -> Argument:
    """Return an argument with the docstring that tells of its shape, or at least of it: its class's, or a method's."""
    every = (own.docstring, *(inspect.getdoc(getattr(made_by, name)) or "" for name in methods if name))
    read = [replace(own, docstring=text) for text in every]
    return next((one for how in (described, told) for one in read if how(one)), own)


def _shorter(form: Form) -> Form:
    """Return a form without the one more that its axes have, as samples have that are told with a column of ones."""
    axes = tuple(axis.removesuffix("+1") if isinstance(axis, str) else axis for axis in form.axes)
    return Form(form.kind, axes, form.cost + (axes != form.axes))


def _axes(text: str, letters: Mapping[str, str]) -> tuple[int | str, ...]:
    """Read the axes between brackets, ``N, d_1, ..., d_k``; nothing if these are words of another kind."""
    between = r"\s*,\s*" if "," in text else r"\s*[×*]\s*|\s+x\s*|(?<=\d)x(?=\d)"
    parts = [part for part in re.split(between, text) if part not in ("", "...")]
    axes = [re.split(r"\s*(\+|-|\*|//?)\s*", part) for part in parts]
    known = all(own in letters or own.isdigit() or _NAMED.fullmatch(own) for axis in axes for own in axis[::2])
    spelled = ["".join(letters.get(own, own).replace("//", "/") for own in axis) for axis in axes]
    return tuple(int(own) if own.isdigit() else own for own in spelled) if known else ()


def numbered(argument: Argument) -> list[Form]:
    """Return the shape that a docstring gives an argument in numbers: ``W1 -- weight matrix of shape (5, 4)``."""
    found = re.search(r"\(\s*(\d+)\s*,\s*(\d+)?\s*\)", told(argument))
    return [Form("real", tuple(int(axis) for axis in found.groups() if axis))] if found else []


def told(argument: Argument) -> str:
    """Return what a docstring says about an argument, from its name to the next one's."""
    start = rf"^[\s\-*]*(?:`*\w+`*\s*(?:,|and)\s*)*`*{re.escape(argument.name)}`*\s*(?:[:(=,]|--?|–|(?:is|are|and)\b)"
    lines = r".*(?:\n\s{4,}(?![-*]?\s*\w+\s*:).*)*"
    found = re.search(start + lines, argument.docstring, re.MULTILINE)
    named = rf"(?:(?<=[,;.:) ] )|(?<=and ))`*{re.escape(argument.name)}`*"
    colon = r"(?::(?:\s+[\w-]+){0,4}|is(?:\s+an?|\s+the)?)?"
    beside = named + rf"(?:\s*(?:,|and)\s*`*\w+`*)*\s*{colon}\s*\([^()]*\)[^,;.\n]*"
    alone = named + r"\s*:?\s*(?:scalar|number|float)\b"
    every = r"\b[Aa]ll (?:arrays|vectors|inputs|arguments)\b[^().]*\([^()]*\)"
    likely = (beside, alone, *([every] if argument.default is inspect.Parameter.empty else []))
    found = next(filter(None, (re.search(own, argument.docstring) for own in likely)), None) if found is None else found
    first, *others = _NEXT.split(found[0]) if found else [""]
    return f"{first} {others[0]}" if others and _BARE.fullmatch(first) else first  # w, b: (D,) tells of both


def indexed(argument: Argument) -> list[Form]:
    """Return the vector that an argument must be if the source takes it apart: ``x[0]``, ``a, b = np.exp(x)``.

    One of which slices are taken is as long as it likes, if all that is taken of it are slices, or if they are those of
    neighbours as well, ``x[1:]`` and ``x[:-1]``: as long as is told then leaves nothing in between. It is one number
    where nothing is ever asked for but ``x[0]``.
    """
    name = re.escape(argument.name)
    places = [int(place) for place in re.findall(rf"\b{name}\[(\d+)\](?!\[)", argument.source)]
    apart = rf"^\s*((?:\w+\s*,\s*)+\w+)\s*=\s*(?:np\.\w+\({name}\)|{name})\s*$"
    parts = re.search(apart, argument.source, re.MULTILINE)
    places += [parts[1].count(",")] if parts else []
    asked = re.sub(r"def \w+\(.*?\)|[\"']{3}.*?[\"']{3}|#.*", "", argument.source, flags=re.DOTALL)
    if max(places, default=0) > 0 or (places and len(places) == len(re.findall(rf"\b{name}\b", asked))):
        told = Form("real", (max(places) + 1,))
        neighbours = len({*re.findall(rf"\b{name}\[(\d*:|\d*:-\d+)\]", argument.source)}) > 1 and not parts
        return [Form("real", ("D",)), replace(told, cost=1)] if neighbours else [told]
    if re.search(rf"np\.(argsort|sort|diff)\({name}\)", argument.source):  # of a matrix its rows alone would be sorted
        return [Form("real", ("D",))]
    slices = re.findall(rf"\b{name}\[[-\d]*:[-\d]*\](?!\.reshape)", argument.source)
    alone = len(slices) == len(re.findall(rf"\b{name}\[", argument.source)) > 1
    return [Form("real", ("D",))] if alone else []


def unpacked(argument: Argument, least: int = 3) -> list[Form]:
    """Return the shape of so many axes or more that the source takes apart: ``F, _, HH, WW = w.shape`` has C again."""
    parts = rf"(?:{_TARGET}\s*,\s*){{{least - 1},}}{_TARGET}"
    apart = rf"^\s*\(?({parts})\)?\s*=\s*(?:self\.)?{re.escape(argument.name)}\.shape\s*$"
    found = re.search(apart, argument.source, re.MULTILINE)
    axes = _targets(found[1]) if found else []
    channels = len(axes) > len("NTD") or re.search(r"\bC\b[^\n=]*=.*\.shape\b", argument.source)
    letters = LETTERS | {"m": "N", "_": "C" if channels else "D"}
    letters |= {"W": "D"} if "H" not in axes and "HH" not in axes else {}  # no image, but a sequence of words
    lettered = tuple(letters.get(own, own) for own in axes)
    image = _pixels(axes)
    return [Form("real", tuple(image) if set(image) == set("NCHW") else lettered)] if axes else []


def _targets(parts: str) -> list[str]:
    """Return the names that the parts of a shape are given, on an object or not: ``N, self.C, H, W``."""
    return [own.removeprefix("self.") for own in re.findall(_TARGET, parts)]


def _pixels(named: list[str]) -> list[str]:
    """Return the letters of the axes of an image that have names."""
    return [next((axis for word, axis in PIXELS if re.search(word, own, re.IGNORECASE)), own) for own in named]


def shaped(argument: Argument) -> list[Form]:
    """Return the shape that a constructor is given if its class takes it apart: ``depth, height, width = shape``."""
    name = rf"(?:self\.)?{re.escape(argument.name)}"
    if re.search(rf"\brange\(1, ?len\({name}\)|\({name}\[:-1\], ?{name}\[1:\]\)", argument.source):
        return [Form("sizes", ("D", "H", "M"))]
    if not re.search("shape|size|dim|kernel|filter|pool", argument.name):
        return []
    targets = rf"(?:{_TARGET}\s*,\s*)+{_TARGET}"
    apart = re.search(rf"^\s*\(?({targets})\)?\s*=\s*{name}\s*$", argument.source, re.MULTILINE)
    if apart:
        axes = _pixels(_targets(apart[1]))
        return [Form("shape", tuple(axes))] if len(set(axes)) == len(axes) else []
    many = max(map(int, re.findall(rf"\b{name}\[(\d)\]", argument.source)), default=0) + 1
    if re.search("kernel|filter", argument.name):
        return [Form("shape", ("R", "S"))] if many == len("RS") else []
    if re.search(rf"\)\s*\+\s*{name}\b", argument.source):
        return [Form("shape", ("D",))]
    usual: tuple[str, ...] = {2: ("HW",), 3: ("CHW", "HWC")}.get(many, ())
    return [Form("shape", tuple(axes), cost) for cost, axes in enumerate(usual)]


def flattened(argument: Argument) -> list[Form]:
    """Return a column if the source makes a vector of it to compare it with one: ``pred.squeeze() - target``."""
    compared = re.search(rf"\b{re.escape(argument.name)}(\.squeeze\(\)|\[:, ?0\]) - (self\.)?\w+", argument.source)
    return [Form("real", ("N", 1))] if compared else []


def with_intercept(argument: Argument) -> list[Form]:
    """Return a vector one longer than the samples are wide if the source takes its first, or last, entry for itself."""
    name = re.escape(argument.name)
    pairs = ((rf"(@ ?{name}|dot\({name})\[{rest}\]", rf"\b{name}\[{alone}\]") for rest, alone in _INTERCEPTS)
    apart = any(re.search(rest, argument.source) and re.search(alone, argument.source) for rest, alone in pairs)
    return [Form("real", ("D+1",))] if apart else []


def noise(argument: Argument) -> list[Form]:
    """Return the forms of noise that the source spreads, ``mu + sigma * eps``, and of what is made of it again."""
    spread = r"(\bstd|\bsigma|exp\((0\.5|\.5|1 ?/ ?2) ?\* ?\w+\))"
    drawn = re.search(rf"{spread} ?\* ?{_NOISE}|{_NOISE} ?\* ?(np\.)?{spread}", argument.source)
    if drawn and re.fullmatch(_NOISE, argument.name):
        return [Form("real", ("N", "D"))]
    return [Form("real", ("N", "M"), 1)] if drawn and argument.name in ("x", "X", "data", "inputs") else []


def one_each(argument: Argument, usual: list[Form]) -> list[Form]:
    """Return the forms of a score with a vector first if the source compares it with one of two classes alone.

    Where it is told that the target is a column, ``y: (N, 1)``, the score is one.
    """
    columns = [replace(own, cost=0) for own in usual if own.axes == ("N", 1)]
    if columns and any(own.axes == ("N", 1) for own in _target_told(argument)):
        return columns + [replace(own, cost=own.cost + 1) for own in usual if own.axes != ("N", 1)]
    vectors = [replace(own, cost=0) for own in usual if own.axes == ("N",)]
    if not vectors or not _TWO.search(argument.source) or _ALONG.search(argument.source):
        return usual
    return vectors + [replace(own, cost=own.cost + 1) for own in usual if own.axes != ("N",)]


def signature(argument: Argument) -> list[str]:
    """Return what the first function in the source takes: its arguments, and their defaults."""
    found = re.search(r"def \w+\(([^)]*)\)", argument.source)
    return re.findall(r"\w+", found[1]) if found else []


def _target_told(argument: Argument) -> list[Form]:
    """Return the shapes that docstrings in the source give the targets beside an argument."""
    targets = filter(names.is_target, signature(argument))
    return [form for own in targets for form in described(replace(argument, name=own, docstring=argument.source))]


def gates(argument: Argument) -> int:
    """Return into how many parts, each H wide, the source takes something apart: four for ``a[:, 3*H:]``; 1 if none."""
    begun = [int(many) + 1 for many in re.findall(r"\[[^\[\]\n]*\b(\d)\s*\*\s*\w+\s*:", argument.source)]
    ended = [int(many) for many in re.findall(r"\[[^\[\]\n]*:\s*(\d)\s*\*\s*\w+", argument.source)]
    return max(begun + ended, default=1)


def used_as_index(argument: Argument) -> bool:
    """Say whether the source looks something up at an argument, or at its entries: ``p[range(n), y]``, ``s[y[i]]``.

    What it makes whole numbers of, ``ids.astype(int)``, are places as well.
    """
    if re.search(rf"\b{re.escape(argument.name)}\.astype\((np\.)?int", argument.source):
        return True
    places = [node.slice for node in ast.walk(parsed(argument.source)) if isinstance(node, ast.Subscript)]
    parts = [part for place in places for part in (place.elts if isinstance(place, ast.Tuple) else [place])]
    parts += [part.value for part in parts if isinstance(part, ast.Subscript)]
    return any(isinstance(part, ast.Name) and part.id == argument.name for part in parts)


def largest_at(argument: Argument) -> list[Form]:
    """Return the forms of a target of which the source asks where it is largest, in all of it, or along an axis."""
    name = re.escape(argument.name)
    found = re.search(rf"\b{name}\.argmax\(([^()]*)\)|argmax\({name}\s*(?:,([^()]*))?\)", argument.source)
    rows = found and (found[1] or found[2])
    return [Form("one-hot", axes) for axes in ([("N", "M")] if rows else [("M",), ("M", 1), (1, "M")])] if found else []


def unrolled(argument: Argument) -> bool:
    """Say whether the source takes a vector apart into matrices: ``w[:H * D].reshape(H, D)``, ``w.reshape(D, C)``."""
    name = re.escape(argument.name)
    parts = rf"\b{name}\[[^\],]*:[^\],]*\]\s*\.reshape|reshape\(\s*{name}\[[^\],]*:"
    whole = rf"\b{name}\.reshape\((?![^)]*-1)|reshape\(\s*{name}\s*,(?![^)]*-1)"
    flat = re.fullmatch(r"(nn_?)?params?|w|theta|wvec|weights?|flat_?\w*|vec\w*|x0|p0", argument.name)
    told = any(len(form.axes) > 1 for form in described(argument))
    return not told and bool(re.search(f"{parts}|{whole}" if flat else parts, argument.source))


def settings(argument: Argument) -> Form:
    """Return a dictionary of settings with the keys that the function reads from it."""
    return Form("value", value={key: SETTINGS[key] for key in keys_read(argument) if key in SETTINGS})


def keys_read(argument: Argument) -> list[str]:
    """Return the keys that a function reads from an argument."""
    return re.findall(rf"\b{re.escape(argument.name)}\[['\"](\w+)['\"]\]", argument.source)
