"""Print how formulas are judged, and the confusion table: ``python -m tests.corpus``, or ``make corpus``.

Not like for like: gradcheck is told nothing but f, the gradient and the arguments, and so are the peers; but they judge
by fixed tolerances made for numbers near 1, and a specimen of 30,000 entries that would take one of them minutes is not
put to it.
"""

import sys
import time
from collections import Counter

import numpy as np

import gradcheck
from gradcheck import Verdict
from gradcheck.selftest.peers import PEERS, ask
from tests.corpus.diagnoses import named, places, strangers, unknown
from tests.corpus.formulas import formulas
from tests.corpus.specimens import Specimen, right, wrong

LARGE = 500
"""Peers that go entry by entry are not asked about more entries than this."""

STRANGERS = 100
"""How many mistakes that are in no catalogue are planted."""


def ours(specimen: Specimen) -> bool | None:
    with np.errstate(all="ignore"):
        verdict = gradcheck.check_gradient(specimen.f, specimen.grad, *specimen.args).verdict
    return {Verdict.AGREES: True, Verdict.DIFFERS: False, Verdict.BROKEN: False}.get(verdict)


def of_formulas() -> None:
    """Say how many formulas were read, how many verdicts were right, and how many causes."""
    judged = [(formula, formula.judged()) for formula in formulas()]
    readable = [judgement for formula, judgement in judged if formula.verdict != "unreadable"]
    rows = {
        "read": [judgement.verdict != "unreadable" for judgement in readable],
        "verdict right": [judgement.verdict == formula.verdict for formula, judgement in judged],
        "cause right": [formula.fits(judgement) for formula, judgement in judged if formula.cause],
    }
    print(f"{len(judged)} formulas\n")
    for name, right_ones in rows.items():
        print(f"{name:24}{sum(right_ones):>5} of {len(right_ones)}   {sum(right_ones) / len(right_ones):.1%}")


def main() -> None:
    """Judge the corpus, and then name what is wrong."""
    confusion()
    naming()


def naming() -> None:
    """Print how often a diagnosis is right: of the catalogue everywhere, of unknown code, of what is in no catalogue."""
    everywhere = places()
    said = [named(place) for place in everywhere]
    rows = {
        "catalogue, in drawn networks": Counter(drawn for drawn, _ in said),
        "catalogue, in the smallest": Counter(small for _, small in said),
        **unknown(),
        "in no catalogue": strangers(STRANGERS),
    }
    columns = ("named", "tie", "none", "wrong")
    print(f"\n{'diagnosis of mistakes':34}{'planted':>9}" + "".join(f"{column:>9}" for column in columns))
    for name, counts in rows.items():
        many = sum(counts[column] for column in columns)
        print(f"{name:34}{many:>9}" + "".join(f"{counts[column]:>9}" for column in columns))


def confusion() -> None:
    """Ask everybody about everything."""
    of_formulas()
    print()
    specimens = [*right(), *wrong()]
    print(f"{len(right())} right gradients, {len(wrong())} wrong ones\n")
    print(f"{'':24}{'false alarms':>14}{'missed':>10}{'cannot say':>12}{'not asked':>11}{'seconds':>9}")
    checkers = {"gradcheck": ours} | {
        name: lambda specimen, peer=peer: ask(peer, specimen) for name, peer in PEERS.items()
    }
    for name, checker in checkers.items():
        counts, started = Counter[str](), time.monotonic()
        for number, specimen in enumerate(specimens):
            if number % 100 == 0 and sys.stderr.isatty():
                print(f"\r{name}: {number}/{len(specimens)}", end="", file=sys.stderr)
            size = sum(np.size(arg) for arg in specimen.args if not isinstance(arg, dict | list))
            if size > LARGE and name not in ("gradcheck", "torch gradcheck, fast"):
                counts["not asked"] += 1
                continue
            said = checker(specimen)
            counts[
                "cannot say" if said is None else "good" if said is specimen.right else "missed" if said else "alarm"
            ] += 1
        seconds = time.monotonic() - started
        print(
            f"{name:24}{counts['alarm']:>14}{counts['missed']:>10}{counts['cannot say']:>12}{counts['not asked']:>11}{seconds:>9.1f}"
        )


if __name__ == "__main__":
    main()
