"""What a reader must know of a verdict: kinks, zeros, entries that rounding hides, and what was judged only near by.

None of this is wrong. It says how much was seen, and where else to look.
"""

from collections.abc import Mapping, Sequence

from gradcheck.stages.hearing import Hearing


def remarks(heard: Hearing, open_questions: Sequence[str], owner: Mapping[str, str]) -> list[str]:
    """Say what a reader must know: kinks, and what could not be judged, or only near by."""
    kinks = dict.fromkeys(owner[vote.parameter] for vote in heard.votes if vote.kinked)
    notes = [f"{', '.join(kinks)}: some entries lie at a kink, where any slope between the one-sided ones is right."]
    notes = notes if kinks else []
    zeros = [vote.parameter for vote in heard.votes if vote.unseen and vote.vanishes]
    notes += [f"{name}: zero, but for rounding: it moves the value by nothing that could be seen." for name in zeros]
    hidden = [vote for vote in heard.votes if vote.unseen and vote.decided and not vote.vanishes]
    unseen = {vote.parameter: vote.unseen for vote in hidden}
    lost = "of its entries are so small beside the rest of the value that rounding hides them, or all but a digit"
    notes += [f"{name}: {many} {lost}; they were hardly judged." for name, many in unseen.items()]
    narrow = [vote.parameter for vote in heard.votes if vote.accuses and vote.narrow]
    if narrow:
        notes.append(f"{', '.join(narrow)}: beyond an error bar by little, and right near by: the bar was too short.")
    if meeting := [name for name in heard.wrong if name not in narrow]:
        meet = "is not between the slopes on its two sides, but right near by: several kinks meet here"
        notes.append(f"{', '.join(meeting)}: the gradient {meet}.")
    for name in [*heard.undecided, *(own for own in open_questions if owner[own] != own)]:
        if name in open_questions:
            lost = "no oracle could judge here; what the value does there is lost in rounding or noise"
            notes.append(
                f"{owner[name]}: {lost}. Try another point, double precision, or a value without large constants."
            )
        else:
            notes.append(f"{owner[name]}: could not be judged at the point itself, and agrees near by.")
    return notes
