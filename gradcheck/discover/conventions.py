"""What arguments with certain names usually are, the likeliest first.

The docstring says it best, then a default, then the name: ``X`` is a batch of samples, ``W`` a matrix, ``b`` a vector,
``y`` a target, ``reg`` a number. A form that is less likely costs more; the cheapest forms that run together are meant.
"""

import inspect
import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from gradcheck.discover import makings, names
from gradcheck.discover.books import books
from gradcheck.discover.constructors import IMAGE, is_image, lengths
from gradcheck.discover.docstrings import (
    SETTINGS,
    described,
    flattened,
    gates,
    indexed,
    keys_read,
    largest_at,
    noise,
    one_each,
    settings,
    signature,
    told,
    unpacked,
    unrolled,
    used_as_index,
    with_intercept,
)
from gradcheck.discover.factored import factors
from gradcheck.discover.forms import Form, first, read_all
from gradcheck.discover.makings import divides, joint, laid_flat, made, scales, shown, upright
from gradcheck.discover.modes import TRAINING
from gradcheck.discover.subject import NUMBER, Argument
from gradcheck.discover.trades import beside_blank, by_trade
from gradcheck.op import Array

NAMES: tuple[tuple[str, str], ...] = (
    (r"lr|reg|lam(bda|bd)?_?(reg|l[12])?|l1|l2|eps(ilon)?|delta|margin|c|temperature|slope|rate|momentum|decay|dropout", "number"),
    (r"mu|sigma", "number real:ND real:D+1"),
    (r"strides?|pad(ding)?|dilation", "size:1 number"),
    (r"G|((n|num)_?)?groups", "size:g size:1+1 number+1"),
    (r"alpha|k|n|axis|num_classes|p|keep_prob", "number real: real:D"),
    (r"(W|w|weight|kernel|filter)s?_?(x|h|1|x?h|i|in|e|q|xh)", "real:DH real:HD real:HH+1"),
    (r"W_?(hh|h)|Wh", "real:HH"),
    (r"(W|w|weight)s?_?(2|y|out|hy|o)", "real:HM real:MH real:HH+2 real:H+1"),
    (r"(b|bias)(es)?_?(1|h|x|i)", "real:H real:1H+1 real:H1+1"),
    (r"(b|bias)(es)?_?(2|y|o|out)", "real:M real:1M+1 real:M1+1 real:+2 real:1+2"),
    (r"prev_h|h_?prev|h0|h|c|prev_c|c_?prev|state|hidden", "real:NH real:H+1 real:HN+2 real:D+3 real:+3"),
    (r"W|[Ww]eights?|Theta|A|kernel|filters?|M", "real:DM real:MD+1 real:D+2 real:D1+3 real:DD+3 real:+6"),
    (r"beta", "real:D real:DM real:M+1 real:MD+1 real:D1+1 real:+5"),
    (r"w|theta|coefs?|params?|p0", "real:D real:DM real:MD+1 real:D1+1 real:+5"),
    (r"[bB]|bias|intercept|offset", "real:M real:F+1 real:H+1 real:1M+1 real:M1+1 real:1D+1 real:D+2 real:+2 real:1+3"),
    (r"\w*(gamma|scale|shift|beta|gain)|bn_?bias|g", "real:D real:1D real:M+1 size:2+3 real:+4"),
    (r"log_?(var|sigma|std)|mean|std|var(iance)?|mus?|sigmas?", "real:ND real:D+1 real:+2"),
    (r"probs?|p_?hat|y_?prob\w*|y_?hat|p|y_?pred\w*|preds?|predictions?|predicted|A2|AL|q", "unit:N unit:NM unit:N1+1 unit:MN+2 unit:1N+2 unit:+4 real:N+3 real:NM+3"),
    (r"logits?|scores?|z|Z|a|outputs?|out|s", "real:NM real:N+1 real:M+1 real:MN+2 real:N1+2 real:+4"),
    (r"X|x|data|inputs?(_?data|_)?|inp|train(ing)?(_set)?_(inputs?|data|[xX]|features)|features|X?_?batch|x_train|X_train|A_?prev|images?|h_in|v|u", "real:ND real:D+2 real:N+3 real:DN+2 real:D1+2 real:NCHW+4 real:NTD+4 real:CHW+4 real:HWC+4 real:NCL+4 real:+5"),
    (r"idx|index|indices|ids|tokens|word\w*", "index:N index:NT+1 index:+2"),
    (r"masks?", "mask:ND mask:D+1 mask:NT+2"),
    (r"[xX]s|([xX]_?)?seq(uence)?s?", "real:TND real:TD+1 real:NTD+1 real:NT+3"),
    (r"[WU]_?[zrfiogcnsaqkvf]|W[A-Z]", "real:DH real:HH+1 real:DD+1 real:HD+1"),
    (r"U_?\w?", "real:HH real:DH+1 real:VD+2"),
    (r"[bB]_?[zrfiogcnsaqkv]", "real:H real:D+1 real:1H+1 real:H1+1"),
)  # fmt: skip
"""Forms by name: a kind, the axes, and after a plus what it costs."""
TARGET = (
    "binary:N labels:N+1 one-hot:NM binary:N1+1 binary:1N+3 one-hot:MN+3 real:D+3 real:+4 real:M+3 binary:+4 "
    "labels:NT+4 binary:NT+4"
)
"""The forms of what a prediction is compared with."""
VARIABLE = "real:D real:+1 real:ND+2"
"""The forms of what is called as a target is, but is none."""
ANYTHING = "real:ND+1 real:D real:+2 real:N+4 real:NTD+4 real:NCHW+5 real:DM+3"
"""The forms of an argument whose name says nothing,"""
SET_UPRIGHT = "real:N real:ND+1 real:D+1"
"""and of one that the source sets upright: ``x[:, None]``."""
UNROLLS = re.compile(r"\w+\[[^\]\n]*:[^\]\n]*\]\s*\.reshape|reshape\(\s*\w+\[[^\]\n]*:")
"""What the source of a function has in it that takes a vector of parameters apart."""
SIZES = (
    (r"(input|visible|in)_?(layer_?)?(size|dim|units)|n_?(in|x|input|features)|D", "size:D"),
    (r"hidden_?(layer_?)?(size|dim|units)|n_?(h|hid|hidden)|H", "size:H"),
    (r"n(um)?_?(labels|classes|outputs?|out|y)|output_?(layer_?)?(size|dim|units)|classes|K", "size:M"),
    (r"num_?users|n_?users|nu", "size:U"),
    (r"num_?(movies|items)|n_?(movies|items)|nm", "size:V"),
    (r"num_?features|n_?features|nf", "size:K"),
    (r"dimensions|dims|layer_?(sizes|dims)|sizes|shape|architecture", "sizes:DHM"),
    (r"sparsity\w*|rho|beta", "number"),
)
"""What the arguments are that say how a vector of parameters is taken apart."""
WIDE = 64
"""A default that is a larger number than this makes arrays so large that it is tried late."""
COLUMN = re.compile(r"randn\(\w+, 1\).*sizes")
"""What a class has in its source that keeps its biases as columns."""
UPRIGHT = re.compile(r"\bself\.\w+ = .*\(?\([\w.]+, 1\)")
"""What a class has in its source that keeps its biases as columns, whatever it makes them of."""
OPTIONAL = re.compile(r"b|bias(es)?|weights?|gamma|beta")
"""What may be left out, and has a gradient where it is not."""
WORDED = (
    ("one-hot", r"one[-_ ]?hot"),
    (
        "positive",
        r"(scalars?|floats?|numbers?|entries) > ?0\b|\bpositive\b(?![ -](semi|def|class|label|example|sample|pair|logit|score))",
    ),
    ("binary", r"\b0/1\b|\b1 if\b|\b0 or 1\b"),
)
"""What a docstring may say that the numbers in an array are."""
VOCABULARY = re.compile(r"def __init__\([^)]*\b(vocab(ulary)?(_?size)?|n_?(words|tokens)|num_words)\b")
"""What a class has in its source that is made for words,"""
WORDS = re.compile(r"x?s?|X|inputs?|ids|idx|words?|tokens?|contexts?|seqs?|sequences?|sentences?")
"""and what it calls them."""
INDEX = "labels:N labels:+1 labels:NT+2"
"""The forms of an argument at which something is looked up."""
ACTIVATIONS: tuple[tuple[str, Callable[[Array], Array]], ...] = (
    (r"(act(ivation)?|nonlin(earity)?|phi)(_?(fn|func|function))?", np.tanh),
    (r"d_?act(ivation)?\w*|(act(ivation)?|nonlin(earity)?|phi)\w*_?(prime|grad(ient)?|deriv(ative)?|d|backward)",
     lambda z: 1.0 - np.tanh(z) ** 2),
)  # fmt: skip
"""The functions that an argument may be."""
_SETTINGS = re.compile(r"(conv|pool|bn|ln|gn|dropout)_?params?|params?_dict|config|h(yper)?_?param\w*|hyper\w*")


