"""What the source of a function or class shows of a shape: how an argument is made, summed over, and divided by."""

import ast
import re

from gradcheck.discover.docstrings import LETTERS, described
from gradcheck.discover.forms import Form
from gradcheck.discover.names import is_target
from gradcheck.discover.source import parsed
from gradcheck.discover.subject import Argument

_EINSUM = re.compile(r"einsum\(\s*['\"]([\w\s,.>-]+)['\"]\s*,([^()]*)\)")
"""A call of einsum, and what it is given."""
_UPRIGHT = r"\[:, ?(?:None|np\.newaxis)\]"
"""What stands behind a vector that is set upright."""
_PRODUCT = r"@(?!\w+method\b)|dot\(|matmul|einsum"
"""What stands where arrays are multiplied."""
_SEVERAL = re.compile(rf"{_PRODUCT}|axis|\[|\bfor\b|\.T\b|shape")
"""What the source has in it if it does not go entry by entry."""
_WORD = re.compile(r"[A-Za-z_]\w*")


def shown(argument: Argument) -> list[Form]:
    """Return what the source shows that an argument is by what is done with it."""
    return [form for shows in (enclosed, added_up, tapped, summed, paired) for form in shows(argument)]


def paired(argument: Argument) -> list[Form]:
    """Return a small matrix if all that the source takes of an argument are entries of one: ``k[i, j]``."""
    name = re.escape(argument.name)
    entries = re.search(rf"\b{name}\[[a-z]\w?\s*,\s*[a-z]\w?\]", argument.source)
    others = re.search(rf"\b{name}\[[^\],]*\]|\b{name}\[[^\]]*:|\b{name}\.shape", argument.source)
    return [Form("real", ("R", "S"), 1)] if entries and not others else []


def tapped(argument: Argument) -> list[Form]:
    """Return the shape of filters if the source takes them apart tap by tap: ``w[:, :, i, j]``."""
    taps = rf"\b{re.escape(argument.name)}\[:, ?:, ?[a-z]\w?, ?[a-z]\w?\]"
    return [Form("real", ("F", "C", "R", "S"))] if re.search(taps, argument.source) else []


def summed(argument: Argument) -> list[Form]:
    """Return the shape that einsum takes an argument for, the first time: ``np.einsum("ni,kij->nkj", x, W)``."""
    for letters, given in _EINSUM.findall(argument.source):
        operands = [own.strip().removeprefix("self.") for own in given.split(",")]
        terms = letters.replace(" ", "").split("->")[0].split(",")
        if argument.name in operands[: len(terms)] and "." not in letters:
            axes = terms[operands.index(argument.name)]
            return [Form("real", tuple(LETTERS.get(own, own) for own in axes), int(len(axes) < len("NTD")))]
    return []


def laid_flat(argument: Argument) -> list[Form]:
    """Return samples of two axes if all that the source does is to lay them flat: ``x.reshape(x.shape[0], -1)``.

    An object that has to be told their shape is told another one.
    """
    name = re.escape(argument.name)
    rows = rf"(?:{name}\.shape\[0\]|len\({name}\)|[A-Za-z_]\w*)"
    flat = rf"\b(?:{name}\.reshape\(\(?|np\.reshape\({name}, ?\(?){rows}, ?-1\)"
    otherwise = re.search(rf"{_PRODUCT}|def __init__\([^)]*\b\w*(shape|size|dims)\s*[,)]", argument.source)
    found = not otherwise and not argument.constructor and re.search(flat, argument.source)
    return [Form("real", ("N", "d1", "d2"))] if found and not is_target(argument.name) else []


def joint(argument: Argument) -> list[Form]:
    """Return the probabilities of all pairs if the source compares an argument with those of points: ``P*log(P/Q)``.

    Of pairs they are, and so the same both ways, where the source takes all differences or products of points.
    """
    name = re.escape(argument.name)
    compared = re.search(rf"\b{name}(\[\w+\])?\s*\*\s*\(?\s*(np\.)?log\(\s*{name}\b", argument.source)
    pairs = re.search(rf"{_UPRIGHT[:-2]}(, ?:)?\]|\b(\w+) ?@ ?\2\.T\b|dot\((\w+), ?\3\.T\)", argument.source)
    return [Form("joint", ("N", "N"))] if compared and pairs else []


def upright(argument: Argument) -> bool:
    """Say whether the source sets a vector upright: ``x[:, None]``."""
    return bool(re.search(rf"\b{re.escape(argument.name)}{_UPRIGHT}", argument.source))


def crossed(argument: Argument) -> bool:
    """Say whether the source lets all entries of a vector meet all those of others: ``x[:, None] - mu``.

    Where an axis behind these two is summed over they hold rows, and so do data with a capital letter.
    """
    if re.search(r"axis ?= ?(?:2|-1)\b|\b(?:sum|mean|norm)\((?:2|-1)\)", argument.source):
        return False
    beside = rf"\b{re.escape(argument.name)}{_UPRIGHT}\s*[-+*/]\s*(\w+)\b(?![\[(.])"
    met = re.search(beside, argument.source) if argument.name.islower() else None
    return bool(met and met[1] != argument.name)


def enclosed(argument: Argument) -> list[Form]:
    """Return the shape of a matrix between a vector and itself, ``x @ A @ x``, of that vector, and of what it meets."""
    text = argument.source
    while text != (text := re.sub(r"np\.dot\(([\w.]+), ?", r"\1 @ (", text)):
        pass
    text = re.sub(r"[()]", "", text.replace(".dot(", " @ "))
    for vector, matrix in re.findall(r"\b(\w+)(?:\.T)? ?@ ?(\w+) ?@ ?\1\b", text):
        name = re.escape(argument.name)
        if argument.name == matrix:
            return [Form("real", ("D", "D"))]
        beside = rf"\b{name}(?:\.T)? ?@ ?{vector}\b|\b{vector}(?:\.T)? ?@ ?{name}\b"
        if argument.name == vector or (argument.name.islower() and re.search(beside, text)):
            return [Form("real", ("D",))]
    return []


