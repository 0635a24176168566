"""Which layer of the textbook computes the same as unknown code?

Arguments are tried in the places of a layer's inputs, as they are or transposed, under the settings that are usual; a
layer matches if its value is that of the code, to many digits, at several points. Its catalogue then serves for the
code as well. A bias of zeros and a gain of ones may be missing.
"""

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from itertools import islice, permutations, product
from typing import Any

import numpy as np

from gradcheck import reference
from gradcheck.architecture.vocabulary import KINDS, LOSSES
from gradcheck.op import Array, Gradients, Op, Pullback, mT
from gradcheck.point import Point

ABSENT = {"b": np.zeros, "g": np.ones}
"""Inputs of a layer that code may do without, and what they are then."""
TURNED = (reference.Affine, reference.SwiGlu, reference.Rnn, reference.Lstm, reference.Gru)
"""Layers whose weights are often kept transposed."""
RARE = (reference.GroupNorm, reference.InstanceNorm, reference.BatchNormEvaluation, reference.Scale)
"""Layers that are tried last: under some settings they are other, better known ones."""
USUAL: Mapping[str, tuple[Any, ...]] = {
    "slope": (0.01, 0.1, 0.2, 0.05, 0.25, 0.3),
    "scale": (1.0, 0.5, 2.0),
    "delta": (1.0, 0.5),
    "margin": (1.0, 0.5, 0.2),
    "power": (1, 2),
    "temperature": (0.5, 1.0, 0.1, 0.07),
    "strength": (0.1, 0.01, 0.001, 1.0, 0.5),
    "smoothing": (0.1, 0.2, 0.05),
    "epsilon": (1e-5, 1e-8, 1e-6, 1e-3, 0.0),
    "stride": (1, 2, 3),
    "padding": (0, 1, 2),
    "dilation": (1, 2),
    "groups": (1, 2),
    "kernel": (2, 3),
    "factor": (2, 3),
    "heads": (2, 1, 4),
    "causal": (False, True),
    "base": (10000.0,),
    "low": (-1.0, 0.0),
    "high": (1.0, 6.0),
    "focus": (2.0, 1.0),
    "over": (1, 2, 3),
    "nonlinearity": ("tanh", "relu"),
}
"""Settings that are tried, the most usual first; numbers among the arguments are tried as well."""
MOST = 3000
"""How many readings are tried in all."""
ALIKE = 1e-10
"""How far two values may differ, relative to the largest."""


@dataclass(frozen=True)
class Reading(Op):
    """Unknown code, read as a layer: its arguments in the places of the layer's inputs."""

    point: Point
    """The code at the point at hand."""
    layer: Op
    """The layer that it is read as."""
    sources: Mapping[str, tuple[str, bool]]
    """For each input of the layer the argument that it is, and whether transposed."""
    fixed: Mapping[str, Array]
    """Inputs of the layer that are no argument to be judged: what was given beside them, or zeros and ones."""

    @property
    def inputs(self) -> dict[str, Array]:
        """What the layer is given at the point at hand."""
        return self.read(self.point)

    def read(self, point: Point) -> dict[str, Array]:
        """Return the inputs of the layer, out of the arguments at a point."""
        given = {role: _turned(point.inputs[own], turned) for role, (own, turned) in self.sources.items()}
        return {**self.fixed, **given}

    def forward(self, **inputs: Array) -> tuple[Array, Pullback]:
        """Run the code on what the layer is given, and translate its gradients; zeros for what is fixed."""
        arguments = {own: _turned(inputs[role], turned) for role, (own, turned) in self.sources.items()}
        draws = len(next(iter(arguments.values())))
        point = replace(self.point, inputs={**self.point.inputs, **arguments}, cotangent=np.ones(draws))
        value, back = point.open()

        def pullback(dy: Array) -> Gradients:
            found = back(dy)
            return {role: _turned(np.asarray(found[own]), turned) for role, (own, turned) in self.sources.items()}

        return value, pullback

    def matches(self, point: Point, value: Array) -> bool:
        """Say whether the layer computes the value of the code."""
        try:
            with np.errstate(all="ignore"):
                own = self.layer(**self.read(point))[0]
        except Exception:  # most readings do not fit, and a layer may refuse them in any way
            return False
        if own.shape != value.shape:
            return False
        return bool(np.abs(own - value).max(initial=0.0) <= ALIKE * max(np.abs(value).max(initial=0.0), 1e-300))