def forms(argument: Argument) -> list[Form]:
    """Return what an argument may be, the likeliest first."""
    usual = by_trade(argument) or _settled(argument) or _number(argument) or books(argument, _plainly)
    return beside_blank(argument, [*(usual or _array(argument)), *argument.held])


def _settled(argument: Argument) -> list[Form]:
    """Return what an argument with a default, a size or a word that the source compares it with is; else nothing."""
    empty = argument.default is inspect.Parameter.empty
    wide = type(argument.default) is int and argument.default > WIDE
    default = [] if empty else [Form("value", cost=4 if wide else 1, value=argument.default)]
    made_with = lengths(argument)
    if is_image(argument):
        return [Form("sizes", IMAGE), *(replace(form, cost=2) for form in default)]
    if made_with and (empty or (type(argument.default) is int and made_with[0].kind == "size")):
        return made_with + default
    if argument.is_none_of_it:
        return [Form("number"), *default]
    if argument.choices or (empty and TRAINING.fullmatch(argument.name)):
        return [Form("choice", value=argument.choices or (True,))]
    of_classes = argument.constructor and argument.name == "weights"  # not the parameters: those have to be given
    if argument.default is None and (names.is_target(argument.name) or OPTIONAL.fullmatch(argument.name)):
        return [Form("value")] if of_classes else []
    return [replace(form, cost=0) for form in default]


