"""A function together with the arrays that it takes from where it was written, all of them in other sizes.

Data often reaches a function by its closure, its module or its object, and not as an argument. So the function is made
anew, with the same code, in surroundings in which every such array is another; what the caller holds stays as it is.
"""

import copy
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from types import CellType, CodeType, FunctionType, MethodType, ModuleType, UnionType
from typing import Any

import numpy as np

from gradcheck.adapt.resized import again, resized
from gradcheck.repair import theirs

PLAIN = (bool, int, float, complex, str, bytes, type, ModuleType)
"""What has no size, and holds nothing that has one."""


class Surroundings:
    """What is made anew, each thing once: functions that share an object or a module share it afterwards."""

    def __init__(self, lengths: Mapping[int, int]) -> None:
        """Begin with the lengths of axes, mapped to others."""
        self.lengths = lengths
        self.made: dict[int, tuple[Any, Any]] = {}
        """What was made, and what from, by the number of the latter, which is held so that the number stays its own."""

    def of(self, own: Any) -> Any:
        """Return a function, an object or an array as it is in the new surroundings; anything else as it is."""
        if isinstance(own, PLAIN):
            return own
        if id(own) not in self.made:
            self.made[id(own)] = (own, own)  # whoever meets it on the way to itself finds something
            make = next((make for kind, make in self._makers() if isinstance(own, kind)), self._object)
            self.made[id(own)] = (make(own), own)
        return self.made[id(own)][0]

    def _makers(self) -> Iterator[tuple[type | UnionType, Callable[[Any], Any]]]:
        yield FunctionType, self._function
        yield MethodType, lambda own: MethodType(self.of(own.__func__), self.of(own.__self__))
        yield partial, lambda own: partial(self.of(own.func), *map(self.of, own.args), **self._named(own.keywords))
        yield np.ndarray, lambda own: resized(own, self.lengths)
        yield dict, self._named
        yield list | tuple, lambda own: again(own, map(self.of, own))

    def _function(self, own: FunctionType) -> FunctionType:
        """Return a function of the same code with all that it names made anew; those of libraries stay as they are."""
        theirs_too = theirs(own.__code__.co_filename)
        if not (theirs_too or _ours(own.__globals__["__name__"])):
            return own
        module: dict[str, Any] = own.__globals__
        if theirs_too:
            module = self.made.setdefault(id(module), ({**module}, module))[0]
        cells = tuple(CellType() for _ in own.__closure__ or ())
        made = FunctionType(own.__code__, module, own.__name__, None, cells)
        made.__dict__ = {**own.__dict__}
        self.made[id(own)] = (made, own)  # before what it names is made, for that may name it
        made.__defaults__ = tuple(map(self.of, own.__defaults__ or ())) or None
        made.__kwdefaults__ = self._named(own.__kwdefaults__ or {}) or None
        for cell, before in zip(cells, own.__closure__ or (), strict=True):
            with suppress(ValueError):  # nothing is in it
                cell.cell_contents = self.of(before.cell_contents)
        for name in _names(own.__code__) & module.keys() if theirs_too else ():
            if module[name] is own.__globals__[name]:
                module[name] = self.of(module[name])
        return made

    def _object(self, own: Any) -> Any:
        """Return a copy of an object of a person's own class, with all that it holds made anew; any other as it is."""
        module = sys.modules.get(type(own).__module__)
        if not hasattr(own, "__dict__") or not theirs(str(getattr(module, "__file__", ""))):
            return own
        made = copy.copy(own)
        self.made[id(own)] = (made, own)
        vars(made).update(self._named(vars(own)))
        return made

    def _named(self, own: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self.of(held) for name, held in own.items()}


def _ours(module: str) -> bool:
    """Say whether a module is one of these, in which nothing has a size."""
    return module.partition(".")[0] == "gradcheck"


def _names(code: CodeType) -> set[str]:
    """Return the names that a code, or any that is written inside it, looks up."""
    inside = [own for own in code.co_consts if isinstance(own, CodeType)]
    return {*code.co_names}.union(*map(_names, inside))
