"""One check, through all its stages: contract, oracles, comparison, kinks, blame, diagnosis.

Each stage may end the check. Structure is judged before numbers, the forward value before any derivative, and what
cannot be told apart from a kink at the point itself is heard again near by.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace

import numpy as np

from gradcheck.errors import GradcheckError
from gradcheck.line import Direction, Line
from gradcheck.op import Array, Op
from gradcheck.oracles.noise import rounding_noise
from gradcheck.point import Point, typical_size
from gradcheck.records import Comparison, Finding, Result, Verdict
from gradcheck.stages.blame import BESIDE_KINK, HERE_ONLY, blame, blame_contract
from gradcheck.stages.compare import Ballot, other_function
from gradcheck.stages.contract import violations
from gradcheck.stages.directions import directions, entries_are_few, may_accuse
from gradcheck.stages.glance import Look, closely, comparisons, directions_of, first_look, hidden_by_kinks
from gradcheck.stages.hearing import Hearing, elsewhere, hear, lasting, wrong_beside
from gradcheck.stages.pinpoint import pinpoint
from gradcheck.stages.remarks import remarks
from gradcheck.stages.rounding import lost_on_the_way
from gradcheck.stages.stairs import Climb, climb
from gradcheck.stages.subgradient import across_kinks
from gradcheck.stages.symmetry import of_one_triangle
from gradcheck.stages.testimony import undiagnosed

BLURRED = 1e-4
"""If errors of this part of the largest entry go unseen, a large constant beside the value is to be blamed."""
CONSTANT = 1e4
"""What counts as large, in units of what a parameter adds to the value."""
BESIDE = 16
"""If a parameter with no more entries than this is wrong beside large ones, its entries are heard one by one."""
FEW = 8
"""In about how many draws what seems to be wrong is looked at closely, of many."""
NUDGES = 8
"""How often a value is rounded otherwise, where it seems to be another function's."""


def check(op: Op, **inputs: Array) -> Result:
    """Judge the pullback of an operation at the given inputs, under a random cotangent.

    Inputs are arrays without stack axes. Integer and boolean inputs, and those that the operation calls constants,
    are not differentiated; floating ones of any precision are taken as float64. Raises OracleMissing if PyTorch is
    needed and not there, GradcheckError if there is nothing to differentiate, or no operation.
    """
    if not isinstance(op, Op):
        says = f"check judges a gradcheck.Op; what was given is {type(op).__name__}."
        raise GradcheckError(f"{says} For functions there are check_gradient and check_vjp.")
    arrays = {name: _doubled(np.asarray(array)) for name, array in inputs.items()}
    if not any(array.dtype.kind == "f" for name, array in arrays.items() if name not in op.constants):
        given = ", ".join(f"{name}: {array.dtype}" for name, array in arrays.items())
        raise GradcheckError(f"Nothing to differentiate: no floating numbers among the inputs ({given}).")
    result = _judged(op, arrays)
    if any(finding.clause == "raises" for finding in result.findings):  # perhaps since it writes to what it is given
        return _judged(op, {name: array.copy() for name, array in arrays.items()})
    return result


def _doubled(array: Array) -> Array:
    """Return a floating array in double precision, and any other as it is; nobody may write to it."""
    doubled = array.astype(np.float64, copy=False) if array.dtype.kind == "f" else array
    guarded = doubled.view()
    guarded.flags.writeable = False
    return guarded


def _judged(op: Op, arrays: dict[str, Array]) -> Result:
    try:
        point = Point.of(op, arrays)
    except Exception as error:  # somebody else's forward pass may fail in any way; that is the finding
        finding = Finding("raises", "", f"The forward pass raised {type(error).__name__}: {error}")
        return Result(Verdict.BROKEN, op.kind, (), (finding,))
    return examine(point, op.kind)


def examine(point: Point, subject: str) -> Result:
    """Take a point through the stages; return the verdict with everything that led to it."""
    with np.errstate(all="ignore"):
        result = _examine(point, subject)
        says = _remembered(point, subject) if result.verdict is Verdict.AGREES else ""
    return replace(result, verdict=Verdict.BROKEN, findings=(Finding("kept", "", says),)) if says else result


def _remembered(point: Point, subject: str) -> str:
    """Say so if a gradient that is right here comes back unchanged for other inputs, where it is wrong."""
    if point.op.composed or point.op.stacks or point.draws > 1 or not entries_are_few(point):
        return ""
    with suppress(Exception), undiagnosed():  # the other inputs may lie outside of its domain
        if point.unmoved and _examine(point.near_by(), subject).verdict is Verdict.DIFFERS:
            says = "The very same gradient comes back for inputs that are moved by 2 %, and there it is wrong"
            return f"{says}: it is a constant, or kept from an earlier call."
    return ""