def _number(argument: Argument) -> list[Form]:
    """Return what an argument is that holds a whole number, an activation or settings; else nothing."""
    if (
        UNROLLS.search(argument.source)
        and not argument.constructor
        and (sizes := first(SIZES, argument.name, re.fullmatch))
    ):
        return sizes
    if unrolled(argument):
        return [Form("unrolled")]
    listed = (
        [Form("index", ("T",))] if re.search(r"\blists? of (ints?|integers?|ind\w+|tokens?)\b", told(argument)) else []
    )
    if (listed or re.search(r"\binteger\b", told(argument).lower())) and (shaped := listed or described(argument)):
        return [replace(own, kind="index") for own in shaped]
    counts = not described(argument) and makings.counts(argument)
    whole = counts or divides(argument) or argument.annotation in ("int", "<class 'int'>")
    if whole or re.search(r"\binteger\b(?! in)", told(argument).lower()):
        many = [Form("value", value=7)] if counts else []  # as no axis is long, so that nothing fits by chance
        few = [Form("value", cost=5 * bool(counts), value=own) for own in (2, 1)]
        return [*many, *few, *(read_all(INDEX) if used_as_index(argument) else [])]
    keys = set(keys_read(argument))
    if _SETTINGS.fullmatch(argument.name) or (keys and keys <= SETTINGS.keys()):  # ``options["mode"]``
        return [settings(argument)]
    called = re.search(rf"\b{re.escape(argument.name)}\(", argument.source)
    given = argument.constructor and called
    name = re.sub(r"^(d?)f(unc(tion)?)?(?=_|$)", r"\1activation", argument.name) if given else argument.name
    usual = [Form("value", value=own) for pattern, own in ACTIVATIONS if re.fullmatch(pattern, name)][:1]
    function = usual if called or argument.constructor or argument.name != "phi" else []  # it may be an angle
    return function if argument.constructor or not described(argument) else []


def _array(argument: Argument) -> list[Form]:
    """Return what an argument may be by what is said of it, by the arrays around it, and by its name."""
    said = joint(argument) or _said(argument)
    around = [Form("real", shape, 1) for shape in argument.shapes if not said or len(shape) > len(IMAGE)]
    without = [Form("value", cost=9)] if argument.default is None else []
    named = [replace(form, cost=form.cost + 10 * bool(said)) for form in _by_name(argument)]
    one = [] if named[:1] == [Form("number")] else scales(argument)
    return [*said, *around, *([] if said else [*one, *shown(argument)]), *named, *without]


