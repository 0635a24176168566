"""What names mean, where people write gradients: which function is a gradient, and what its arguments are.

Nothing here looks at numbers. The conventions are those of course exercises, of deep-learning frameworks and of
optimisation libraries; a person who follows none of them says which function belongs to which.
"""

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum

MARKERS = {
    "grad", "grads", "gradient", "gradients", "backward", "backwards", "bwd", "backprop", "bprop", "vjp", "pullback",
    "prime", "deriv", "derivative", "derivatives", "derived", "derivate", "nabla", "jacobian", "jac", "der", "fprime",
    "hess", "hessian", "d", "subgradient", "subgradients", "subgrad",
    "gradiente", "gradientes", "derivada", "ableitung", "derivee", "derivata",
}  # fmt: skip
"""The words that make a function a gradient."""
FORWARD = {"forward", "fwd", "fprop", "feedforward", "adelante", "vorwaerts", "vorwärts", "avant", "avanti"}
BACKWARD = {
    "backward", "backwards", "bwd", "backprop", "bprop", "backpropagate", "backpropagation", "vjp", "pullback",
    "atras", "retropropagacion", "rueckwaerts", "rückwärts", "arriere", "indietro",
}  # fmt: skip
ENERGIES, FORCES = {"energy", "potential"}, {"force", "forces"}
"""The words of a function, and of one that returns minus its gradient."""
NUMERICAL = {"numerical", "numeric", "check", "checking", "approx", "approximate", "finite", "fd", "test", "eval"}
"""The words of functions that compute gradients from differences, and of tests."""
CACHES = {
    "cache", "caches", "cached", "ctx", "context", "saved", "memory", "mem", "tape", "store", "residuals", "state",
}  # fmt: skip
OUTPUTS = {
    "h", "out", "output", "outputs", "y", "a", "s", "act", "activated", "activation", "activations", "result", "fx",
    "value",
}  # fmt: skip
OUTPUT = re.compile(r"out(put)?s?|[yY]_?(hat|pred\w*)|pred(iction)?s?|probs?|o|[aA](\d|L)|activations?")
"""What a method is given that a forward pass has returned."""
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

_AFFIXES = (r"^(grads?|gradient|d)_?", r"^d[a-z]\w{0,4}?_d_?", r"_?(grads?|gradient)$")
"""What stands before the argument in the name of its gradient, or behind it."""
_WORDS = {
    "grad",
    "grads",
    "gradient",
    "gradients",
    "deriv",
    "derivative",
    "derivatives",
    "nabla",
    "partial",
    "partials",
}
"""The words for a gradient that stand beside that of its argument, before it or behind it."""
_ADDED_UP = re.compile(r"_(total|tot|sum|acc|accum|accumulated|all)$|^(total|tot|sum|acc)_")
"""What stands behind a gradient to which parts are added, or before it."""
_INITIALS = {"w": ("weight", "weights"), "b": ("bias", "biases")}
"""What parameters are called in short."""


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


def is_force(name: str) -> bool:
    """Say whether a function returns forces, which are minus the gradient of an energy."""
    return bool(FORCES & set(words(name))) and not MARKERS & set(words(name))


def of_gradient(name: str, arguments: Iterable[str]) -> str | None:
    """Return the argument whose gradient a name names: ``dW``, ``grad_W``, ``W_grad`` and ``dL_dW`` are W's.

    So is what several of them add up to, ``dW_total``.
    """
    known = list(arguments)
    several = dict.fromkeys([name, _ADDED_UP.sub("", name)])
    named = (_spelled(own, known) or _folded(own, known) or _worded(own, known) for own in several)
    return next(filter(None, named), None)


def _spelled(name: str, known: Sequence[str]) -> str | None:
    """Return the argument that stands in a name as it is written."""
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
    return None


def _folded(name: str, known: Sequence[str]) -> str | None:
    """Return the argument that a name means whatever its case, and however many: ``dMean`` is of t_mean.

    That is only so if no other is a mean; and ``weight_gradient`` is of weights, ``db`` of a bias.
    """
    folded, plain = {argument.lower().replace("_", ""): argument for argument in known}, name.lower()
    for affix in _AFFIXES:
        stem = re.sub(affix, "", plain)
        if stem == plain and name[:1] not in "dDgG":
            continue
        stem = stem.replace("_", "")
        if own := next((own for own in _numbers_of(stem) if own in folded), ""):
            return folded[own]
        ending = [own for key, own in folded.items() if len(stem) > 2 and key.endswith(stem)]
        if len(ending) == 1 and stem != plain:
            return ending[0]
    return None


def _worded(name: str, known: Sequence[str]) -> str | None:
    """Return the argument that a name says beside a word for its gradient: ``partial_W``, ``derivative_wrt_W``."""
    told, left = words(name), [word for word in words(name) if word not in _WORDS | {"wrt", "of", "by"}]
    return next((own for own in known if words(own) == left), None) if _WORDS & set(told) else None


def _numbers_of(word: str) -> tuple[str, ...]:
    """Return a word, and what it is for many, or for one."""
    if word in _INITIALS:
        return word, *_INITIALS[word]
    one = (word.removesuffix("s"), word.removesuffix("es"))
    return (word, f"{word}s", f"{word}es", *one) if len(word) > 2 else (word,)


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


def is_output(name: str) -> bool:
    """Say whether an argument is what a forward pass has returned."""
    return bool(name.lower() in OUTPUTS or OUTPUT.fullmatch(name))


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
    if (
        told.count(None) == 1
        and Role.COTANGENT in told
        and _called_otherwise(backward[told.index(None)], backward, forward)
    ):
        told[told.index(None)] = Role.ARGUMENT
    return None if None in told else [role for role in told if role]


def _called_otherwise(name: str, backward: Sequence[str], forward: Sequence[str]) -> bool:
    """Say whether an argument of a backward pass is the first of the forward pass under another name of data."""
    first = forward[0] if forward and forward[0] not in backward else ""
    return bool(first) and (name in DATA or re.fullmatch(rf"{re.escape(first)}_?\w*", name) is not None)


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
