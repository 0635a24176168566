"""Slips of the pen in somebody's own expressions: what one edit of the code undoes, and what to say about it.

Nothing is known of the code but that with this one expression changed every number is right. So what is wrong and what
is right are the person's own lines; the entry says what kind of slip it was.
"""

from dataclasses import dataclass

from gradcheck.errors import UnknownName
from gradcheck.records import Diagnosis


@dataclass(frozen=True)
class Slip:
    """One kind of slip, told by the edit that undoes it."""

    id: str
    """Its name, in words."""
    cause: str
    """The kind of slip that it is."""
    says: str
    """One sentence for the person who made it."""
    question: str
    """A question that leads to the repair."""

    def diagnosis(self, wrong: str, right: str) -> Diagnosis:
        """Return what to tell, with the line as it is and as it should be."""
        return Diagnosis(self.id, self.cause, self.says, self.question, wrong, right)


_ALL = (
    Slip(
        "mean-taken-for-sum",
        "wrong-reduction",
        "A mean is taken where contributions add up: what serves every sample collects from every sample.",
        "If the batch were twice as long, would the true gradient stay the same?",
    ),
    Slip(
        "sum-taken-for-mean",
        "wrong-reduction",
        "A sum is taken where the forward pass takes a mean, so its 1/n is missing.",
        "Where does the forward pass divide by the number of what it adds up?",
    ),
    Slip(
        "sum-over-other-axis",
        "wrong-reduction",
        "It is added up along another axis than the one that the forward pass spread over.",
        "Along which axis was this value copied on the way forward?",
    ),
    Slip(
        "sum-left-out",
        "wrong-reduction",
        "Contributions that belong together are not added up.",
        "In how many places was this value used, and who adds up what comes back from them?",
    ),
    Slip(
        "size-left-out",
        "wrong-reduction",
        "A factor that is a size is missing: the 1/n of a mean, or the n that takes it away.",
        "Over how many numbers does the forward pass take the mean?",
    ),
    Slip(
        "size-too-many",
        "wrong-reduction",
        "A factor that is a size is there and should not be: this 1/n belongs to no mean, or has come in before.",
        "Which mean of the forward pass does this size come from, and is it in what arrives already?",
    ),
    Slip(
        "factor-left-out",
        "missing-factor",
        "One factor of the chain rule is missing here.",
        "If what this gradient is for moves a little, by how much does the next value move?",
    ),
    Slip(
        "factor-too-many",
        "extra-factor",
        "There is one factor too many here.",
        "Which link of the chain does each factor stand for, and is one of them there twice?",
    ),
    Slip(
        "factor-upside-down",
        "wrong-constant",
        "It is multiplied where it should be divided, or the other way round.",
        "Did the forward pass multiply by this, or divide by it?",
    ),
    Slip(
        "activation-slope-missing",
        "missing-factor",
        "The slope of the activation is missing: what comes back has passed through its curve.",
        "How far does the activation move if what goes into it moves a little?",
    ),
    Slip(
        "activation-slope-wrong",
        "wrong-activation-derivative",
        "This is not the slope of that activation at this place.",
        "What is the derivative of this activation, written in what you have at hand: its input or its output?",
    ),
    Slip(
        "activation-slope-too-many",
        "extra-factor",
        "The slope of an activation is there and should not be: it has come in before, or the loss has taken it away.",
        "Has what arrives here passed through this activation's curve already?",
    ),
    Slip(
        "share-for-the-rest",
        "wrong-variable",
        "A share stands where the rest of it, 1 minus the share, belongs, or the other way round.",
        "Which of the two did the forward pass multiply this with?",
    ),
    Slip(
        "term-left-out",
        "missing-path",
        "One term of a sum is missing: there is another route to the value.",
        "In how many places does the forward pass use this value?",
    ),
    Slip(
        "statistics-left-out",
        "missing-path",
        "Every entry moves the mean, or the size, that the forward pass takes out: what comes back from it is missing.",
        "If one entry grows a little, what happens to the mean and the size that all others are measured by?",
    ),
    Slip(
        "term-too-many",
        "extra-factor",
        "There is one term too many in this sum.",
        "Which route to the value does each term stand for?",
    ),
    Slip(
        "bias-penalised",
        "extra-factor",
        "The penalty holds down weights and leaves biases alone, so its slope belongs to the weights alone.",
        "Over which columns, or rows, does the penalty of the forward pass go?",
    ),
    Slip(
        "overwritten-instead-of-added",
        "missing-path",
        "What came before is overwritten, where contributions should add up.",
        "What does this variable hold just before, and where does that go?",
    ),
    Slip(
        "answer-thrown-away",
        "missing-factor",
        "What is called here answers with what goes on from here, and nobody takes its answer.",
        "What does the next turn start from?",
    ),
    Slip(
        "added-instead-of-replaced",
        "duplicate-path",
        "It is added to what is there, where it should take its place.",
        "What does this variable hold just before?",
    ),
    Slip(
        "sign-wrong",
        "wrong-sign",
        "The sign is wrong here.",
        "If this grows a little, does the value rise or fall?",
    ),
    Slip(
        "other-variable",
        "wrong-variable",
        "Another variable belongs here.",
        "Which value of the forward pass stands in this place of the derivative?",
    ),
    Slip(
        "unlike-on-the-way-forward",
        "wrong-variable",
        "What has the same name on the way forward is computed otherwise there.",
        "Does the slope that follows belong to the value as it was on the way forward?",
    ),
    Slip(
        "constant-wrong",
        "wrong-constant",
        "A constant is wrong here.",
        "What does differentiating do to the powers and constants of the forward pass?",
    ),
    Slip(
        "power-left-out",
        "wrong-constant",
        "A power is missing: what is divided by comes in once more for every time that it is differentiated.",
        "What is the derivative of 1/u, and of u to a power?",
    ),
    Slip(
        "place-wrong",
        "wrong-variable",
        "It is taken from, or put into, the wrong place.",
        "Which entry, or which time step, did the forward pass use here?",
    ),
    Slip(
        "steps-left-out",
        "missing-path",
        "The loop does not go over everything that the forward pass went over.",
        "What is the first step of the forward loop, and the last of this one?",
    ),
    Slip(
        "wrong-way-through-time",
        "wrong-variable",
        "The loop runs in the wrong direction: what comes back arrives at the last step first.",
        "Which step of the forward pass was the last to touch the value?",
    ),
    Slip(
        "transpose-left-out",
        "missing-transpose",
        "A transpose is missing: errors go back through the transposed matrix.",
        "Which index was summed over on the way forward, and which one is summed over here?",
    ),
    Slip(
        "transpose-too-many",
        "missing-transpose",
        "Something is transposed that should not be.",
        "Which index was summed over on the way forward, and which one is summed over here?",
    ),
    Slip(
        "operands-exchanged",
        "missing-transpose",
        "The two operands stand in the wrong order.",
        "Which of the two do the rows of the result belong to?",
    ),
    Slip(
        "elementwise-for-matrix",
        "missing-transpose",
        "A product entry by entry stands where a matrix product belongs, or the other way round.",
        "Does each number act on its own number, or on a whole row?",
    ),
    Slip(
        "use-left-out",
        "missing-path",
        "What is used in several places has a gradient that adds up over all of them, and one is left out.",
        "In which lines, and in how many turns of a loop, does the forward pass use it?",
    ),
    Slip(
        "use-counted-twice",
        "duplicate-path",
        "What is used in several places has a gradient that adds up over all of them, and one is counted twice.",
        "Does what you add contain the contribution of this use already?",
    ),
    Slip(
        "use-with-wrong-sign",
        "wrong-sign",
        "What is used in several places has a gradient that adds up over all of them, and one comes with a minus.",
        "Does the value rise or fall if this use alone grows a little?",
    ),
    Slip(
        "comparison-wrong",
        "wrong-activation-derivative",
        "This comparison lets through what the forward pass stopped, or the other way round.",
        "For which numbers did the forward pass let the signal through?",
    ),
    Slip(
        "function-wrong",
        "wrong-activation-derivative",
        "A function is applied once too often, or not at all, or it is another one's turn.",
        "Is what stands here the input of this function, or its output already?",
    ),
)

SLIPS: dict[str, Slip] = {own.id: own for own in _ALL}
"""Every kind of slip by its id."""


def slip(id: str) -> Slip:  # noqa: A002 - the catalogue's own word
    """Return a slip by its id. Raises UnknownName, with the nearest match, if there is none."""
    if id not in SLIPS:
        raise UnknownName("slip", id, SLIPS)
    return SLIPS[id]


__all__ = ["SLIPS", "Slip", "slip"]
