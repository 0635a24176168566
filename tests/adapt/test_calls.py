"""The line that shows a result again does so, number for number."""

from typing import Any

import numpy as np
import pytest

import gradcheck
from gradcheck import Verdict

Array = np.ndarray[Any, Any]


def value(p: Any, *others: Any) -> Any:
    return np.sin(p["a"]).sum() * p["b"][0]


def vjp(p: Any, *others: Any) -> Any:
    gradient = {"a": np.cos(p["a"]) * p["b"][0] * others[-1], "b": [2 * np.sin(p["a"]).sum() * others[-1]]}
    return (gradient, *(None for _ in others[:-1])) if len(others) > 1 else gradient


ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "arrays": ({"a": np.array([0.1, 1 / 3]), "b": [0.7]},),
    "float32": ({"a": np.array([[0.1], [0.3]], dtype=np.float32), "b": (1.5,)},),
    "numbers": ({"a": 0.3, "b": [np.float64(0.7)]}, 3, np.array([1, 2])),
    "nothing": ({"a": np.zeros((0, 2)), "b": [0.7]},),
}


@pytest.mark.parametrize("args", ARGUMENTS.values(), ids=ARGUMENTS)
def test_the_line_shows_it_again(args: tuple[Any, ...]) -> None:
    result = gradcheck.check_vjp(value, vjp, *args, seed=5)
    if result.verdict is Verdict.AGREES:
        assert result.reproduce == ""
        return
    assert "seed=5" in result.reproduce
    again = eval(  # noqa: S307 - our own line
        result.reproduce, {"gradcheck": gradcheck, "np": np, "value": value, "vjp": vjp}
    )
    assert str(again) == str(result)


def test_a_function_without_a_name_is_called_as_in_the_signature() -> None:
    result = gradcheck.check_gradient(lambda x: x**2, lambda x: x, 3.0, wrt=0)
    assert result.reproduce == "gradcheck.check_gradient(f, gradient, 3.0, wrt=0, seed=0)"
    assert "reproduce  gradcheck.check_gradient(" in str(result)


def test_what_cannot_be_written_whole_is_not_written() -> None:
    class Own(np.ndarray[Any, Any]):
        """Somebody's own kind of array."""

    assert gradcheck.check_gradient(lambda x: (x**2).sum(), lambda x: x, np.linspace(0.1, 1, 400)).reproduce == ""
    assert gradcheck.check_gradient(lambda x, _: x**2, lambda x, _: (x, None), 3.0, object()).reproduce == ""
    assert gradcheck.check_gradient(lambda x: (x**2).sum(), lambda x: x, np.ones(2).view(Own)).reproduce == ""
