"""One check, through all its stages: contract, oracles, comparison, kinks, blame, diagnosis.

Each stage may end the check. Structure is judged before numbers, the forward value before any derivative, and what
cannot be told apart from a kink at the point itself is heard again near by.
"""

import numpy as np

from gradcheck.blame import blame, blame_contract, blame_entries
from gradcheck.compare import Ballot, other_function
from gradcheck.contract import violations
from gradcheck.directions import BESIDE, FEW, Group, along, groups
from gradcheck.errors import GradcheckError
from gradcheck.hearing import Hearing, elsewhere, hear, wrong_everywhere
from gradcheck.op import Array, Op
from gradcheck.oracles import layers
from gradcheck.oracles.noise import rounding_noise
from gradcheck.point import Point
from gradcheck.records import Comparison, Finding, Result, Verdict
from gradcheck.subgradient import across_kinks


def check(op: Op, **inputs: Array) -> Result:
    """Judge the pullback of an operation at the given inputs, under a random cotangent.

    Inputs are arrays without stack axes. Integer and boolean inputs, and those that the operation calls constants,
    are not differentiated; floating ones of any precision are taken as float64. Raises OracleMissing if PyTorch is
    needed and not there, GradcheckError if there is nothing to differentiate.
    """
    arrays = {name: _doubled(np.asarray(array)) for name, array in inputs.items()}
    if not any(array.dtype.kind == "f" for name, array in arrays.items() if name not in op.constants):
        given = ", ".join(f"{name}: {array.dtype}" for name, array in arrays.items())
        raise GradcheckError(f"Nothing to differentiate: no floating numbers among the inputs ({given}).")
    try:
        point = Point.of(op, arrays)
    except Exception as error:  # somebody else's forward pass may fail in any way; that is the finding
        finding = Finding("raises", "", f"The forward pass raised {type(error).__name__}: {error}")
        return Result(Verdict.BROKEN, op.kind, (), (finding,))
    return examine(point, op.kind)


def _doubled(array: Array) -> Array:
    """Return a floating array in double precision, and any other as it is."""
    return array.astype(np.float64) if array.dtype.kind == "f" else array


def examine(point: Point, subject: str) -> Result:
    """Take a point through the stages; return the verdict with everything that led to it."""
    with np.errstate(all="ignore"):
        return _examine(point, subject)


def _examine(point: Point, subject: str) -> Result:
    broken = violations(point)
    if broken:
        return Result(Verdict.BROKEN, subject, (), tuple(blame_contract(point, broken[0])))
    chosen = _large(point)
    judged = along(point, chosen) if chosen else point
    heard = hear(judged)
    oracles = tuple(answer.oracle for answer in heard.answers)
    other = other_function(judged.value(), heard.answers)
    if other:  # where large numbers cancel, an oracle's bar may miss the noise by luck
        other = other_function(judged.value(), heard.answers, rounding_noise(judged))
    if other:
        says = f"The forward value is not what {other} computes: it is another function, and gradients cannot agree."
        return Result(Verdict.DIFFERS, subject, oracles, (Finding("value", "", says),))
    comparisons = tuple(_comparisons(point, heard, chosen))
    near = elsewhere(judged, [*heard.wrong, *(name for name in heard.undecided if name in point.inputs)])
    findings = tuple(_findings(point, heard, near, chosen))
    if findings:
        return Result(Verdict.DIFFERS, subject, oracles, findings, comparisons)
    open_questions = [name for name in heard.undecided if not _judged_near(name, near)]
    verdict = Verdict.UNDECIDED if _left_open(open_questions, heard, chosen) else Verdict.AGREES
    notes = tuple(_notes(heard, open_questions, chosen))
    return Result(verdict, subject, oracles, (), comparisons, notes)


def _large(point: Point) -> list[Group]:
    """Group the entries of the parameters that are too large, or beside others that are, to be judged one by one."""
    sizes = {name: point.inputs[name][0].size for name in point.wanted}
    if max(sizes.values(), default=0) <= FEW or point.draws > 1 or layers.quick(point):
        return []
    large = [name for name, size in sizes.items() if size > BESIDE]
    generator, claim = np.random.default_rng(4), point.claim()
    return [group for name in large for group in groups(name, claim[name][0], point.inputs[name][0], generator)]


