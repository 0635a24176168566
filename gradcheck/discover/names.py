"""What names mean, where people write gradients: whose gradient a function is, and what its arguments are.

Nothing here looks at numbers. The conventions are those of course exercises, of deep-learning frameworks and of
optimisation libraries; a person who follows none of them says which function belongs to which.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

MARKERS = {
    "grad", "grads", "gradient", "gradients", "backward", "backwards", "bwd", "backprop", "bprop", "vjp", "pullback",
    "prime", "deriv", "derivative", "derivatives", "nabla", "jacobian", "jac", "der", "fprime", "hess", "hessian", "d",
    "subgradient", "subgradients", "subgrad",
    "gradiente", "gradientes", "derivada", "ableitung", "derivee", "derivata",
}  # fmt: skip
"""The words that make a function a gradient."""
FORWARD = {"forward", "fwd", "fprop", "feedforward", "adelante", "vorwaerts", "vorwärts", "avant", "avanti"}
BACKWARD = {
    "backward", "backwards", "bwd", "backprop", "bprop", "backpropagate", "backpropagation", "vjp", "pullback",
    "atras", "retropropagacion", "rueckwaerts", "rückwärts", "arriere", "indietro",
}  # fmt: skip
WEAK = FORWARD | {
    "loss", "cost", "fn", "func", "function", "fun", "objective", "value", "compute", "calc", "get", "f", "of",
    "energy", "potential", "likelihood",
    "costo", "coste", "perdida", "verlust", "kosten", "cout", "perte", "perdita",
}  # fmt: skip
"""Words that a function may have and its gradient lack."""
OBJECTIVES = {"loss", "cost", "objective", "energy", "potential", "likelihood", "loglik", "nll", "elbo", "value", "j"}
"""Words of a function that has a gradient."""
ENERGIES, FORCES = {"energy", "potential"}, {"force", "forces"}
"""The words of a function, and of one that returns minus its gradient."""
GREEKS = {"delta": r"[Ss]_?0?|[Ss]pot(_price)?|underlying", "vega": r"sigma|vol(atility)?", "rho": r"r|rate|rf"}
"""What the sensitivities of a price are called, and what they are derivatives by."""
PRICES = {"price", "value", "premium", "call", "put", "option", "scholes", "bs"}
"""Words of what has those."""
VARIANTS = {
    "alt", "naive", "fast", "vectorized", "vectorised", "simple", "v2", "with", "regularization", "reg", "im2col",
}  # fmt: skip
"""Words that tell one gradient of a function from another."""
FIRST_DERIVATIVES = {"grad", "gradient", "der", "deriv", "derivative", "jac", "prime"}
"""Words of gradients whose own derivative is a Hessian."""
NUMERICAL = {"numerical", "numeric", "check", "checking", "approx", "approximate", "finite", "fd", "test", "eval"}
"""The words of functions that compute gradients from differences, and of tests."""
CACHES = {
    "cache", "caches", "cached", "ctx", "context", "saved", "memory", "mem", "tape", "store", "residuals", "state",
}  # fmt: skip
OUTPUTS = {
    "h", "out", "output", "outputs", "y", "a", "s", "act", "activated", "activation", "activations", "result", "fx",
    "value",
}  # fmt: skip
RATES = {
    "lr",
    "rate",
    "learning_rate",
    "eta",
    "step_size",
    "stepsize",
    "learningrate",
    "learn_rate",
    "l_rate",
    "epsilon",
}
PLAIN_RATES = {"lr", "learning_rate", "learn_rate", "l_rate", "learningrate"}
"""Those that are nothing else."""
_COTANGENT = re.compile(
    r"d_?(?!ata|im|epth|type|ecay|rop|ict|egree)\w*|(in_?)?grads?(_?\w+)?|\w+_(grads?|gradients?|bar|cotangent)|"
    r"gradient|upstream\w*|gy|gout|g|v|u|ct|cotangent|delta\w*|error|err|adjoint|top_diff"
)
_TARGET = re.compile(
    r"(y|t|Y|T)(_?(true|i|batch|train)|s)?|train(ing)?(_set)?_(outputs?|labels?|targets?|[yY])|"
    r"targ(et)?s?|((y_)?true_|correct_)?labels?|truth|ground_truth|gt|y_?actual|expected|desired(_output)?"
)
_PREDICTS = re.compile(
    r"[a-zA-Z](?<![rkntyKNT])\d*|[xX]_?\w*|[wW]_\w+|(y|t|p)_?(hat|pred|p|prob)\w*|.*(theta|beta|pred|param|weight|output|"
    r"input|logit|score|prob|data|feature|model|net|coef|mean|mask|label)\w*|out|AL|f|mu|eta|alpha|self"
)
"""What stands beside a target: data, parameters, or what is compared with it."""


DATA = {"X", "inputs", "features", "data", "images", "x_train", "X_train"}
"""What data are called, and never what arrives from above."""


class Role(StrEnum):
    """What an argument of a backward pass is."""

    ARGUMENT = "argument"
    """An argument of the forward pass, of the same name or in the same place."""
    COTANGENT = "cotangent"
    """The gradient that arrives from above."""
    CACHE = "cache"
    """What the forward pass returned beside its value."""
    OUTPUT = "output"
    """The value of the forward pass."""
    RATE = "rate"
    """A learning rate: this backward pass takes a step of descent as well."""


def words(name: str) -> list[str]:
    """Split a name into its words: ``affineBackward`` and ``affine_backward`` are the same two."""
    return [word for word in re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().split("_") if word]


def is_helper(name: str) -> bool:
    """Say whether a function only tests gradients or approximates them."""
    return bool(NUMERICAL & set(words(name)))


def pairs(takes: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """Return which function is whose gradient: (function, gradient), in the order of the gradients.

    ``takes`` holds, for every function, the names of its arguments: of several functions that a gradient may be for,
    the one with its arguments is meant.
    """
    found = []
    for name in takes:
        others = [other for other in takes if other != name and not is_helper(other)]
        partial = [other for other in others if partial_of(name, other, takes[other])]
        named = partial or _functions_of(name, others) or _in_short(name, others)
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
    same = [other for other in takes if takes[other] == takes[gradient] and not marked & set(words(other))]
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


def _functions_of(gradient: str, others: list[str]) -> list[str]:
    """Return the functions whose gradient a name may name, the likeliest first."""
    if gradient.startswith("d") and gradient[1:] in others:
        return [gradient[1:]]
    if first := [other for other in others if gradient in (f"{other}2", *_second(other))]:
        return first
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


def is_force(name: str) -> bool:
    """Say whether a function returns forces, which are minus the gradient of an energy."""
    return bool(FORCES & set(words(name))) and not MARKERS & set(words(name))


def _second(first: str) -> list[str]:
    """Return what the derivative of a derivative is called: ``rosen_hess`` is that of ``rosen_der``."""
    if first == "fprime":
        return ["fprime2"]
    *stem, last = words(first) or [""]
    return ["_".join([*stem, second]) for second in ("hess", "hessian")] if last in FIRST_DERIVATIVES else []


def of_gradient(name: str, arguments: Iterable[str]) -> str | None:
    """Return the argument whose gradient a name names: ``dW``, ``grad_W``, ``W_grad`` and ``dL_dW`` are W's."""
    known = list(arguments)
    for pattern in (
        r"d_?(.+)",
        r"d[LJCEjle]_?d_?(.+)",
        r"dloss_?d_?(.+)",
        r"(?:grads?|gradient|g|nabla)_?(.+)",
        r"(.+?)_?(?:grads?|gradient|g|bar)",
    ):
        match = re.fullmatch(pattern, name)
        if match and match[1] in known:
            return match[1]
    return _folded(name, known) if name[:1] in "dDgG" else None


