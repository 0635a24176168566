"""The corpus: every function under conditions that provoke false alarms, and with mistakes that like to slip through."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tests.corpus.functions import Array, Function, elementwise, functions

Gradients = tuple[Any, ...]


@dataclass(frozen=True)
class Specimen:
    """A function and a gradient, of which it is known whether it is right."""

    name: str
    f: Callable[..., Any]
    grad: Callable[..., Any]
    args: tuple[Any, ...]
    right: bool


def right() -> list[Specimen]:
    """Right gradients, each of which some checker calls wrong."""
    return [
        *_conditions(), *_edges(), *_rounded(), *_poles(), *_stairs(), *_steep(1.0, right=True), *_of_small_structure(),
    ]  # fmt: skip


def wrong() -> list[Specimen]:
    """Wrong gradients, each of which some checker passes."""
    return [
        *_corrupted(), *_quiet(), *_hidden(), *_large(), *_beside_poles(), *_off_the_stairs(),
        *_steep(1.01, right=False),
    ]  # fmt: skip


def _specimen(name: str, own: Function, *, right: bool) -> Specimen:
    return Specimen(name, own.f, own.grad, own.args, right)


def _conditions() -> Iterator[Specimen]:
    for own in functions():
        yield _specimen(own.name, own, right=True)
        for power in (-12, 12):
            yield _specimen(f"{own.name}, loss times 1e{power}", times(own, 10.0**power), right=True)
        yield _specimen(f"{own.name}, loss plus 1e8", plus(own, 1e8), right=True)
    for own in functions(1):
        for power in (-12, 9):
            yield _specimen(f"{own.name}, inputs in units of 1e{power}", in_units(own, 10.0**power), right=True)
    for own in functions(2):
        if own.name not in ("take and whole numbers",):
            yield _specimen(f"{own.name}, views with strides", strided(own), right=True)


def times(own: Function, factor: float) -> Function:
    """The function, and its gradient, multiplied by a number."""
    return replace(
        own,
        f=lambda *args: factor * own.f(*args),
        grad=lambda *args: tuple(None if g is None else factor * g for g in own.grad(*args)),
        twin=lambda *args: factor * own.twin(*args),
    )


def plus(own: Function, offset: float) -> Function:
    """The function with a large constant added."""
    return replace(own, f=lambda *args: own.f(*args) + offset)


def in_units(own: Function, unit: float) -> Function:
    """The same function of arguments measured in another unit."""

    def scaled(args: tuple[Any, ...], factor: float) -> list[Any]:
        return [factor * arg if np.asarray(arg).dtype.kind == "f" else arg for arg in args]

    return replace(
        own,
        f=lambda *args: own.f(*scaled(args, 1 / unit)),
        grad=lambda *args: tuple(None if g is None else g / unit for g in own.grad(*scaled(args, 1 / unit))),
        twin=lambda *args: own.twin(*(arg / unit if arg.is_floating_point() else arg for arg in args)),
        args=tuple(scaled(own.args, unit)),
    )


def strided(own: Function) -> Function:
    """The same arguments as views into larger arrays."""

    def view(arg: Any) -> Any:
        array = np.asarray(arg)
        if array.ndim == 0:
            return arg
        room = np.zeros([2 * size for size in array.shape])
        inside = room[tuple(slice(None, None, 2) for _ in array.shape)]
        inside[...] = array
        return inside

    return replace(own, args=tuple(view(arg) for arg in own.args))


def _edges() -> Iterator[Specimen]:
    """Kinks, ties, edges of domains, odd sizes and magnitudes: all of them right."""

    def one(name: str, f: Any, grad: Any, *args: Any) -> Specimen:
        return Specimen(name, f, grad, args, right=True)

    def relu(x: Array) -> Any:
        return np.maximum(x, 0).sum()

    for slope in (0.0, 0.5, 1.0):
        yield one(
            f"relu at 0, slope {slope}", relu, lambda x, s=slope: np.where(x == 0, s, x > 0), np.array([0.0, 1.0, -2.0])
        )
    for at in (3e-7, 1e-5, 1e-9, -1e-9, 1e-12, 1e-3):
        yield one(f"relu at {at}", relu, lambda x: (x > 0) * 1.0, np.array([at, 0.7]))
    yield one("abs at 0", lambda x: np.abs(x).sum(), np.sign, np.array([0.0, 1.5]))
    yield one(
        "max at a tie, shared", np.max, lambda x: (x == x.max()) / (x == x.max()).sum(), np.array([1.0, 1.0, 0.5])
    )
    yield one("max at a tie, the first", np.max, lambda x: np.eye(3)[x.argmax()], np.array([1.0, 1.0, 0.5]))
    yield one(
        "sort, nearly tied",
        lambda x: (np.sort(x) * np.arange(3)).sum(),
        lambda x: np.argsort(np.argsort(x)) * 1.0,
        np.array([1.0, 1.0 + 1e-7, 0.5]),
    )
    yield one(
        "clip at its edge",
        lambda x: np.clip(x, -1, 1).sum(),
        lambda x: (np.abs(x) < 1) * 1.0,
        np.array([1.0, -1.0, 0.3]),
    )
    yield one("identity at 1e11", np.sum, np.ones_like, 1e11 * np.array([1.0, -2.0]))
    yield one("squares at 1e9", lambda x: (x**2).sum(), lambda x: 2 * x, 1e9 * np.array([1.0, -2.0]))
    yield one("log at 5e-7", lambda x: np.log(x).sum(), lambda x: 1 / x, np.array([5e-7, 1.0]))
    yield one("log at 1e-200", lambda x: np.log(x).sum(), lambda x: 1 / x, np.array([1e-200]))
    yield one("sqrt at 1e-5", lambda x: np.sqrt(x).sum(), lambda x: 0.5 / np.sqrt(x), np.array([1e-5, 2.0]))
    yield one(
        "power 1.5 at 0, edge of the domain",
        lambda x: np.sqrt(x**3).sum(),
        lambda x: 1.5 * np.sqrt(x),
        np.array([0.0, 1.0]),
    )
    yield one("cube at 0", lambda x: (x**3).sum(), lambda x: 3 * x**2, np.zeros(3))
    yield one("square at 0", lambda x: (x**2).sum(), lambda x: 2 * x, np.zeros((2, 2)))
    yield one("constant", lambda x: 3.0 + 0 * x.sum(), np.zeros_like, np.ones(3))
    yield one(
        "floor at an integer",
        lambda x: (np.floor(x) + 0.5 * x).sum(),
        lambda x: np.full_like(x, 0.5),
        np.array([1.0, 0.4]),
    )
    yield one(
        "step at its jump",
        lambda x: np.where(x > 0, 1.0, 0.0).sum() + (x**2).sum(),
        lambda x: 2 * x,
        np.array([0.0, 0.7]),
    )
    yield one(
        "saturated sigmoid",
        lambda x: (1 / (1 + np.exp(-x))).sum(),
        lambda x: np.exp(-x) / (1 + np.exp(-x)) ** 2,
        np.array([-12.0, 12.0, -30.0]),
    )
    yield one(
        "Rosenbrock at 0",
        lambda x: 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2,
        lambda x: np.array([-400 * x[0] * (x[1] - x[0] ** 2) - 2 * (1 - x[0]), 200 * (x[1] - x[0] ** 2)]),
        np.zeros(2),
    )
    yield one(
        "1e6 beside 1e-6",
        lambda a: 1e6 * a[0] + 1e-6 * a[1] ** 2,
        lambda a: np.array([1e6, 2e-6 * a[1]]),
        np.array([0.3, 0.7]),
    )
    yield one(
        "forward noise of 1e-10",
        lambda x: np.sin(x).sum() + 1e-10 * np.sin(1e13 * x.sum()),
        np.cos,
        np.array([0.3, 0.8]),
    )
    yield one("loss plus 1e10", lambda x: np.sin(x).sum() + 1e10, np.cos, np.array([0.3, 0.8]))
    yield one("a bare number", lambda x: x**2, lambda x: 2 * x, 3.0)
    yield one("nothing at all", np.sum, np.ones_like, np.zeros((0, 3)))
    yield one(
        "a broadcast view", lambda x: (x**2).sum(), lambda x: 2 * x, np.broadcast_to(np.array([1.0, 2.0]), (3, 2))
    )
    yield one(
        "a list of arrays",
        lambda p: (p[0] ** 2).sum() + np.sin(p[1]).sum(),
        lambda p: [2 * p[0], np.cos(p[1])],
        [np.ones(2), np.ones((2, 2))],
    )
    yield one(
        "a dictionary in a dictionary",
        lambda p: (p["a"]["W"] ** 2).sum() * p["b"],
        lambda p: {"a": {"W": 2 * p["a"]["W"] * p["b"]}, "b": (p["a"]["W"] ** 2).sum()},
        {"a": {"W": np.ones(3)}, "b": 2.0},
    )
    yield one("a complex number", lambda z: (np.abs(z) ** 2).sum(), lambda z: 2 * z, np.array([1 + 2j, 3 - 1j]))
    far = np.array([1e-10, 4.0])
    yield one("root of far apart", lambda x: np.sqrt(x).sum(), lambda x: 0.5 / np.sqrt(x), far)
    yield one("log of far apart", lambda x: np.log(x).sum(), lambda x: 1 / x, far)
    yield one("reciprocal of far apart", lambda x: (1 / x).sum(), lambda x: -1 / x**2, far)
    yield one("entropy", lambda p: -(p * np.log(p)).sum(), lambda p: -np.log(p) - 1, np.array([1e-12, 0.2, 0.3, 0.5]))
    yield one(
        "tanh of 1e12, 0 and 0.5", lambda x: np.tanh(x).sum(), lambda x: 1 - np.tanh(x) ** 2, np.array([1e12, 0.0, 0.5])
    )
    for dtype in (np.float32, np.float16):
        x = np.linspace(-2, 2, 9).astype(dtype)
        yield one(f"sine in {dtype.__name__}", lambda x: np.sin(x).sum(), np.cos, x)
        yield one(f"sum of squares in {dtype.__name__}", lambda x: (x * x).sum(), lambda x: 2 * x, x)
    rng = np.random.default_rng(5)
    for size in (1000, 30_000):
        x = rng.normal(size=size)
        yield one(f"sine of {size}", lambda x: np.sin(x).sum(), np.cos, x)
        yield one(f"relu of {size}", relu, lambda x: (x > 0) * 1.0, x)
        yield one(f"softmax of {size}", lambda x: np.log(np.exp(x).sum()), lambda x: np.exp(x) / np.exp(x).sum(), x)
        yield one(f"sine of {size} in float32", lambda x: np.sin(x).sum(), np.cos, x.astype(np.float32))


def _rounded() -> Iterator[Specimen]:
    """Right gradients that rounding spoils, or that guard against it, and functions that have lost digits themselves."""

    def one(name: str, f: Any, grad: Any, *args: Any) -> Specimen:
        return Specimen(name, f, grad, args, right=True)

    def root(x: Array) -> Any:
        return np.sqrt((x * x).sum())

    x = np.array([0.3, -1.1, 2.0])
    yield one("saturated tanh", *_tanh(1.0), np.array([9.0, -7.0]))
    yield one("saturated sigmoid, no other", *_saturated(), np.array([20.0, 25.0]))
    yield one("norm, guarded", root, lambda x: x / (root(x) + 1e-12), x)
    yield one("1e9 beside 1e-9", *_far_apart(1.0), np.array([0.3, 0.7]))
    yield one("steps of lost digits", lambda x: np.sin((x + 1e8) - 1e8).sum(), np.cos, x)
    yield one("through float32", lambda x: (x.astype(np.float32) ** 2).sum(), lambda x: 2 * x, x)
    yield one(
        "variance far from zero",
        lambda x: (x**2).mean() - x.mean() ** 2,
        lambda x: 2 * (x - x.mean()) / x.size,
        x + 1e3,
    )
    for offset in (1e10, 1e12):
        yield one(f"absolute values plus {offset:.0e}", lambda x, c=offset: np.abs(x).sum() + c, np.sign, x)


def _tanh(factor: float) -> tuple[Any, Any]:
    return lambda x: np.tanh(x).sum(), lambda x: factor * (1 - np.tanh(x) ** 2)


def _saturated() -> tuple[Any, Any]:
    s, slope = _sigmoid()
    return lambda x: s(x).sum(), slope


def _far_apart(factor: float) -> tuple[Any, Any]:
    def grad(a: Array) -> Array:
        return np.array([2e9 * a[0], factor * 1e-9 * np.cos(a[1])])

    return lambda a: 1e9 * a[0] ** 2 + 1e-9 * np.sin(a[1]), grad


def _pole(factor: float = 1.0) -> tuple[Any, Any]:
    """In code that no complex number can enter."""
    return lambda x: float((1 / (np.array(x, dtype=float) - 1)).sum()), lambda x: -factor / (x - 1) ** 2


def _poles() -> Iterator[Specimen]:
    """Right gradients so near to a pole that most steps jump over it."""
    for distance in (1e-6, 1e-9):
        x = np.array([1 + distance, 3.0])
        yield Specimen(f"pole {distance} away", *_pole(), (x,), right=True)
        yield Specimen(
            f"tangent {distance} from its pole", lambda x: np.tan(x).sum(), lambda x: 1 + np.tan(x) ** 2,
            (np.array([np.pi / 2 - distance, 0.3]),), right=True,
        )  # fmt: skip
    far = np.array([1e-300, 1.0])
    yield Specimen("log at 1e-300", lambda x: np.log(x).sum(), lambda x: 1 / x, (far,), right=True)


def _opaque(f: Callable[[Array], Any]) -> Callable[[Array], float]:
    """The same function, in code that no complex number can enter, and none with more digits."""
    return lambda x: float(f(np.array(x, dtype=float)))


def _steep(factor: float, *, right: bool) -> Iterator[Specimen]:
    """At the last place before the end of a domain, far apart from each other, or far from one."""
    for name, f, slope, x in (
        ("log1p, 1e-10 before its end", np.log1p, lambda x: 1 / (1 + x), [-1 + 1e-10, 0.5]),
        ("arccos, 1e-9 before its end", np.arccos, lambda x: -1 / np.sqrt((1 - x) * (1 + x)), [1 - 1e-9, 0.5]),
        ("square of 1e100", np.square, lambda x: 2 * x, [1e100, -3e100]),
    ):
        at, off = np.array(x), np.array([factor, 1.0])

        def total(x: Array, f: Any = f) -> Any:
            return f(x).sum()

        yield Specimen(name, _opaque(total), lambda x, s=slope, o=off: o * s(x), (at,), right=right)
    at = np.array([1 - 1e-15])
    yield Specimen(
        "arctanh, nine digits before its end", lambda x: np.arctanh(x).sum(),
        lambda x: factor**3 / ((1 - x) * (1 + x)), (at,), right=right,
    )  # fmt: skip


def _of_small_structure() -> Iterator[Specimen]:
    """Right gradients of what a step may jump over, and of what does not move at all."""
    knots = np.arange(0.0, 4.2, 1e-4)
    table = np.sin(knots)

    def slope(x: Array) -> Array:
        left = np.searchsorted(knots, x) - 1
        return np.asarray((table[left + 1] - table[left]) / (knots[left + 1] - knots[left]))

    at = np.array([0.30003, 1.70007, 3.9])
    yield Specimen("a fine table, at a knot", lambda x: np.interp(x, knots, table).sum(), slope, (at,), right=True)

    def softmax(x: Array) -> Any:
        powers = np.exp(x - x.max())
        return powers / powers.sum()

    at = np.array([0.3, -0.2, 1.1, 0.4])
    yield Specimen("probabilities add up to 1", lambda x: softmax(x).sum(), np.zeros_like, (at,), right=True)
    units = 10.0 ** np.array([-10.0, -5.0, 0.0, 5.0, 10.0])
    yield Specimen(
        "units from 1e-10 to 1e10", _opaque(lambda x: (x / units).sum() ** 2 + np.sin(x / units).sum()),
        lambda x: (2 * (x / units).sum() + np.cos(x / units)) / units, (units * [1.0, 2.0, 0.3, 4.0, 3.0],), right=True,
    )  # fmt: skip
    at = np.array([1e-20, 0.3, 0.7])
    yield Specimen("entropy at 1e-20", lambda p: -(p * np.log(p)).sum(), lambda p: -np.log(p) - 1, (at,), right=True)
    at = np.array([1e-300, 4.0])
    yield Specimen("root of 1e-300", lambda x: np.sqrt(x).sum(), lambda x: 0.5 / np.sqrt(x), (at,), right=True)


def _beside_poles() -> Iterator[Specimen]:
    """And wrong ones."""
    for distance in (1e-6, 1e-9):
        yield Specimen(f"pole {distance} away, 1 % off", *_pole(1.01), (np.array([1 + distance, 3.0]),), right=False)
    off, far = np.array([1.01, 1.0]), np.array([1e-300, 1.0])
    yield Specimen("log at 1e-300, 1 % off", lambda x: np.log(x).sum(), lambda x: off / x, (far,), right=False)


def _fixed_point(tolerance: float) -> Callable[[Array], float]:
    """Of y = cos(y reversed) / 2 + 0.3 a, by an iteration that stops when it moves by less than the tolerance."""

    def f(a: Array) -> float:
        y, last = np.zeros(2), np.ones(2)
        while np.abs(y - last).max() >= tolerance:
            last, y = y, 0.5 * np.cos(y[::-1]) + 0.3 * np.array(a, dtype=float)
        return float(last @ np.array([1.0, 2.0]))

    return f


def _implicit(a: Array) -> Array:
    """Return the gradient of the true fixed point, by the implicit function theorem."""
    y = np.zeros(2)
    for _ in range(300):
        y = 0.5 * np.cos(y[::-1]) + 0.3 * a
    slopes = -0.5 * np.sin(y[::-1])
    inner = np.array([[1.0, -slopes[0]], [-slopes[1], 1.0]])
    return 0.3 * np.linalg.solve(inner.T, np.array([1.0, 2.0]))


def _rounding_to(digits: int) -> Callable[[Array], float]:
    return lambda x: round(float(np.sin(np.array(x, dtype=float)).sum()), digits)


def _stairs() -> Iterator[Specimen]:
    """Right gradients of values that climb by stairs."""
    a = np.array([0.4, 0.9])
    for tolerance in (1e-5, 1e-7, 1e-10):
        yield Specimen(f"fixed point stopped at {tolerance}", _fixed_point(tolerance), _implicit, (a,), right=True)
    for digits in (3, 6):
        yield Specimen(f"rounded to {digits} digits", _rounding_to(digits), np.cos, (a,), right=True)
    yield Specimen(
        "through float16", lambda x: float((np.asarray(x).astype(np.float16) ** 2).sum()), lambda x: 2 * x,
        (np.array([0.3, 1.2, -0.7]),), right=True,
    )  # fmt: skip


def _off_the_stairs() -> Iterator[Specimen]:
    """And wrong ones."""
    a = np.array([0.4, 0.9])
    for tolerance in (1e-5, 1e-7, 1e-10):
        f = _fixed_point(tolerance)
        yield Specimen(
            f"fixed point stopped at {tolerance}, 5 % off", f, lambda a: 1.05 * _implicit(a), (a,), right=False
        )
    yield Specimen("rounded to 6 digits, 1 % off", _rounding_to(6), lambda x: 1.01 * np.cos(x), (a,), right=False)
    yield Specimen("floor taken for the identity", lambda x: np.floor(x).sum(), np.ones_like, (3.7 * a,), right=False)


HIDDEN = ("sin", "exp", "tanh", "cube", "arctan", "log", "sqrt", "half sum of squares", "mean squared error")
"""Some functions whose gradients a large constant beside the loss does not hide from a complex step; with two more."""


def _hidden() -> Iterator[Specimen]:
    """Wrong gradients of functions with a large constant, or with a huge entry beside the wrong one."""
    for own in functions(9):
        if own.name in (*HIDDEN, "affine", "two layers"):
            for name in ("one entry off by 1e-03", "one entry off by 1e-06", "negated"):
                bad = corrupted(own, 0, CORRUPTIONS[name])
                yield _specimen(f"{own.name}, {name}, loss plus 1e10", plus(bad, 1e10), right=False)
    x = np.array([0.3, -1.1, 2.0])
    yield Specimen("saturated tanh, 0.1 % off", *_tanh(1.001), (np.array([9.0, -7.0]),), right=False)
    yield Specimen("1e9 beside 1e-9, the small one 1e-4 off", *_far_apart(1.0001), (x[:2],), right=False)
    yield Specimen("1e9 beside 1e-9, the small one negated", *_far_apart(-1.0), (x[:2],), right=False)
    off = one_entry(np.ones(3), 1e-3)
    for offset in (1e10, 1e12):
        f = lambda x, c=offset: np.abs(x).sum() + c  # noqa: E731 - one line of mathematics
        yield Specimen(f"absolute values plus {offset:.0e}, one off", f, lambda x: off * np.sign(x), (x,), right=False)


CORRUPTIONS: dict[str, Callable[[Array], Array]] = {
    "negated": lambda g: -g,
    "doubled": lambda g: 2 * g,
    "halved": lambda g: g / 2,
    "1 % too large": lambda g: 1.01 * g,
    "0.09 % too large": lambda g: 1.0009 * g,
    "1e-6 too large": lambda g: (1 + 1e-6) * g,
    "zero": lambda g: 0 * g,
    "absolute value": np.abs,
    "rolled by one": lambda g: np.roll(g, 1).reshape(g.shape),
    "transposed": lambda g: g.T.copy() if g.ndim == 2 and g.shape[0] == g.shape[1] else 1.5 * g,
    "first row only": lambda g: np.concatenate([g[:1], 0 * g[1:]]) if g.ndim else 0 * g,
    "last entry missing": lambda g: np.concatenate([g.reshape(-1)[:-1], np.zeros(1)]).reshape(g.shape),
    "mean for every entry": lambda g: np.full_like(g, g.mean()) if g.size > 1 else 2 * g,
    "a constant added": lambda g: g + 1e-3 * np.abs(g).max(),
}


def _one_entry(r: float) -> Callable[[Array], Array]:
    return lambda g: one_entry(g, r)


for _r in (1e-2, 1e-3, 1e-4, 1e-5, 1e-6):
    CORRUPTIONS[f"one entry off by {_r:.0e}"] = _one_entry(_r)


def one_entry(g: Array, r: float) -> Array:
    """Change the entry in the middle, by a relative error."""
    off = g.copy()
    off.reshape(-1)[off.size // 2] *= 1 + r
    return off


def corrupted(own: Function, place: int, corruption: Callable[[Array], Array]) -> Function:
    """The function with one of its gradients corrupted."""

    def grad(*args: Any) -> Gradients:
        found = list(own.grad(*args))
        found[place] = corruption(1.0 * np.array(found[place]))
        return tuple(found)

    return replace(own, grad=grad)


def differs(own: Function) -> bool:
    """Whether the gradient is wrong by the truth: in some entry, by 2e-7 of it or more."""
    claimed = [np.asarray(g) for g in own.grad(*own.args) if g is not None]
    return any(
        bool(np.any(np.abs(g - t) > 2e-7 * np.abs(t) + 1e-9 * np.abs(t).max(initial=0.0)))
        for g, t in zip(claimed, own.truth(), strict=True)
    )


def _corrupted() -> Iterator[Specimen]:
    for number, own in enumerate(functions(3)):
        places = [place for place, arg in enumerate(own.args) if np.asarray(arg).dtype.kind == "f"]
        for turn, (name, corruption) in enumerate(CORRUPTIONS.items()):
            place = places[(number + turn) % len(places)]
            bad = corrupted(own, place, corruption)
            if differs(bad):
                yield _specimen(f"{own.name}, gradient {place} {name}", bad, right=False)


def _quiet() -> Iterator[Specimen]:
    """Wrong gradients that are small, or far away, or beside a loud one."""
    for own in functions(4)[::3]:
        bad = corrupted(own, 0, CORRUPTIONS["negated"])
        if differs(bad):
            yield _specimen(f"{own.name}, negated, loss times 1e-12", times(bad, 1e-12), right=False)
            yield _specimen(f"{own.name}, negated, loss times 1e12", times(bad, 1e12), right=False)
            yield _specimen(f"{own.name}, negated, inputs in units of 1e-12", in_units(bad, 1e-12), right=False)

    def one(name: str, f: Any, grad: Any, *args: Any) -> Specimen:
        return Specimen(name, f, grad, args, right=False)

    a = np.array([0.3, 0.7])
    yield one("sigmoid at -12, zero", lambda x: (1 / (1 + np.exp(-x))).sum(), np.zeros_like, np.array([-12.0]))
    yield one(
        "a loud matrix hides a bias",
        lambda W, b: 1e5 * W.sum() + b.sum(),
        lambda W, b: (np.full_like(W, 1e5), 0 * b),
        np.ones((3, 3)),
        np.ones(3),
    )
    yield one(
        "1e6 beside 1e-6, the small one wrong",
        lambda a: 1e6 * a[0] + 1e-6 * a[1] ** 2,
        lambda a: np.array([1e6, 3e-6 * a[1]]),
        a,
    )
    yield one("the second argument forgotten", lambda x, y: (x * y).sum(), lambda x, y: (y, 0 * x), a, 2 * a)
    yield one(
        "relu at 0, slope 2",
        lambda x: np.maximum(x, 0).sum(),
        lambda x: np.where(x == 0, 2.0, x > 0),
        np.array([0.0, 1.0]),
    )
    yield one("max at a tie, to everybody", np.max, lambda x: (x == x.max()) * 1.0, np.array([1.0, 1.0, 0.5]))
    yield one("relu at 3e-7, closed", lambda x: np.maximum(x, 0).sum(), np.zeros_like, np.array([3e-7]))
    yield one("loss plus 1e8, 1 % off", lambda x: np.sin(x).sum() + 1e8, lambda x: 1.01 * np.cos(x), a)
    yield one("7 for 2, and noise", lambda x: (x**2).sum(), lambda x: 7 * x + 1e-9 * np.sin(1e13 * x), a)
    yield one("layer norm without its epsilon", *_no_epsilon())
    for dtype in (np.float32, np.float16):
        x = np.linspace(-2, 2, 9).astype(dtype)
        yield one(
            f"sine in {dtype.__name__}, 5 % off",
            lambda x: np.sin(x).sum(),
            lambda x: (1.05 * np.cos(x)).astype(x.dtype),
            x,
        )


def _no_epsilon() -> tuple[Any, Any, Array]:
    w = np.arange(6.0) ** 2

    def f(x: Array) -> Any:
        return (w * (x - x.mean()) / np.sqrt(x.var() + 1e-5)).sum()

    def grad(x: Array) -> Array:
        s = 1 / np.sqrt(x.var())
        hat = (x - x.mean()) * s
        return np.asarray(s * (w - w.mean() - hat * (w * hat).mean()))

    return f, grad, np.array([0.1, 0.5, -0.3, 0.9, -1.1, 0.2])


def _large() -> Iterator[Specimen]:
    rng = np.random.default_rng(6)
    for size in (1000, 30_000):
        x = rng.normal(size=size)
        for own in (elementwise("sine", np.sin, np.cos, None, x), elementwise("sigmoid", *_sigmoid(), None, x)):
            for name in (
                "1 % too large",
                "negated",
                "zero",
                "one entry off by 1e-02",
                "one entry off by 1e-04",
                "rolled by one",
            ):
                yield _specimen(f"{own.name} of {size}, {name}", corrupted(own, 0, CORRUPTIONS[name]), right=False)


def _sigmoid() -> tuple[Any, Any]:
    def s(x: Array) -> Array:
        return np.asarray(1 / (1 + np.exp(-x)))

    return s, lambda x: s(x) * (1 - s(x))