def _examine(point: Point, subject: str) -> Result:
    broken = violations(point)
    if broken:
        return Result(Verdict.BROKEN, subject, (), tuple(blame_contract(point, broken[0])))
    moved = directions(point)
    look = first_look(point, moved) if moved else None
    if look and look.settles:
        compared = tuple(comparisons(point, look.judged, look.heard))
        return Result(Verdict.AGREES, subject, look.heard.oracles, (), compared)
    if look and look.dim and len(look.dim) < len(point.wanted):
        rest = _looked_closer(replace(point, wanted=look.dim), [], None, subject)
        found = {one.parameter: one for one in (*comparisons(point, look.judged, look.heard), *rest.comparisons)}
        return replace(rest, comparisons=tuple(found.values()))
    return _looked_closer(point, moved, look, subject)


def _looked_closer(point: Point, moved: list[Direction], look: Look | None, subject: str) -> Result:
    """Judge what a first look, if there was one, has left open: along each direction, or by every entry."""
    if moved and may_accuse(point):
        accused = _decided(point, moved, look, subject)
        if accused.verdict is Verdict.DIFFERS:
            return accused
    return _decided(point, [] if entries_are_few(point) else moved, look, subject)


def _decided(point: Point, moved: list[Direction], look: Look | None, subject: str) -> Result:
    """Judge along each direction, or by every entry if there are none."""
    judged, heard = closely(point, moved, look.accuses if look else np.inf)
    other = _other_function(judged, heard)
    if other:
        says = f"The forward value is not what {other} computes: it is another function, and gradients cannot agree."
        return Result(Verdict.DIFFERS, subject, heard.oracles, (Finding("value", "", says),))
    if (settled := _settled_by_less(point, judged, heard, subject)) is not None:
        return settled
    climbs = {} if moved else {name: found for name in heard.wrong if (found := climb(judged, heard.vote(name)))}
    compared = tuple(_climbed(one, climbs) for one in comparisons(point, judged, heard))
    heard = heard.without(climbs)
    narrow = [name for name in heard.wrong if heard.vote(name).narrow and (point.op.composed or not moved)]
    near = elsewhere(judged, narrow)
    right = [name for name in narrow if any(there.right(name) for there in near)]
    still = [name for name in heard.wrong if name in narrow and name not in right]
    still += _still_wrong(judged, [name for name in heard.wrong if name not in narrow])
    findings = tuple(_findings(point, judged, heard, still))
    if findings:
        return Result(Verdict.DIFFERS, subject, heard.oracles, findings, tuple(_missed(compared, heard)))
    near = elsewhere(judged, heard.undecided)
    swamped = {} if moved else _swamped(judged, heard)
    open_questions = [name for name in heard.undecided if name in swamped or not _judged_near(name, near)]
    open_questions += [name for name in (*swamped, *hidden_by_kinks(judged, heard, 1.0)) if name not in open_questions]
    blind = any(found.blind for found in climbs.values())
    ways = directions_of(judged)
    owner = {name: ways[name].parameter if name in ways else name for name in judged.wanted}
    judgeable = {owner[name] for name in judged.wanted if name not in open_questions}
    verdict = Verdict.AGREES if judgeable.issuperset(point.wanted) and not blind else Verdict.UNDECIDED
    notes = (*remarks(heard, open_questions, owner), *(found.note(name) for name, found in climbs.items()))
    notes += tuple(swamped.values())
    return Result(verdict, subject, heard.oracles, (), compared, notes)


def _settled_by_less(point: Point, judged: Point, heard: Hearing, subject: str) -> Result | None:
    """Return the verdict on a few draws, or on a matrix as a symmetric one, where that settles what seems wrong."""
    if heard.wrong and point.draws > 2 * FEW:
        few = _examine(point.of_draws(_showing(heard)), subject)
        if few.verdict is Verdict.DIFFERS:
            return replace(few, comparisons=tuple(comparisons(point, judged, heard)))
    if heard.wrong and (folded := of_one_triangle(point)):
        result = _examine(replace(point, op=folded), subject)
        accused = {finding.parameter for finding in result.findings}
        if result.verdict is not Verdict.UNDECIDED and accused.isdisjoint(folded.matrices):
            return replace(result, notes=(folded.note, *result.notes))
    return None


def _other_function(judged: Point, heard: Hearing) -> str:
    """Name the oracle that computes another function; empty if there is none.

    Where large numbers cancel, or much saturates, an oracle's own bar may miss the noise; then it is measured.
    """
    if not other_function(judged.value(), heard.answers):
        return ""
    noise = rounding_noise(judged) + _inner_rounding(judged) + lost_on_the_way(judged)
    return other_function(judged.value(), heard.answers, noise)


