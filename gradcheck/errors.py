"""What can go wrong on the caller's side, said as help: what was given, what was expected, what to try."""

from collections.abc import Iterable
from difflib import get_close_matches

MANY = 30
"""Of more names than this, those nearest to what was given are listed."""


class GradcheckError(Exception):
    """The base of every error that gradcheck raises on purpose."""


class UnknownName(GradcheckError):
    """A name that was given and does not exist; the message lists what exists and the nearest match."""

    def __init__(self, what: str, given: str, known: Iterable[str]) -> None:
        known = sorted(known)
        near = get_close_matches(given[:60], known, n=1, cutoff=0.4)
        given = given if len(given) <= 60 else f"{given[:57]}..."
        hint = f" Did you mean {near[0]!r}?" if near else ""
        if len(known) > MANY:
            listed = (
                f"There are {len(known)}, among them {', '.join(sorted(get_close_matches(given, known, 12, 0.0)))}."
            )
        else:
            listed = f"There is: {', '.join(known)}."
        super().__init__(f"There is no {what} {given!r}.{hint} {listed}")


class IllFormed(GradcheckError):
    """A network or an architecture that does not hang together."""


class Mismatch(GradcheckError, AssertionError):
    """A gradient that was to be right and is not green; its text is the page of the result."""

    def __init__(self, page: str = "", reproduce: str = "") -> None:
        super().__init__(page)
        self.reproduce = reproduce


class Differs(Mismatch):
    """The gradient is wrong."""


class Broken(Mismatch):
    """What was given is not a gradient at all."""


class Undecided(Mismatch):
    """No oracle could judge the gradient."""


class ContractBroken(GradcheckError):
    """A backward pass that cannot be held against anything: the clause it violates, where, and the evidence."""

    def __init__(self, clause: str, parameter: str, says: str) -> None:
        super().__init__(says)
        self.clause, self.parameter, self.says = clause, parameter, says


class OracleMissing(GradcheckError):
    """An oracle that was asked for and cannot answer here, with the way to get it."""
