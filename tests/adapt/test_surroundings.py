"""Functions made anew see arrays of other sizes, wherever they take them from; what the caller holds stays as it is."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pytest

from gradcheck.adapt.surroundings import Surroundings
from gradcheck.op import Array

DATA = np.arange(7.0)


class Model:
    """Data as an object holds them."""

    def __init__(self) -> None:
        self.data, self.parts = np.arange(7.0), {"more": [np.arange(7.0)]}

    def total(self) -> Any:
        return self.data.sum() + self.parts["more"][0].sum()

    def __call__(self) -> Any:
        return self.total() / 2.0


@dataclass(frozen=True)
class Frozen:
    """Data that cannot be changed."""

    data: Array


MODEL, FROZEN = Model(), Frozen(DATA)


def of_module() -> Any:
    return DATA.sum()


def through_another() -> Any:
    return of_module()


def recursive(depth: int = 2) -> Any:
    return recursive(depth - 1) if depth else DATA.sum()


def by_default(data: Array = DATA) -> Any:
    return data.sum()


def by_name(*, data: Array = DATA) -> Any:
    return data.sum()


def enclosed() -> Callable[[], Any]:
    data = np.arange(7.0)

    def inner() -> Any:
        return data.sum()

    return lambda: inner()


def plain(data: Array) -> Any:
    return data.sum()


FUNCTIONS: dict[str, Callable[[], Any]] = {
    "module": of_module,
    "another function": through_another,
    "itself": recursive,
    "default": by_default,
    "default by name": by_name,
    "closure": enclosed(),
    "lambda": lambda: DATA.sum(),
    "partial": partial(plain, DATA),
    "partial by name": partial(plain, data=DATA),
    "callable object": Model(),
    "object of the module": lambda: MODEL.total() / 2.0,
    "frozen object": lambda: FROZEN.data.sum(),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_arrays_are_shorter_wherever_they_come_from(name: str) -> None:
    own = FUNCTIONS[name]
    assert Surroundings({7: 4}).of(own)() == 0 + 1 + 2 + 3
    assert own() == np.arange(7.0).sum()


def test_methods_of_an_object_share_it_afterwards() -> None:
    model, around = Model(), Surroundings({7: 4})
    one, other = around.of(model.total), around.of(model.__call__)
    assert one() == 12
    assert one.__self__ is other.__self__
    assert one.__self__ is not model
    assert model.total() == 42


def test_functions_of_libraries_and_what_has_no_axes_stay() -> None:
    around = Surroundings({7: 4})
    for own in (np.linalg.norm, np.sum, np, 3.0, "mean", Model, print):
        assert around.of(own) is own


def test_an_empty_cell_stays_empty() -> None:
    def later() -> Any:
        return data.sum()

    made = Surroundings({7: 4}).of(later)
    with pytest.raises(NameError):
        made()
    data = np.arange(7.0)
    assert later() == data.sum()