def _findings(point: Point, heard: Hearing, near: list[Hearing], chosen: list[Group]) -> list[Finding]:
    """Return what is wrong here and near by, and, unless kinks of many parts may meet, what is wrong here alone."""
    lasting = wrong_everywhere(heard.wrong, near)
    counted = [name for name in heard.wrong if name in lasting or name in _smooth(heard) or not point.op.composed]
    by_parameter: dict[str, list[Group]] = {}
    for group in chosen:
        if group.name in counted:
            by_parameter.setdefault(group.parameter, []).append(group)
    found = [blame_entries(point, group) for group in by_parameter.values()]
    plain = [vote for vote in heard.votes if vote.parameter in counted and vote.parameter in point.inputs]
    everywhere = [vote for vote in plain if vote.parameter in lasting]
    here_only = [vote for vote in plain if vote.parameter not in lasting]
    found += [*blame(point, everywhere), *blame(point, here_only, here_only=True)]
    return found or [finding for vote in heard.votes if (finding := across_kinks(point, vote))]


def _smooth(heard: Hearing) -> list[str]:
    """Return the inputs with an entry that two oracles contradict where neither of them sees a kink."""
    votes = [vote for vote in heard.votes if len(vote.estimates) > 1]
    return [vote.parameter for vote in votes if (vote.wrong & ~vote.kinks).any()]


def _judged_near(name: str, near: list[Hearing]) -> bool:
    """Say whether an input that cannot be judged here was judged somewhere near by, and wrong nowhere."""
    return any(name not in there.undecided for there in near) and all(name not in there.wrong for there in near)


def _left_open(names: list[str], heard: Hearing, chosen: list[Group]) -> bool:
    """Say whether a parameter is left of which nothing could be judged."""
    parameter = {group.name: group.parameter for group in chosen}
    settled = {parameter.get(vote.parameter) for vote in heard.votes if vote.parameter not in names}
    return any(parameter.get(name) not in settled or name not in parameter for name in names)


def _comparisons(point: Point, heard: Hearing, chosen: list[Group]) -> list[Comparison]:
    """Sum every ballot up, those of one large parameter's groups together."""
    votes = {vote.parameter: vote for vote in heard.votes}
    together: dict[str, list[tuple[Group, Ballot]]] = {}
    for group in chosen:
        together.setdefault(group.parameter, []).append((group, votes.pop(group.name)))
    large = [_together(name, point.inputs[name][0].size, parts) for name, parts in together.items()]
    order = {name: place for place, name in enumerate(point.wanted)}
    return sorted([*(vote.comparison() for vote in votes.values()), *large], key=lambda one: order[one.parameter])


def _together(name: str, entries: int, parts: list[tuple[Group, Ballot]]) -> Comparison:
    """Sum up a large parameter; what it would have seen is what the least of its judged groups would have."""
    sums = [vote.comparison() for _, vote in parts]
    worst = max(sums, key=lambda one: one.margin)
    seen = [
        float((next(iter(vote.voters.values())).bar + vote.wobble).max()) / group.share
        for (group, vote), one in zip(parts, sums, strict=True)
        if group.share > 0 and one.sensitivity is not None
    ]
    return Comparison(name, entries, worst.margin, max(seen, default=None), sum(one.kinks for one in sums), worst.vote)


def _notes(heard: Hearing, open_questions: list[str], chosen: list[Group]) -> list[str]:
    """Say what a reader must know: kinks, and what could not be judged, or only near by."""
    kinks = [vote.parameter for vote in heard.votes if vote.kinks.any()]
    notes = [f"{', '.join(kinks)}: some entries lie at a kink, where any slope between the one-sided ones is right."]
    notes = notes if kinks else []
    zeros = [vote.parameter for vote in heard.votes if vote.unseen and vote.vanishes]
    notes += [f"{name}: zero, but for rounding: it moves the value by nothing that could be seen." for name in zeros]
    hidden = [vote for vote in heard.votes if vote.unseen and vote.decided and not vote.vanishes]
    unseen = {vote.parameter: vote.unseen for vote in hidden}
    lost = "of its entries are so small beside the rest of the value that rounding hides them, or all but a digit"
    notes += [f"{name}: {many} {lost}; they were hardly judged." for name, many in unseen.items()]
    sizes = {group.name: (group.parameter, len(group.entries)) for group in chosen}
    if heard.wrong:
        meet = "is not between the slopes on its two sides, but right near by: several kinks meet here"
        notes.append(f"{', '.join(heard.wrong)}: the gradient {meet}.")
    for name in heard.undecided:
        parameter, entries = sizes.get(name, (name, 0))
        what = f"{parameter}: {entries} of its entries" if entries else f"{name}:"
        if name in open_questions:
            lost = "no oracle could judge here; what the value does there is lost in rounding or noise"
            notes.append(f"{what} {lost}. Try another point, double precision, or a value without large constants.")
        else:
            notes.append(f"{what} could not be judged at the point itself, and agrees near by.")
    return notes
