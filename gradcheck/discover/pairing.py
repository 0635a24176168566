"""Whose gradient a function is, by the names that people give both and what they take."""

import re
from collections.abc import Iterable, Mapping, Sequence

from gradcheck.discover.names import BACKWARD, ENERGIES, FORCES, FORWARD, MARKERS, NUMERICAL, is_force, is_helper, words

WEAK = FORWARD | {
    "loss", "cost", "fn", "func", "function", "fun", "objective", "value", "compute", "calc", "get", "f", "of",
    "energy", "potential", "likelihood",
    "costo", "coste", "perdida", "verlust", "kosten", "cout", "perte", "perdita",
}  # fmt: skip
"""Words that a function may have and its gradient lack."""
OBJECTIVES = {"loss", "cost", "objective", "energy", "potential", "likelihood", "loglik", "nll", "elbo", "value", "j"}
"""Words of a function that has a gradient."""
GREEKS = {"delta": r"[Ss]_?0?|[Ss]pot(_price)?|underlying", "vega": r"sigma|vol(atility)?", "rho": r"r|rate|rf"}
"""What the sensitivities of a price are called, and what they are derivatives by."""
PRICES = {"price", "value", "premium", "call", "put", "option", "scholes", "bs"}
"""Words of what has those."""
VARIANTS = {
    "alt", "naive", "fast", "vectorized", "vectorised", "simple", "v2", "with", "regularization", "reg", "im2col",
}  # fmt: skip
"""Words that tell one gradient of a function from another."""
FIRST_DERIVATIVES = {"grad", "gradient", "der", "deriv", "derivative", "jac", "prime"}
"""Words of gradients whose own derivative is a Hessian,"""
HESSIANS = ("hess", "hessian")
"""and what that is called."""


