"""What a person who wrote a pair like this one has probably done, where the numbers leave little doubt.

A hint changes no verdict. It is given only if the numbers fit it to many digits.
"""

from gradcheck.discover.functions import Couple
from gradcheck.discover.names import Role
from gradcheck.discover.subject import Subject
from gradcheck.records import Result, Verdict


def hint(subject: Subject, result: Result) -> str:
    """Return a sentence on what is probably behind a wrong gradient; empty if nothing is plain."""
    return _of_the_output(subject) if result.verdict is Verdict.DIFFERS else ""


def _of_the_output(subject: Subject) -> str:
    """A derivative written in terms of the output of the function, called with its input."""
    if not isinstance(subject, Couple) or subject.roles != (Role.ARGUMENT,):
        return ""
    (argument,) = subject.arguments
    args = {argument.name: 0.7}
    try:
        value = float(subject.value(args))
        right = (
            float(subject.value({argument.name: 0.7 + 1e-6})) - float(subject.value({argument.name: 0.7 - 1e-6}))
        ) / 2e-6
        claimed = float(subject.g(value))
    except Exception:  # not a function of single numbers
        return ""
    if abs(claimed - right) > 1e-6 * abs(right) or abs(float(subject.g(0.7)) - right) < 1e-6:
        return ""
    f, g = subject.f.__name__, subject.g.__name__
    return (
        f"{g} is right in terms of the output: {g}({f}({argument.name})). If that is how it is called, name its "
        "argument out, and it will be judged so"
    )