def made(argument: Argument) -> list[Form]:
    """Return the shape in which the source makes it: ``WLSTM = np.random.randn(input_size + hidden_size, 4 * d)``."""
    axis = r"[\w.]+(?:\s*[+*]\s*[\w.]+)*"
    name, by = re.escape(argument.name), r"\b(?:randn|rand|zeros|ones|size=)"
    by = rf"^\s*{name}\s*=.*{by}\(\(?({axis}(?:\s*,\s*{axis})+)\s*,?\s*\)"
    found = re.search(by, argument.source, re.MULTILINE)
    axes = [re.sub(r"\s|self\.", "", own) for own in found[1].split(",")] if found else []
    if not {own for axis in axes for own in _WORD.findall(axis)} <= LETTERS.keys():
        return []
    spelled = [_WORD.sub(lambda own: LETTERS[own[0]], axis) for axis in axes]
    return [Form("real", tuple(int(own) if own.isdigit() else own for own in spelled))] if spelled else []


def length_of(argument: Argument) -> list[Form]:
    """Return the size that an argument of a constructor is if arrays or lists are made so long: ``randn(f, c, k)``."""
    name = re.escape(argument.name)
    made = rf"\b(?:randn|rand|zeros|ones|empty|normal|uniform)\([^\n]*\b{name}\b|\[[\d.]+\] ?\* ?{name}\b"
    name = argument.name.lower()
    return [Form("size", (LETTERS.get(name, name.upper() if len(name) == 1 else name),))] * bool(
        re.search(made, argument.source)
    )


def scales(argument: Argument) -> list[Form]:
    """Return a number if the source multiplies one with it: ``gamma * w @ S @ w``, ``c * np.sum(np.abs(w))``."""
    number = r"(?:np\.(?:sum|mean|dot|trace|linalg\.norm)\(|\w+(?:\.T)? @ )"
    name = rf"(?<![\w@] )\b{re.escape(argument.name)}\b"
    array = rf"\b{re.escape(argument.name)}(?:\[|\.[a-zA-Z]| @)|@ {re.escape(argument.name)}\b"
    found = re.search(rf"{name}(?: / 2)? \* {number}", argument.source)
    return [Form("real")] if found and not argument.constructor and not re.search(array, argument.source) else []


def counts(argument: Argument) -> bool:
    """Say whether the source counts up to an argument: ``range(n)``, ``np.full(n, c)``, ``np.arange(1, n + 1)``.

    Of the steps of ``np.arange`` only a name that says so is a whole number.
    """
    name = re.escape(argument.name)
    called = rf"\b(?:int\(|range\((?:\d+, ?)?|np\.(?:full|zeros|ones|empty|eye)\(){name}\b\s*[,)+-]"
    steps = re.fullmatch(r"[nN]|[nN]_\w+|num_\w+|\w*(steps|periods|years|terms)", argument.name)
    stepped = rf"\barange\((?:\d+, ?)?{name}\b\s*[,)+]"
    return bool(re.search(called, argument.source) or (steps and re.search(stepped, argument.source)))


def divides(argument: Argument) -> bool:
    """Say whether the source divides something into whole parts by an argument, or slices so far: ``x[i : i + k]``."""
    name, text = re.escape(argument.name), argument.source
    array = rf"\b{name}(\[|\.[a-zA-Z]|\s*@)|@\s*{name}\b|\b(len|dot|in)\b[( ]+{name}\b|\b(np|numpy)\.\w+\({name}\b"
    if argument.constructor or described(argument) or re.search(array, text):
        return False
    return bool(re.search(rf"//\s*{name}\b|\b{name}\s*//|\[[^\]\n]*:[^\],:\n]*\b{name}\b[^\[\]\n]*\]", text))


def added_up(argument: Argument) -> list[Form]:
    """Return a number if the source goes entry by entry, and adds all up for it: ``dbeta = np.sum(g * x)``."""
    if argument.constructor or _SEVERAL.search(argument.source):
        return []
    functions = [own for own in ast.walk(parsed(argument.source)) if isinstance(own, ast.FunctionDef)]
    takes = [own.arg for own in functions[0].args.args if own.arg not in ("self", "ctx")] if functions else []
    returned = [own.value for own in ast.walk(functions[-1]) if isinstance(own, ast.Return)] if functions else []
    parts = returned[-1].elts if returned and isinstance(returned[-1], ast.Tuple) else []
    if argument.name not in takes or len(parts) != len(takes):
        return []
    own = parts[takes.index(argument.name)]
    assigned = [node for node in ast.walk(functions[-1]) if isinstance(node, ast.Assign) and isinstance(own, ast.Name)]
    values = [node.value for node in assigned if [ast.unparse(own)] == list(map(ast.unparse, node.targets))]
    return [Form("real")] if _is_sum((values or [own])[-1]) else []


def _is_sum(node: ast.expr) -> bool:
    """Say whether an expression is the sum of all entries: ``np.sum(a)``, ``a.sum()``."""
    if not isinstance(node, ast.Call) or node.keywords or not isinstance(node.func, ast.Attribute):
        return False
    of_module = ast.unparse(node.func.value) in ("np", "numpy", "torch")
    return node.func.attr == "sum" and len(node.args) == int(of_module)
