"""Mistakes that are in no catalogue: random terms dropped, indices permuted, factors perturbed."""

from collections.abc import Callable, Iterator

import numpy as np

from gradcheck.architecture.vocabulary import KINDS, LOSSES
from gradcheck.mistakes import LayerMistake
from gradcheck.op import Array, Backward, Gradients
from gradcheck.selftest.places import WORDS, Trial, drawn

LAYERS = {word: layer for layer, word in WORDS.items() if word in KINDS or word in LOSSES}


def invented(count: int, seed: int = 17) -> Iterator[tuple[LayerMistake, Trial]]:
    """Yield mistakes that nobody makes, each with a network to plant it into; none is one of the catalogue's."""
    words, number, found = sorted(LAYERS), 0, 0
    while found < count:
        generator = np.random.default_rng([seed, number])
        word = words[int(generator.integers(len(words)))]
        make = SLIPS[number % len(SLIPS)]
        trial = next(drawn(word, number, 2, 1))
        number += 1
        mistake = _mistake(word, make(generator))
        if _changes(mistake, trial):
            found += 1
            yield mistake, trial


def _mistake(word: str, slip: Callable[[Backward], Gradients]) -> LayerMistake:
    layers = (LAYERS[word],)
    return LayerMistake(id="invented", cause="", wrong="", right="", says="", question="", layers=layers, backward=slip)


def _changes(mistake: LayerMistake, trial: Trial) -> bool:
    """Whether it changes more than rounding would, and so much that there is a wrong number to be diagnosed."""
    point, right = trial.point(mistake.plant(trial.network)), trial.point()
    with np.errstate(all="ignore"):
        claim, truth = point.claim(), right.claim()
    return any(
        np.abs(claim[name] - truth[name]).max(initial=0.0) > 1e-3 * np.abs(truth[name]).max(initial=1e-9)
        for name in point.wanted
    )


def _of_shape(seed: int, shape: tuple[int, ...]) -> np.random.Generator:
    return np.random.default_rng([seed, *shape])


def _role(at: Backward, choice: int) -> str:
    return sorted(at.gradients)[choice % len(at.gradients)]


def _factor(generator: np.random.Generator) -> Callable[[Backward], Gradients]:
    """One gradient times a factor that is no size, no root, no constant of anything."""
    factor, choice = float(generator.uniform(0.2, 3.0)) + 0.0137, int(generator.integers(9))
    return lambda at: at.gradients | {_role(at, choice): factor * at.gradients[_role(at, choice)]}


def _entries(generator: np.random.Generator) -> Callable[[Backward], Gradients]:
    """Every entry of one gradient times a factor of its own."""
    seed, choice = int(generator.integers(10**6)), int(generator.integers(9))

    def slip(at: Backward) -> Gradients:
        own = at.gradients[_role(at, choice)]
        return at.gradients | {_role(at, choice): own * _of_shape(seed, own.shape[1:]).uniform(0.3, 1.7, own.shape[1:])}

    return slip


def _dropped(generator: np.random.Generator) -> Callable[[Backward], Gradients]:
    """Some of the terms that a gradient is a sum of are left out: parts of the cotangent are not sent back."""
    seed = int(generator.integers(10**6))

    def slip(at: Backward) -> Gradients:
        shape = at.cotangent.shape[1:]
        weights = _of_shape(seed, shape).choice([0.0, 1.0, 1.0], shape)
        return at.op(**at.inputs)[1](at.cotangent * weights)

    return slip


def _permuted(generator: np.random.Generator) -> Callable[[Backward], Gradients]:
    """The entries of one gradient at each other's places."""
    seed, choice = int(generator.integers(10**6)), int(generator.integers(9))

    def slip(at: Backward) -> Gradients:
        own = at.gradients[_role(at, choice)]
        flat = own.reshape(len(own), -1)
        order = _of_shape(seed, own.shape[1:]).permutation(flat.shape[1])
        return at.gradients | {_role(at, choice): flat[:, order].reshape(own.shape)}

    return slip


def _elsewhere(generator: np.random.Generator) -> Callable[[Backward], Gradients]:
    """The right formula at inputs that are somewhat off."""
    factor = float(generator.uniform(0.6, 1.4)) + 0.0171

    def slip(at: Backward) -> Gradients:
        moved: dict[str, Array] = {
            name: own * factor + 0.01 if name in at.gradients else own for name, own in at.inputs.items()
        }
        return at.op(**moved)[1](at.cotangent)

    return slip


def _mixed(generator: np.random.Generator) -> Callable[[Backward], Gradients]:
    """Some of another gradient of the same size, or of the input itself, is added to one."""
    share, choice = float(generator.uniform(0.2, 0.9)) + 0.0113, int(generator.integers(9))

    def slip(at: Backward) -> Gradients:
        own = at.gradients[_role(at, choice)]
        other = np.asarray(at.inputs[_role(at, choice)])
        return at.gradients | {_role(at, choice): own + share * other * np.abs(own).max()}

    return slip


def _bent(generator: np.random.Generator) -> Callable[[Backward], Gradients]:
    """One gradient goes through a curve: it is no longer linear in what arrives, or nearly so."""
    power, choice = float(generator.uniform(0.4, 1.9)) + 0.0091, int(generator.integers(9))

    def slip(at: Backward) -> Gradients:
        own = at.gradients[_role(at, choice)]
        weights = 1.0 + np.abs(np.asarray(at.inputs[_role(at, choice)])) ** power
        return at.gradients | {_role(at, choice): own * weights}

    return slip


def _shifted(generator: np.random.Generator) -> Callable[[Backward], Gradients]:
    """One gradient is rolled along its last axis and mixed with itself."""
    share, choice = float(generator.uniform(0.15, 0.85)) + 0.0071, int(generator.integers(9))

    def slip(at: Backward) -> Gradients:
        own = at.gradients[_role(at, choice)]
        return at.gradients | {_role(at, choice): (1.0 - share) * own + share * np.roll(own, 1, axis=-1)}

    return slip


def _one_entry(generator: np.random.Generator) -> Callable[[Backward], Gradients]:
    """One entry of one gradient is off, and no other."""
    factor, choice = float(generator.uniform(0.3, 2.4)) + 0.0137, int(generator.integers(9))
    place = int(generator.integers(10**6))

    def slip(at: Backward) -> Gradients:
        own = at.gradients[_role(at, choice)]
        flat = own.reshape(len(own), -1).copy()
        flat[:, place % flat.shape[1]] *= factor
        return at.gradients | {_role(at, choice): flat.reshape(own.shape)}

    return slip


def _of_another_cotangent(generator: np.random.Generator) -> Callable[[Backward], Gradients]:
    """The right backward pass under what arrives, each sample weighted as none should be."""
    seed = int(generator.integers(10**6))

    def slip(at: Backward) -> Gradients:
        shape = at.cotangent.shape[1:]
        return at.op(**at.inputs)[1](at.cotangent * _of_shape(seed, shape).uniform(0.4, 1.6, shape))

    return slip


SLIPS = (
    _factor,
    _entries,
    _dropped,
    _permuted,
    _elsewhere,
    _mixed,
    _bent,
    _shifted,
    _one_entry,
    _of_another_cotangent,
)
"""Ways to be wrong that are no mistake of anybody's."""
