"""What the arguments of a constructor are: lengths, lists of them, shapes, numbers of heads.

Their names say it, or what the class does with them. A length has a letter, as an axis of an array has one.
"""

import inspect
import re

from gradcheck.discover.docstrings import described, shaped
from gradcheck.discover.forms import Form, first
from gradcheck.discover.makings import length_of
from gradcheck.discover.subject import Argument

MADE_WITH = (
    (r"^(layer_?)?(sizes|dims)$|^layers$|^architecture$", "sizes:DHM"),
    (r"^(?!.*(channel|hidden|output|rate))((n|num|dim|size)_?)?(inputs?|visible|x)(_|$)", "size:D"),
    (r"^hidden_?(dims|sizes|layers|layer_?(dims|sizes)|(dim|size)_list)$", "sizes:HF size:H+1"),
    (r"hidden|^h$|n_?h|components|latent|bottleneck|rank|ffn?|feed", "size:H"),
    (r"out|next|units|classes|nodes|^[mko]$|fan_?2|_2$|to|n_?y|neurons|filters|depth", "size:M"),
    (r"channels|^c_?in$|^in_?ch$", "size:C"),
    (r"kernel|filter_size|pool|window", "size:R"),
    (r"^s$", "size:1"),
    (r"^p$", "number size:1+1"),
    (r"in|prev|size|dim|features|^n$|^d$|n_x|num|channels|width|fan|len|shape|model|embed|vocab", "size:D"),
    (r"rate|prob|^p$|eps|alpha|slope|momentum|lr|lam|reg|decay|ratio", "number"),
)
"""What the arguments of a constructor are."""
COUNTED = re.compile(r"pad|stride|dilation|group|heads|_id(x|ex)?$|axis")
"""What they are called that are no sizes, if they have a default."""
HEADS = ((r"heads?(_?num)?$|^n(um)?_?head", Form("size", ("d1",))), (r"groups?$|^G$", Form("size", ("g",))))
"""What is called how many heads or groups there are, and how many, so that none is all there is, or one number wide."""
IMAGE = ("C", "H", "W")
"""What three lengths are that a constructor is given: ``input_dim=(3, 32, 32)``."""


def lengths(argument: Argument) -> list[Form]:
    """Return what an argument is that says how long, or how many, something is; nothing if it does not."""
    empty = argument.default is inspect.Parameter.empty
    asked = argument.constructor and empty
    sized = argument.constructor and (empty or not COUNTED.search(argument.name.lower()))
    named = first(MADE_WITH, argument.name.lower(), re.search) if sized else []
    parts = _parts(argument) if empty or named or argument.default not in (None, 1) else []
    return (shaped(argument) if asked else []) or parts or named or (length_of(argument) if asked else [])


def _parts(argument: Argument) -> list[Form]:
    """Return how many heads or groups there are, if an argument is called so, and nothing else is said of it."""
    name = "heads" if argument.constructor and argument.name == "h" else argument.name
    found = [form for pattern, form in HEADS if re.search(pattern, name)]
    return [] if argument.held or described(argument) else found


def is_image(argument: Argument) -> bool:
    """Say whether a constructor is given the channels, height and width of images, if nothing else is said."""
    default = argument.default
    return argument.constructor and isinstance(default, tuple) and list(map(type, default)) == [int] * len(IMAGE)