def pairs(takes: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """Return which function is whose gradient: (function, gradient), in the order of the gradients.

    ``takes`` holds, for every function, the names of its arguments: of several functions that a gradient may be for,
    the one with its arguments is meant.
    """
    found = []
    for name in takes:
        others = [other for other in takes if other != name and not is_helper(other)]
        partial = [other for other in others if partial_of(name, other, takes[other])]
        named = partial or functions_of(name, others) or _in_short(name, others)
        named = named or _alone(name, takes) or _beside(name, takes)
        candidates = [] if is_helper(name) else named
        if candidates:
            found.append((max(candidates, key=lambda other: len(set(takes[other]) & set(takes[name]))), name))
    return found + _left(takes, {own for pair in found for own in pair})


def _left(takes: Mapping[str, Sequence[str]], paired: set[str]) -> list[tuple[str, str]]:
    """Return the one objective and the one gradient that are left, if they take the same: ``policy_gradient``."""
    left = [own for own in takes if own not in paired and not is_helper(own) and takes[own]]
    slopes = [own for own in left if set(words(own)) & MARKERS - BACKWARD]
    objectives = [own for own in left if set(words(own)) & OBJECTIVES and own not in slopes]
    alone = len(slopes) == len(objectives) == 1 and takes[slopes[0]] == takes[objectives[0]]
    return [(objectives[0], slopes[0])] if alone else []


def _in_short(gradient: str, others: list[str]) -> list[str]:
    """Return the functions of which a name says the initials, or they its: ``bce_grad`` of ``binary_cross_entropy``."""
    own = [word for word in words(gradient) if word not in MARKERS]
    spelled = {other: [word for word in words(other) if word not in WEAK] for other in others}
    return [other for other, parts in spelled.items() if _abbreviates(own, parts) or _abbreviates(parts, own)]


def _abbreviates(short: list[str], words: list[str]) -> bool:
    """Say whether one word is made of the initials of several others."""
    return len(words) > 1 and short == ["".join(word[0] for word in words)]


def _alone(gradient: str, takes: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the one function with the arguments of a gradient whose name says no more than that it is one."""
    if not set(words(gradient)) <= MARKERS - BACKWARD or not takes[gradient]:
        return []
    marked = MARKERS | BACKWARD | NUMERICAL
    others = [other for other in takes if other != f"{gradient}2" and not marked & set(words(other))]
    same = [other for other in others if takes[other] == takes[gradient]]
    return same if len(same) == 1 else []


def _beside(gradient: str, takes: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the functions of the same arguments that a gradient by one of them may be for: ``grad_W``, or a Greek."""
    if not takes[gradient] or not by_argument(gradient, takes[gradient]):
        return []
    marked, own = MARKERS | BACKWARD | NUMERICAL | set(GREEKS), set(words(gradient)) - set(GREEKS)
    same = [other for other in takes if takes[other] == takes[gradient] and not marked & set(words(other))]
    if set(GREEKS) & set(words(gradient)):
        same = [other for other in same if PRICES & set(words(other)) and own <= set(words(other))]
    return same if len(same) == 1 else []


def by_argument(gradient: str, arguments: Iterable[str]) -> str | None:
    """Return the argument by which a name says that something is differentiated, whatever that is: ``grad_W``."""
    known = list(arguments)
    greek = next((GREEKS[word] for word in words(gradient) if word in GREEKS), None)
    if greek:
        priced = any(re.fullmatch(r"K|strike|sigma|vol(atility)?", name) for name in known)
        return next((name for name in known if priced and re.fullmatch(greek, name)), None)
    found = re.fullmatch(r"(?:grads?|gradient|nabla)_(?:wrt_)?(\w+)|(\w+)_grad(?:ient)?", gradient)
    return next((name for name in found.groups() if name in known), None) if found else None


def partial_of(gradient: str, function: str, arguments: Iterable[str]) -> str | None:
    """Return the argument by which a name says that a function is differentiated: ``dloss_dw``, ``loss_grad_w``."""
    loss = {"loss", "cost", "objective", "error"} & set(words(function))
    f = "|".join(re.escape(own) for own in (function, *("L", "J", "C", "E", "loss", "cost") * bool(loss)))
    for argument in arguments:
        by = rf"(?:d|wrt|by)?_?{re.escape(argument)}"
        if re.fullmatch(rf"d_?(?:{f})_?d_?{re.escape(argument)}|(?:{f})_grad_{by}|grad_(?:{f})_{by}", gradient):
            return argument
    return None


def functions_of(gradient: str, others: list[str]) -> list[str]:
    """Return the functions whose gradient a name may name, the likeliest first."""
    if gradient.startswith("d") and gradient[1:] in others:
        return [gradient[1:]]
    if first := [other for other in others if gradient in _second(other, others)]:
        return first
    if set(HESSIANS) & set(words(gradient)):
        return []
    if is_force(gradient):
        others = [other for other in others if ENERGIES & set(words(other))]
    elif not (MARKERS | BACKWARD) & set(words(gradient)):
        return []
    stem = [word for word in words(gradient) if word not in MARKERS | BACKWARD | FORCES]
    plain = [other for other in others if not (MARKERS | BACKWARD) & set(words(other)) or words(other) == ["f"]]
    for ignored in (FORWARD, WEAK, WEAK | VARIANTS):
        want = [word for word in stem if word not in ignored]
        same = [other for other in plain if [word for word in words(other) if word not in ignored] == want]
        if same and (want or ignored is WEAK):
            return sorted(same, key=lambda other: not FORWARD & set(words(other)))
    return []


def _second(first: str, others: list[str]) -> list[str]:
    """Return what the derivative of a derivative is called: ``rosen_hess`` is that of ``rosen_der``, or ``df2`` of df.

    What is called ``loss2`` is only another loss.
    """
    if not MARKERS & set(words(first)) and not (first[:1] == "d" and first[1:] in others):
        return []
    leading, *rest = words(first)
    *stem, last = words(first)
    seconds = [f"{first}2"]
    if last in FIRST_DERIVATIVES:
        seconds += ["_".join([*stem, second]) for second in HESSIANS]
    if rest and leading in FIRST_DERIVATIVES:
        seconds += ["_".join([second, *rest]) for second in HESSIANS]
    return seconds
