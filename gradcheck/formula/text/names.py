"""What a person's word stands for: the problem's own names first, then the conventions of textbooks.

``w_{1}``, ``w_1``, ``w1`` and ``w₁`` are one name. What is not the problem's own spelling (E for the loss, a hat for
the prediction, delta for the derivative by a pre-activation, net_h1, m for the batch) is noted whenever it is used, so
that nothing is ever renamed silently.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from gradcheck.formula.language.functions import ABSTRACT, INVERSES, known
from gradcheck.formula.language.tree import Call, Derivative, Name, Tree

LOSSES = (
    "L", "J", "C", "E", "l", "Loss", "loss", "Cost", "cost", "Error", "error", "Err", "err", "MSE", "CE", "obj",
    "Etotal", "Ltotal", "Jtotal", "totalloss", "Losstotal", "losstotal",
)  # fmt: skip
"""What people call the loss."""
BATCH = ("n", "N", "m", "M", "B", "batch", "batchsize", "nsamples", "bs")
"""What people call the number of samples."""
HATS = ("yhat", "y'", "ypred", "yp", "yprime", "p", "P", "Yhat", "Ypred", "pred", "predictions", "output", "out", "a")
"""What people call the prediction."""


CLASSES = ("y", "t", "c", "label", "labels", "target", "targets", "Y", "T")
"""What people call the class of a sample."""
BESIDE = {
    "N": ("normcdf", frozenset({"normcdf"})),
    "n": ("normpdf", frozenset({"normcdf"})),
    "phi": ("normpdf", frozenset({"normcdf", "normpdf", "gelu"})),
    "psi": ("digamma", frozenset({"gamma", "lgamma", "digamma"})),
}
"""What letters stand for beside functions of the same family: the density of the normal distribution, digamma."""
SAMPLE_LOSS = "ell"
"""What the losses of the samples are called, where the problem has no name for them."""
LAYERS_GIVEN = ("a0", "A0", "h0", "H0")
"""What people call the input, where the layers after it are numbered."""


def plain(spelling: str) -> str:
    """Return a spelling without the marks that only set it: ``w_{1}`` is ``w1``, and ``sigma^2`` is ``sigma2``."""
    return re.sub(r"[_^{}()\[\], ]", "", spelling)


@dataclass
class Names:
    """The names of a problem, and what else they may be called."""

    inputs: tuple[str, ...]
    definitions: tuple[str, ...]
    letters: tuple[str, ...] = ()
    """The sizes."""
    activations: frozenset[str] = frozenset()
    """The activations that the forward pass uses."""
    arrays: Mapping[str, int] = field(default_factory=dict)
    """The variables that have axes, and how many."""
    spellings: Mapping[str, str] = field(default_factory=dict)
    loss: str = ""
    """The loss; empty where a problem is being read, and only its own names count."""
    steps: tuple[str, ...] = ()
    """The arguments of activations, in order."""
    prediction: str = ""
    """What the loss compares with data, if that is one variable."""
    samples: str = ""
    """The size of a batch."""
    axes: Mapping[str, tuple[Tree, ...]] = field(default_factory=dict)
    """The lengths of the axes of every variable that has some, as they are written."""
    one_hot: frozenset[str] = frozenset()
    """The data that pick one of several classes."""
    batched: Mapping[str, int] = field(default_factory=dict)
    """The variables that have an axis of the samples: 0 if it is the first, -1 if it is the last."""
    activated: frozenset[str] = frozenset()
    """The variables that an activation returns."""
    targets: Mapping[str, str] = field(default_factory=dict)
    """What variables are compared with: the datum that each is subtracted from, or that is subtracted from it."""
    sole: str = ""
    """The parameter, if there is just one."""
    given: str = ""
    """The datum that the forward pass begins with."""
    same: Callable[[Tree], str] = lambda _tree: ""
    """The variable that has the value of an expression; empty if none has."""
    sample_loss: Tree | None = None
    """The losses of the samples, if the loss is their sum or mean."""
    lengths: frozenset[int] = frozenset()
    """The lengths of axes that are no letters."""
    indices: frozenset[str] = frozenset()
    """The data that are numbers of rows."""
    depends: Callable[[str, str], bool] = lambda _of, _by: False
    """Whether one variable is computed from another."""
    functions: frozenset[str] = frozenset()
    """The functions that the forward pass uses."""
    means: bool = False
    """Whether a bar over a name is a mean over the samples, and not a derivative."""
    from_one: bool = False
    """Whether axes are numbered from 1, as in MATLAB and Julia."""
    used: dict[str, str] = field(default_factory=dict)
    """What was taken for what."""

    def __post_init__(self) -> None:
        """Set the table of spellings up."""
        own = (*self.inputs, *self.definitions, *self.steps, *self.letters)
        self.table = {plain(name): name for name in reversed(own)}
        self.others = {plain(other): name for other, name in self.spellings.items()}

    def find(self, spelling: str) -> Tree | None:
        """Return what a word stands for: a variable, a size, or a derivative of the loss; None if nothing known."""
        word = plain(spelling)
        if word in self.table:
            return Name(self.table[word])
        if word in self.others and self.others[word] in (*self.inputs, *self.definitions, *self.steps, *self.letters):
            return self.taken(spelling, Name(self.others[word]))
        return self.convention(spelling, word) if self.loss else None

    def meant(self, tree: Tree) -> Name | None:
        """Return the variable that an expression is the value of; None if it is none."""
        name = self.same(tree)
        return Name(name, span=tree.span) if name else None

    def taken(self, spelling: str, tree: Tree) -> Tree:
        """Note that a word was taken for something, and return it."""
        says = f"d{tree.of}/d{tree.by}" if isinstance(tree, Derivative) else getattr(tree, "name", "a mean")
        self.used[spelling] = says
        return tree

    def convention(self, spelling: str, word: str) -> Tree | None:
        """Return what a word stands for by the conventions of textbooks."""
        name = self.variable(word)
        if name:
            return self.taken(spelling, Name(name))
        if self.means and (averaged := self.variable_named(word.removesuffix("bar"))):
            axis = self.batched.get(averaged) if self.arrays.get(averaged, 0) > 1 else None
            return self.taken(spelling, Call("mean", (Name(averaged),), axis=axis))
        derivative = self.derivative(word)
        return self.taken(spelling, derivative) if derivative else None

    def variable(self, word: str) -> str:
        """Return the variable that a word means by convention; empty if it means none."""
        if word in LOSSES:
            return self.loss
        if word in HATS and self.prediction:
            return self.predicted(word)
        for mark in ("out", "net", "z", "Z", "in"):
            inner = self.table.get(word.removeprefix(mark)) if word.startswith(mark) and word != mark else None
            if inner and mark == "out":
                return inner
            if inner and f"net_{inner}" in self.steps:
                return f"net_{inner}"
        if word.startswith("target"):
            inner = word.removeprefix("target")
            return self.table.get(f"t{inner}", "") or self.targets.get(self.table.get(inner, self.prediction), "")
        if word in BATCH and self.samples:
            return self.samples
        if word in LAYERS_GIVEN and self.table.get(f"{word[0]}1"):
            return self.given
        numbered = re.fullmatch(r"(?:z|Z|net)(\d)", word)
        if numbered and word[:-1] not in self.table and 0 < int(numbered[1]) <= len(self.steps):
            return self.steps[int(numbered[1]) - 1]
        if word in ("z", "Z", "net") and len(self.steps) == 1:
            return self.steps[0]
        for short, long in (("eps", "epsilon"), ("reg", "lambda"), ("lam", "lambda")):
            if word in (short, long):
                known = (table.get(other) for table in (self.table, self.others) for other in (short, long))
                if own := next(filter(None, known), ""):
                    return own
        alike = [name for own, name in self.table.items() if own.lower() == word.lower()]
        return alike[0] if len(alike) == 1 else ""

    def predicted(self, word: str) -> str:
        """Return the prediction, or what a word is beside it: the a of A, or of the one layer A1; empty for several."""
        alike = [name for own, name in self.table.items() if own.lower() == word and name not in self.letters]
        if len(alike) == 1:
            return alike[0]
        layers = [name for name in self.definitions if name[:-1].lower() == word and name[-1].isdigit()]
        if not layers or self.prediction in layers:
            return self.prediction
        return layers[0] if len(layers) == 1 else ""

    def derivative(self, word: str) -> Derivative | None:
        """Return the derivative that a word means by convention: delta2, dW1, dL_dw1, grad_W1."""
        both = re.fullmatch(r"d(.+?)_?d(.+)", word)
        if both:
            of, by = self.variable_named(both[1]), self.variable_named(both[2])
            if of and by:
                return Derivative(of, by)
        for mark in ("gradient", "grad", "nabla", "d"):
            by = self.variable_named(word.removeprefix(mark)) if word.startswith(mark) else ""
            if by and word != mark:
                return Derivative(self.loss, by)
        begins = word.startswith("D") and "D" not in self.table
        if begins and word[1:] in self.table and word[1:] not in (self.loss, *self.letters):
            return Derivative(self.loss, self.table[word[1:]])
        word = re.sub(r"(bar|grad)(\d+)$", r"\2\1", word)  # the bar of \bar{Z}_2 is over all of it
        for mark in ("bar", "grad", "gradient"):
            if word.endswith(mark) and (by := self.variable_named(word.removesuffix(mark))):
                return Derivative(self.loss, by)
        if word.startswith("delta"):
            by = self.before_activation(word.removeprefix("delta"))
            return Derivative(self.loss, by) if by else None
        return None

    def variable_named(self, word: str) -> str:
        """Return a variable by its own name or by convention; empty if there is none."""
        found = self.table.get(word) or self.others.get(word) or self.variable(word)
        return found if found not in self.letters else ""

    def before_activation(self, mark: str) -> str:
        """Return the variable whose derivative a delta with this mark is."""
        for candidate in (f"z{mark}", f"Z{mark}", f"net{mark}"):
            found = self.variable_named(candidate)
            if found:
                return found
        name = self.table.get(mark, "") or self.others.get(mark, "")
        if name == self.loss or name in self.letters:
            return ""
        if not mark and self.steps:
            return self.steps[-1]
        return f"net_{name}" if f"net_{name}" in self.steps else name

    def picking(self, word: str) -> str:
        """Return the one-hot datum that a word, the class y of a sample, tells of; empty if there is none."""
        found = self.find_quietly(word)
        if isinstance(found, Name) and (found.name == word or found.name not in self.letters):
            return found.name if found.name in self.one_hot else ""
        sole = next(iter(self.one_hot)) if len(self.one_hot) == 1 and word in CLASSES else ""
        if sole:
            self.taken(word, Name(sole))
        return sole

    def function(self, spelling: str) -> tuple[str, int] | None:
        """Return the function that a word stands for, and how often it differentiates it; note nothing."""
        word = plain(spelling).rstrip("'")
        primes = spelling.count("'")
        if not primes:
            marked = re.fullmatch(r"(.+?)(?:prime|derivative|deriv|grad|backward)|d(.+)", word)
            inner = self.named_function(marked[1] or marked[2]) if marked else None
            if inner and not self.named_function(word):
                return inner, 1
        name = self.named_function(word)
        if word == "sigma" and (name == "silu" or (name == "softplus" and not primes)):
            name = "sigmoid"
        return (name, primes) if name else None

    def applied(self, spelling: str, name: str, primes: int) -> None:
        """Note what a function that is applied was taken for, if that is not its name."""
        if plain(spelling).rstrip("'") != plain(name) and self.loss:
            self.used[spelling] = name + "'" * primes

    def named_function(self, word: str) -> str | None:
        """Return the function of a name; the problem's only activation for sigma, g, f."""
        if word in self.activations:
            return word
        kin, beside = BESIDE.get(word, ("", frozenset()))
        if beside & self.functions:
            return kin
        if word in ABSTRACT and self.loss:
            elementwise = sorted(self.activations - {"softmax"})
            return elementwise[0] if len(elementwise) == 1 else ("sigmoid" if word == "sigma" else None)
        if word[1:] in INVERSES and word[0] == "a" and "a" in self.table:
            return known(word) if known(word) in self.functions else None  # a sin(x), written together
        by_name = {"logsoftmax": "log_softmax"}.get(word, word)
        return known(by_name)

    def family(self, base: str) -> bool:
        """Say whether there are numbered variables of this name; the sigma^2 that is a name is no second sigma."""
        numbers = (number for number in range(10) if f"{base}^{number}" not in self.spellings)
        return any(self.find_quietly(f"{base}{number}") for number in numbers)

    def doubly(self, base: str) -> bool:
        """Say whether there are variables of this name with two numbers each, as x11 and x12."""
        return base not in self.arrays and any(re.fullmatch(rf"{re.escape(base)}\d\d", name) for name in self.table)

    def find_quietly(self, spelling: str) -> Tree | None:
        """Return what a word stands for, and note nothing."""
        before = dict(self.used)
        found = self.find(spelling)
        self.used.clear()
        self.used.update(before)
        return found

    def nearest(self, spelling: str) -> str:
        """Return the name most like a word that stands for nothing; empty if none is."""
        every: Iterable[str] = (*self.inputs, *self.definitions, *self.letters)
        found = get_close_matches(plain(spelling), list(every), n=1, cutoff=0.5)
        return found[0] if found else ""