def reading(point: Point, elsewhere: list[Point]) -> Reading | None:
    """Return how unknown code can be read as a layer, at all points that are given; None if it cannot."""
    value, others = point.value(), [own.value() for own in elsewhere]
    for tried in islice(_readings(point), MOST):
        if tried.matches(point, value) and all(map(tried.matches, elsewhere, others)):
            return tried
    return None


def _turned(array: Array, turned: bool) -> Array:
    return mT(array) if turned else array


def _readings(point: Point) -> Iterator[Reading]:
    """Yield what is worth trying: every layer with its usual settings, every order of the arguments."""
    plain = {name: own for name, own in point.inputs.items() if own.ndim > 1}
    beside = {name: np.asarray(own)[None] for name, own in point.op.given.items() if np.ndim(own) > 0}
    numbers = [float(own[0]) for own in point.inputs.values() if own.ndim == 1]
    numbers += [float(own) for own in point.op.given.values() if isinstance(own, int | float)]
    for layer in sorted(reference.LAYERS, key=RARE.__contains__):
        roles = _roles(layer)
        for settings in _settings(layer, plain, numbers):
            op = _made(layer, settings)
            if op is not None:
                yield from _orders(point, op, roles, plain, beside)


def _roles(layer: type[Op]) -> list[str]:
    """Name the inputs of a layer, those it cannot do without."""
    parameters = list(inspect.signature(layer.forward).parameters.values())[1:]
    return [own.name for own in parameters if own.default is own.empty and own.kind is not own.VAR_KEYWORD]


def _made(layer: type[Op], settings: Mapping[str, Any]) -> Op | None:
    try:
        return layer(**settings)
    except Exception:  # settings that do not go together
        return None


def _settings(layer: type[Op], plain: Mapping[str, Array], numbers: list[float]) -> Iterator[dict[str, Any]]:
    """Yield the settings of a layer that are worth trying, the most usual first."""
    names = [own.name for own in fields(layer)]  # type: ignore[arg-type] # layers are dataclasses
    axes = max((own.ndim - 1 for own in plain.values()), default=1)
    choices: list[tuple[Any, ...]] = []
    for name in names:
        if name == "axes":
            choices.append((axes - 1,))
        elif name == "axis":
            choices.append(tuple(range(-1, -axes - 1, -1)))
        elif name in USUAL:
            whole = [int(own) for own in numbers if own == int(own) and 0 <= own < 9]
            choices.append((*USUAL[name], *(whole if isinstance(USUAL[name][0], int) else numbers)))
        else:
            return
    for values in islice(product(*choices), 60):
        yield dict(zip(names, values, strict=True))


def _orders(
    point: Point, op: Op, roles: list[str], plain: Mapping[str, Array], beside: Mapping[str, Array]
) -> Iterator[Reading]:
    """Yield every way to put the arguments in the places of a layer's inputs, those of the same name first."""
    arguments = [*plain, *beside]
    missing, absent = len(roles) - len(arguments), [role for role in reversed(roles) if role in ABSENT]
    left_out = absent[: max(0, missing)]
    wanted = [role for role in roles if role not in left_out]
    if len(wanted) != len(arguments) or not _takes(op, plain, wanted):
        return
    fixed = {role: ABSENT[role]((1, 1)) for role in left_out}
    orders = sorted(permutations(arguments), key=lambda order: -sum(a == b for a, b in zip(order, wanted, strict=True)))
    for order in orders:
        named = dict(zip(wanted, order, strict=True))
        sources = {role: own for role, own in named.items() if own in plain}
        rest = {role: beside[own] for role, own in named.items() if own in beside}
        for turns in _turns(op, sources, plain):
            yield Reading(point, op, {role: (own, role in turns) for role, own in sources.items()}, {**fixed, **rest})


def _takes(op: Op, plain: Mapping[str, Array], wanted: list[str]) -> bool:
    """Say whether some argument has as many axes as the layer takes."""
    kind = next((own for own in (KINDS | LOSSES).values() if own.layer is type(op)), None)
    counts = {own.ndim - 1 for own in plain.values()}
    return bool(wanted) and (kind is None or not kind.takes or bool(counts & set(kind.takes)))


def _turns(op: Op, sources: Mapping[str, str], plain: Mapping[str, Array]) -> Iterator[frozenset[str]]:
    """Yield which inputs are transposed: none, or weights that are kept the other way round."""
    yield frozenset()
    if isinstance(op, TURNED):
        matrices = [role for role, own in sources.items() if plain[own].ndim == 3 and role in "WVU"]
        yield from (frozenset(some) for some in (matrices,) if some)
