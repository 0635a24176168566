"""Functions and layers of tensors, written without autograd: they are handed tensors, and answer with arrays.

What they make themselves is in double precision, and what they draw is the same every time. An object holds arrays, so
that these can be moved; while one of its methods runs, they are tensors.
"""

import functools
import inspect
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from gradcheck.discover.source import text_with_calls

DEEP = 5
"""How deep in an object arrays are looked for."""


def of_tensors(module: ModuleType, *functions: Callable[..., Any]) -> bool:
    """Say whether functions of a module compute with PyTorch: it is imported there, and NumPy is not used."""
    return _imports(module) and "np." not in text_with_calls(module, *functions)


def _imports(module: ModuleType) -> bool:
    """Say whether a module has imported PyTorch, or a part of it."""
    torch = sys.modules.get("torch")
    held = vars(module).values() if torch else ()
    return any(own is torch or (isinstance(own, ModuleType) and own.__name__.startswith("torch.")) for own in held)


@contextmanager
def settled(module: ModuleType) -> Iterator[None]:
    """Let a module that computes with PyTorch make tensors in double precision, and draw the same ones every time."""
    if not _imports(module):
        yield
        return
    torch = sys.modules["torch"]
    precision, generator = torch.get_default_dtype(), torch.default_generator
    state = generator.get_state()
    torch.set_default_dtype(torch.float64)
    generator.manual_seed(0)  # that of the processor alone: torch.manual_seed looks at every device, which takes long
    try:
        yield
    finally:
        torch.set_default_dtype(precision)
        generator.set_state(state)


def as_tensors(value: Any) -> Any:
    """Return arrays and numbers as tensors; what is in lists and dictionaries as well, and all else as it is."""
    if isinstance(value, np.ndarray | float | np.floating):
        return sys.modules["torch"].as_tensor(np.array(value))
    if isinstance(value, Mapping):
        return {key: as_tensors(own) for key, own in value.items()}
    return type(value)(map(as_tensors, value)) if type(value) in (list, tuple) else value


def as_arrays(value: Any) -> Any:
    """Return tensors as arrays; what is in lists and dictionaries as well, and all else as it is."""
    if sys.modules["torch"].is_tensor(value):
        return value.detach().numpy()
    if isinstance(value, Mapping):
        return {key: as_arrays(own) for key, own in value.items()}
    return type(value)(map(as_arrays, value)) if type(value) in (list, tuple) else value


def holding_arrays(make: Callable[[], Any], methods: Collection[str]) -> Any:
    """Make an object of a class of tensors; return it holding arrays, with methods that take such.

    What they return stays as it is: it may be handed back, with all that PyTorch knows of it.
    """
    made = make()
    made_by = type(made)
    own = {name: _of_arrays(inspect.getattr_static(made_by, name)) for name in methods}
    made.__class__ = type(made_by.__name__, (made_by,), own)
    return _turned(made, _doubled, {})


def _of_arrays(method: Any) -> Any:
    """Return a method, or a static one, that takes arrays, unless another of them calls it."""
    function = method.__func__ if isinstance(method, staticmethod) else method

    @functools.wraps(function)
    def asked(*args: Any, **keywords: Any) -> Any:
        return function(*map(as_tensors, args), **as_tensors(keywords))

    @functools.wraps(function)
    def asked_of(own: Any, *args: Any, **keywords: Any) -> Any:
        if any(sys.modules["torch"].is_tensor(held) for held in (*args, *keywords.values())):
            return function(own, *args, **keywords)
        _turned(own, as_tensors, {})
        try:
            return asked(own, *args, **keywords)
        finally:
            _turned(own, as_arrays, {})

    return staticmethod(asked) if isinstance(method, staticmethod) else asked_of


def _doubled(value: Any) -> Any:
    """Return a tensor as an array, in double precision."""
    array = as_arrays(value)
    return array.astype(np.float64) if isinstance(array, np.ndarray) and array.dtype.kind == "f" else array


def _turned(thing: Any, turn: Callable[[Any], Any], known: dict[int, tuple[Any, Any]], depth: int = 0) -> Any:
    """Turn every array or tensor that something holds, where it is held; what is held twice stays one and the same.

    What PyTorch has made, and knows how, stays as it is, and so do its own objects.
    """
    torch = sys.modules["torch"]
    if isinstance(thing, np.ndarray) or (torch.is_tensor(thing) and thing.grad_fn is None):
        return known.setdefault(id(thing), (thing, turn(thing)))[1]
    if isinstance(thing, torch.Tensor | torch.nn.Module | type | ModuleType | FunctionType):
        return thing
    held = thing if isinstance(thing, dict) else getattr(thing, "__dict__", None)
    if isinstance(thing, list):
        thing[:] = [_turned(own, turn, known, depth + 1) for own in thing]
    elif type(thing) is tuple:
        return tuple(_turned(own, turn, known, depth + 1) for own in thing)
    elif isinstance(held, dict) and depth < DEEP:
        for key, own in held.items():
            held[key] = _turned(own, turn, known, depth + 1)
    return thing