def _said(argument: Argument) -> list[Form]:
    """Return what docstring and source say; empty if they say nothing."""
    in_words = WORDS.fullmatch(argument.name) and VOCABULARY.search(argument.source)
    said = described(argument) or (read_all("index:NT index:N+1") if in_words else unpacked(argument))
    said = said or laid_flat(argument) or made(argument)
    worded = [kind for kind, pattern in WORDED if said and re.search(pattern, told(argument), re.IGNORECASE)]
    if worded and not used_as_index(argument):
        return [replace(form, kind=worded[0]) for form in said]
    if names.is_target(argument.name):
        if not said and not argument.constructor and used_as_index(argument):
            return read_all(INDEX)
        labels = said and re.search("label|(?<!:)class", told(argument))
        return [replace(said[0], kind="labels"), *(replace(form, cost=1) for form in said)] if labels else said
    if used_as_index(argument) and not argument.constructor:
        return [replace(form, kind="labels", cost=0) for form in said] or read_all(INDEX)
    if not said and not argument.constructor and (own := indexed(argument)):
        return own
    kind = next((form.kind for form in _by_name(argument)), "real")
    likely = kind == "unit" and re.search(r"log\(", argument.source)
    return [replace(form, kind=kind) for form in said] if kind in ("mask", "index") or likely else said


def _by_name(argument: Argument) -> list[Form]:
    """Return what the name of an argument suggests; a network with columns for biases takes one sample at a time."""
    if COLUMN.search(argument.source) and not argument.constructor:
        return _columned(argument) + _plainly(argument)
    return _stepped(argument) + _plainly(argument)


def _stepped(argument: Argument) -> list[Form]:
    """Return the form of columns that a network goes through one after the other; nothing if it does not."""
    each = rf"\bin\s+(?:reversed\(|enumerate\(|range\(|len\()*{re.escape(argument.name)}\b"
    steps = not argument.constructor and UPRIGHT.search(argument.source) and re.search(each, argument.source)
    return read_all("real:ND1") if steps else []


def _columned(argument: Argument) -> list[Form]:
    if names.is_target(argument.name):
        return read_all("unit:M1")
    return read_all("real:D1") if re.fullmatch(r"[xaX]|inputs?", argument.name) else []


def _plainly(argument: Argument) -> list[Form]:
    if argument.annotation in ("float", "<class 'float'>", NUMBER):
        return read_all("real:" if argument.annotation == NUMBER else "number real:")
    if names.is_target(argument.name):
        rated = "real:VU " * ("num_users" in argument.source)
        compared = names.is_compared(argument.name, signature(argument))
        return largest_at(argument) + read_all(rated + (TARGET if compared else VARIABLE))
    if argument.name == "R" and "num_users" in argument.source:
        return read_all("mask:VU")
    spread = argument.name == "mu" and re.search(r"\blog_?(var|sigma|std)", argument.source)
    logged = re.search(rf"\blog\({re.escape(argument.name)}(\[[^\]]*\])?\s*[)+,]", argument.source)
    if spread or (
        (argument.name == "p" or (logged and re.fullmatch("out(puts?)?|[asz]", argument.name)))
        and _beside_target(argument)
    ):
        return first(NAMES, "logvar" if spread else "probs", re.fullmatch)
    bare = re.sub(r"_?\d+$|^[xX]_?(?=.)", "", argument.name)
    if both := factors(argument):
        return both
    nameless = read_all(SET_UPRIGHT) if upright(argument) else unpacked(argument, 2) + read_all(ANYTHING)
    usual = first(NAMES, argument.name, re.fullmatch) or first(NAMES, bare, re.fullmatch) or nameless
    apart = with_intercept(argument) + noise(argument) + _intercept(argument)
    return flattened(argument) + apart + _gated(argument, usual) + one_each(argument, usual)


def _intercept(argument: Argument) -> list[Form]:
    """Return the forms of an intercept that is called as its slopes are, ``theta0`` beside ``theta``; else nothing."""
    slopes = re.fullmatch(r"(theta|beta|[wW]|weights?|coefs?)_?0", argument.name)
    return read_all("real: real:M+1 real:1M+1") if slopes and slopes[1] in signature(argument) else []


def _gated(argument: Argument, usual: list[Form]) -> list[Form]:
    """Return the forms of a parameter that holds what belongs to several gates side by side, four of an LSTM's."""
    many = gates(argument)
    if many < 2 or not re.fullmatch(r"[WwUuBb]\w*", argument.name):
        return []
    wide = [replace(own, axes=(*own.axes[:-1], f"{many}H")) for own in usual if own.axes[-1:] in (("H",), ("M",))]
    return [replace(own, cost=own.cost + (many < 3)) for own in wide]


def _beside_target(argument: Argument) -> bool:
    """Say whether the function of an argument takes a target as well: then ``p`` is no setting."""
    return any(map(names.is_target, signature(argument)))
