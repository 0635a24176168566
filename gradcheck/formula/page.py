"""A judgement as a person reads it: the verdict, how the text was read, what is right, then what to mend, and where."""

import html

from gradcheck.formula.judgement import Judgement, Slip

HEADLINES = {
    "correct": "CORRECT",
    "correct-by-cancellation": "WRONG AS WRITTEN - correct only by an illegal cancellation",
    "wrong": "WRONG",
    "unreadable": "UNREADABLE - this is no verdict on the mathematics",
}
LEVELS = ("where", "what kind", "a question", "an experiment", "the repair")
"""What each level of hints adds."""


def page(judgement: Judgement) -> str:
    """Return the whole page."""
    return "\n".join([*_head(judgement), *_body(judgement)])