def _showing(heard: Hearing) -> Array:
    """Return the draws in which the inputs that are wrong are most so: a mistake shows in a few as it does in many."""
    votes = [vote for vote in heard.votes if vote.accuses]
    worst = [np.argsort(-vote.excess, kind="stable")[: 1 + FEW // len(votes)] for vote in votes]
    return np.unique(np.concatenate(worst))


def _still_wrong(judged: Point, names: list[str]) -> list[str]:
    """Return what is wrong near by as well: for what is put together of parts, right beside an exact tie of theirs."""
    if judged.op.composed:
        return lasting(judged, names)
    near = elsewhere(judged, [] if isinstance(judged.op, Line) else names, times=1)
    return [name for name in names if not any(there.right(name) for there in near)]


def _climbed(one: Comparison, climbs: dict[str, Climb]) -> Comparison:
    """Return a comparison as it is, or as a path has settled it."""
    found = climbs.get(one.parameter)
    vote = "differences see stairs; along a path the value follows the claim"
    return replace(one, margin=found.off, sensitivity=found.unseen, vote=vote) if found else one


def _missed(compared: Iterable[Comparison], heard: Hearing) -> Iterator[Comparison]:
    """Yield comparisons with the margin of what is wrong at a kink, which is no close call elsewhere."""
    worst = {vote.parameter: float(vote.excess.max(initial=0.0)) for vote in heard.votes}
    return (replace(one, margin=max(one.margin, worst.get(one.parameter, 0.0))) for one in compared)


def _inner_rounding(point: Point) -> Array:
    """Return how far each draw's value moves, (draws), if all that is computed on the way is rounded otherwise.

    What has saturated does not move with the inputs, and what a layer behind it loses is seen only so.
    """
    generator, value = np.random.default_rng(7), point.value()
    moves = [np.abs(point.nudged(generator).value() - value) for _ in range(NUDGES)]
    return np.asarray(np.nan_to_num(np.max(moves, axis=0).reshape(len(value), -1).max(axis=1)))


def _findings(point: Point, judged: Point, heard: Hearing, still: list[str]) -> list[Finding]:
    """Return what is still wrong near by, and, unless kinks of many parts may meet, what is wrong here alone."""
    counted = [name for name in heard.wrong if name in still or name in _smooth(heard) or not point.op.composed]
    votes = [vote for vote in heard.votes if vote.parameter in counted]
    large = list[Finding]()
    if isinstance(judged.op, Line):
        own: dict[str, list[Ballot]] = {}
        for vote in votes:
            own.setdefault(judged.op.directions[vote.parameter].parameter, []).append(vote)
        found = [pinpoint(judged.op, wrong) for name, wrong in own.items() if point.inputs[name].size > BESIDE]
        large = [finding for finding in found if finding]
        few = tuple(name for name in own if point.inputs[name].size <= BESIDE)
        votes = [vote for vote in hear(replace(point, wanted=few)).votes if vote.accuses] if few else []
    everywhere = [vote for vote in votes if vote.parameter in still]
    here_only = [vote for vote in votes if vote.parameter not in still and not vote.narrow]
    return [
        *blame(point, everywhere, shown=large),
        *blame(point, here_only, where=HERE_ONLY),
    ] or _at_kinks(point, heard)


def _at_kinks(point: Point, heard: Hearing) -> list[Finding]:
    """Return what shows only beside the kinks at which the point lies, or where several of its entries move at once."""
    if point.draws > 1 or point.op.stacks:
        return []
    kinked = [vote.parameter for vote in heard.votes if vote.kinked and vote.parameter in point.wanted]
    found = blame(*wrong_beside(point, kinked), where=BESIDE_KINK)
    return found or [finding for vote in heard.votes if (finding := across_kinks(point, vote))]


def _smooth(heard: Hearing) -> list[str]:
    """Return the inputs with an entry that two oracles contradict where neither of them sees a kink."""
    votes = [vote for vote in heard.votes if len(vote.estimates) > 1]
    return [vote.parameter for vote in votes if (vote.wrong & ~vote.kinks).any()]


def _swamped(point: Point, heard: Hearing) -> dict[str, str]:
    """Say of which parameters a large constant in the value leaves too little to be judged, and why.

    What double precision cannot hold beside the constant, no oracle can see: that is not the function's own noise.
    """
    blurred = [vote for vote in heard.votes if vote.blurred > BLURRED]
    doubtful = [vote for vote in blurred if not (vote.vanishes or vote.kinks.all())]
    if not doubtful or point.draws > 1:
        return {}
    value = float(np.abs((point.cotangent * point.value()).sum()))
    noise, said = float(rounding_noise(point)[0]), {}
    for vote in doubtful:
        moves = float((np.abs(vote.claim) * typical_size(point.inputs[vote.parameter])).max(initial=0.0))
        if noise <= 4.0 * np.finfo(np.float64).eps * value and value > CONSTANT * moves > 0:
            beside = f"{vote.parameter}: the value is {value:.1g}, and {vote.parameter} moves it by about {moves:.1g}"
            lost = f"rounding hides errors of less than {min(vote.blurred, 1.0):.0e} of an entry"
            said[vote.parameter] = f"{beside}: {lost}. Judge it without the large constant."
    return said


def _judged_near(name: str, near: list[Hearing]) -> bool:
    """Say whether an input that cannot be judged here was judged somewhere near by, and wrong nowhere."""
    return any(name not in there.undecided for there in near) and all(name not in there.wrong for there in near)