def _folded(name: str, known: Sequence[str]) -> str | None:
    """Return the argument that a name means whatever its case: ``dMean`` is of t_mean, if no other is a mean."""
    folded = {argument.lower().replace("_", ""): argument for argument in known}
    for prefix in (r"(grads?|gradient|d)_?", r"d[a-z]\w{0,4}?_d_?"):
        stem = re.sub(rf"^{prefix}", "", name.lower()).replace("_", "")
        if stem in folded:
            return folded[stem]
        ending = [own for key, own in folded.items() if len(stem) > 2 and key.endswith(stem)]
        if len(ending) == 1 and stem != name.lower():
            return ending[0]
    return None


def is_cotangent(name: str) -> bool:
    """Say whether an argument is the gradient that arrives from above."""
    return bool(_COTANGENT.fullmatch(name))


def is_handed(name: str) -> bool:
    """Say whether an argument with a default is handed to a backward pass all the same: a cotangent, or a rate."""
    return is_cotangent(name) or name.lower() in PLAIN_RATES


def is_cache(name: str) -> bool:
    """Say whether an argument is what the forward pass has kept for the backward pass."""
    return name.lower() in CACHES or any(name.lower().endswith(f"_{word}") for word in CACHES)


def is_target(name: str) -> bool:
    """Say whether an argument is what a prediction is compared with."""
    return bool(_TARGET.fullmatch(name))


def is_compared(name: str, beside: Iterable[str]) -> bool:
    """Say whether an argument is a target, beside others: one letter is none where nothing is there to predict it.

    ``y`` is the yield in ``price(y, face, coupon, n)``, and ``t`` the time in ``growth(t, K, r)``.
    """
    others = [own for own in beside if own != name]
    return is_target(name) and (len(name) > 1 or not others or any(map(_PREDICTS.fullmatch, others)))


def roles(backward: Sequence[str], forward: Sequence[str], wants_cotangent: bool) -> list[Role] | None:
    """Return what each argument of a backward pass is; None if that cannot be told.

    ``wants_cotangent`` says that its name is one of a backward pass and not of a gradient.
    """
    told = [_role(name, forward, wants_cotangent) for name in backward]
    if None in told and wants_cotangent and Role.COTANGENT not in told:
        first = told.index(None)
        data = DATA | {"x"} if any(map(is_target, backward)) else DATA
        compared = is_target(backward[first]) and Role.OUTPUT in told  # nothing arrives: the cost is in it
        told[first] = None if backward[first] in data or compared else Role.COTANGENT
    if None in told and len(backward) == len(forward) and Role.COTANGENT not in told and not wants_cotangent:
        told = [Role.ARGUMENT if role is None else role for role in told]
    if told.count(None) == 1 and Role.COTANGENT in told and Role.CACHE not in told and Role.ARGUMENT not in told:
        told[told.index(None)] = Role.CACHE
    return None if None in told else [role for role in told if role]


def _role(name: str, forward: Sequence[str], wants_cotangent: bool) -> Role | None:
    if name in forward:
        return Role.ARGUMENT
    if is_cache(name):
        return Role.CACHE
    if name.lower() in RATES:
        return Role.RATE
    if wants_cotangent and is_cotangent(name):
        return Role.COTANGENT
    return Role.OUTPUT if name.lower() in OUTPUTS else None
