"""Mistakes in attention: the scale, the transposes, the softmax in the middle, the mask, and shared heads.

They are made where scores and softmax are, so the same slip serves plain attention and attention in heads.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from gradcheck import reference
from gradcheck.mistakes.making import changed, exchanged, transposed
from gradcheck.mistakes.mistake import LayerMistake, Mistake
from gradcheck.op import Array, Backward, Gradients, Op, mT
from gradcheck.reference.attention import Triple, allowed, attend
from gradcheck.reference.heads import in_heads

PLAIN = (reference.ScaledDotProductAttention,)
IN_HEADS = (reference.MultiHeadAttention, reference.GroupedQueryAttention)
ATTENTION = (*PLAIN, *IN_HEADS)


@dataclass(frozen=True)
class Looked:
    """All that is in hand when the backward pass of one attention begins."""

    q: Array
    k: Array
    v: Array
    where: Array
    """Where a query may look at a key."""
    A: Array
    """The weights of attention."""
    dy: Array
    triple: Triple
    """The right dQ, dK and dV."""
    shared: int
    """How many heads of queries share one head of keys."""

    @property
    def scale(self) -> float:
        """What scores are multiplied with."""
        return float(1.0 / np.sqrt(self.q.shape[-1]))

    def through(self, dS: Array) -> Triple:
        """Return the right products of a gradient of the scores."""
        return dS @ self.k * self.scale, mT(dS) @ self.q * self.scale, self.triple[2]

    def dS(self, A: Array | None = None) -> Array:
        """The gradient of the scores, if wanted with other weights of attention."""
        A, dA = self.A if A is None else A, self.dy @ mT(self.v)
        return np.asarray(A * (dA - (A * dA).sum(axis=-1, keepdims=True)))


Inside = Callable[[Looked], Triple]


def inside(wrong: Inside) -> Callable[[Backward], Gradients]:
    """Put a wrong backward pass of attention into a layer, in each of its heads."""

    def attend_wrongly(
        shared: int, q: Array, k: Array, v: Array, where: Array
    ) -> tuple[Array, Callable[[Array], Triple]]:
        y, right = attend(q, k, v, where)
        A = attend(q, k, np.broadcast_to(np.eye(k.shape[-2]), (*k.shape[:-1], k.shape[-2])), where)[0]
        return y, lambda dy: wrong(Looked(q, k, v, where, A, dy, right(dy), shared))

    def slip(at: Backward) -> Gradients:
        mask = at.inputs.get("mask")
        if isinstance(at.op, reference.ScaledDotProductAttention):
            q, k, v = (at.inputs[role] for role in "qkv")
            back = attend_wrongly(1, q, k, v, allowed(q, k, mask, at.op.causal))[1]
            return dict(zip("qkv", back(at.cotangent), strict=True))
        op = at.op
        assert isinstance(op, reference.MultiHeadAttention | reference.GroupedQueryAttention)  # noqa: S101 - it has no others
        groups = op.groups if isinstance(op, reference.GroupedQueryAttention) else op.heads
        sources = {role[0]: at.inputs[role] for role in ("query", "key", "value")}
        weights = {name: own for name, own in at.inputs.items() if "_" in name}
        wrongly = partial(attend_wrongly, op.heads // groups)
        return in_heads(op, groups, sources, mask, weights, wrongly)[1](at.cotangent)

    return slip


def _scaled(by: Callable[[Looked], float]) -> Inside:
    return lambda own: (own.triple[0] * by(own), own.triple[1] * by(own), own.triple[2])


def _scores_not_transposed(own: Looked) -> Triple:
    return own.triple[0], own.dS() @ own.q * own.scale, own.triple[2]


def _own_weight_only(own: Looked) -> Triple:
    dA = own.dy @ mT(own.v)
    return own.through(own.A * (1.0 - own.A) * dA)


def _softmax_left_out(own: Looked) -> Triple:
    return own.through(np.where(own.where, own.dy @ mT(own.v), 0.0))


def _mask_ignored(own: Looked) -> Triple:
    everywhere = np.ones_like(own.where)
    A = attend(own.q, own.k, np.broadcast_to(np.eye(own.k.shape[-2]), (*own.k.shape[:-1], own.k.shape[-2])), everywhere)
    return own.through(own.dS(A[0]))


def _weights_not_transposed(own: Looked) -> Triple:
    return own.triple[0], own.triple[1], own.A @ own.dy


def _scores_for_weights(own: Looked) -> Triple:
    S = np.where(own.where, own.q @ mT(own.k) * own.scale, 0.0)
    return own.triple[0], own.triple[1], mT(S) @ own.dy


def _sum_not_weighted(own: Looked) -> Triple:
    dA = own.dy @ mT(own.v)
    return own.through(own.A * (dA - np.where(own.where, dA, 0.0).sum(axis=-1, keepdims=True)))


def _values_forgotten(own: Looked) -> Triple:
    """The way from the values to the scores: dA = dY 1^T."""
    return own.through(own.A * ((dA := own.dy @ mT(np.ones_like(own.v))) - (own.A * dA).sum(axis=-1, keepdims=True)))


def _first_of_each_group(own: Looked) -> Triple:
    heads = np.arange(own.q.shape[-3]) % own.shared == 0
    keep = heads[:, None, None]
    return own.triple[0], own.triple[1] * keep, own.triple[2] * keep


def _shares(op: Op) -> bool:
    return isinstance(op, reference.GroupedQueryAttention) and op.groups < op.heads


ATTENTION_MISTAKES: tuple[Mistake, ...] = (
    LayerMistake(
        id="attention-scale-missing",
        cause="missing-factor",
        wrong="dQ = dS @ K",
        right="dQ = dS @ K / sqrt(d)",
        says="The scores were divided by sqrt(d) on the way forward, and so are the gradients of queries and keys.",
        question="What was Q K^T divided by?",
        layers=ATTENTION,
        backward=inside(_scaled(lambda own: 1.0 / own.scale)),
    ),
    LayerMistake(
        id="attention-scale-twice",
        cause="extra-factor",
        wrong="dS = dS / sqrt(d); dQ = dS @ K / sqrt(d)",
        right="dS = dS / sqrt(d); dQ = dS @ K",
        says="The scale comes back once, for it was applied once.",
        question="How often was Q K^T divided by sqrt(d)?",
        layers=ATTENTION,
        backward=inside(_scaled(lambda own: own.scale)),
    ),
    LayerMistake(
        id="queries-and-keys-swapped",
        cause="wrong-variable",
        wrong="dQ = dS.T @ Q / sqrt(d); dK = dS @ K / sqrt(d)",
        right="dQ = dS @ K / sqrt(d); dK = dS.T @ Q / sqrt(d)",
        says="Each factor of Q K^T receives the other one: queries receive keys, and keys receive queries.",
        question="Which array multiplies Q in the scores?",
        layers=PLAIN,
        backward=exchanged("q", "k"),
    ),
    LayerMistake(
        id="scores-not-transposed",
        cause="missing-transpose",
        wrong="dK = dS @ Q / sqrt(d)",
        right="dK = dS.T @ Q / sqrt(d)",
        says="Key j meets the queries in column j of the scores, so dS is transposed on its way to the keys.",
        question="Which entries of S does the key j appear in: a row, or a column?",
        layers=ATTENTION,
        backward=inside(_scores_not_transposed),
    ),
    LayerMistake(
        id="attention-own-weight-only",
        cause="missing-path",
        wrong="dS = A * (1 - A) * dA",
        right="dS = A * (dA - (A * dA).sum(axis=-1, keepdims=True))",
        says="The keys compete for one weight: to raise one score lowers all other weights of its row.",
        question="What do the weights of one query add up to?",
        layers=ATTENTION,
        backward=inside(_own_weight_only),
    ),
    LayerMistake(
        id="attention-softmax-left-out",
        cause="missing-factor",
        wrong="dS = dA",
        right="dS = A * (dA - (A * dA).sum(axis=-1, keepdims=True))",
        says="Between scores and weights stands a softmax; the gradient has to go back through it.",
        question="Is dA the derivative with respect to the weights, or to the scores?",
        layers=ATTENTION,
        backward=inside(_softmax_left_out),
    ),
    LayerMistake(
        id="attention-sum-not-weighted",
        cause="missing-factor",
        wrong="dS = A * (dA - dA.sum(axis=-1, keepdims=True))",
        right="dS = A * (dA - (A * dA).sum(axis=-1, keepdims=True))",
        says="What is taken away is the mean of dA under the weights A, so each term of the sum is weighed by its A.",
        question="What is dS if all entries of a row of dA are equal?",
        layers=ATTENTION,
        backward=inside(_sum_not_weighted),
    ),
    LayerMistake(
        id="mask-ignored-in-backward",
        cause="missing-factor",
        wrong="A = softmax(S); dS = A * (dA - (A * dA).sum(axis=-1, keepdims=True))    # S without the mask",
        right="A = softmax(np.where(allowed, S, -inf)); dS = ...",
        says="Pairs that are masked were never looked at: their weight is 0, going backwards too.",
        question="If a masked key changed, would the output notice?",
        layers=ATTENTION,
        backward=inside(_mask_ignored),
    ),
    LayerMistake(
        id="attention-weights-not-transposed",
        cause="missing-transpose",
        wrong="dV = A @ dY",
        right="dV = A.T @ dY",
        says="Value j was given to the queries in column j of A, so A is transposed on the way back.",
        question="Which queries looked at value j: a row of A, or a column?",
        layers=ATTENTION,
        backward=inside(_weights_not_transposed),
    ),
    LayerMistake(
        id="scores-for-weights",
        cause="wrong-variable",
        wrong="dV = S.T @ dY",
        right="dV = A.T @ dY    # A = softmax(S)",
        says="Values were weighed by A, the softmax of the scores, not by the scores themselves.",
        question="What does V stand next to in Y = A V?",
        layers=ATTENTION,
        backward=inside(_scores_for_weights),
    ),
    LayerMistake(
        id="values-forgotten",
        cause="missing-factor",
        wrong="dA[i, j] = dY[i].sum()",
        right="dA[i, j] = (dY[i] * V[j]).sum()    # dY @ V.T",
        says="A weight matters as far as the value behind it differs from the others: dA is dY times V transposed.",
        question="If all values were equal, would it matter where a query looks?",
        layers=ATTENTION,
        backward=inside(_values_forgotten),
    ),
    LayerMistake(
        id="shared-head-counted-once",
        cause="missing-path",
        wrong="dK = dK_of_head[::heads_per_group]",
        right="dK = dK_of_head.reshape(groups, heads_per_group, ...).sum(axis=1)",
        says="Several heads of queries look at the same keys and values; what all of them send back adds up.",
        question="How many heads would notice if this one key changed?",
        layers=(reference.GroupedQueryAttention,),
        when=_shares,
        backward=inside(_first_of_each_group),
    ),
    LayerMistake(
        id="output-projection-transposed",
        cause="missing-transpose",
        wrong="dW_o = dy.T @ joined",
        right="dW_o = joined.T @ dy",
        says="These are the right numbers, transposed: the gradient of W_o has the shape of W_o.",
        question="Which index of dW_o belongs to the heads?",
        layers=IN_HEADS,
        backward=transposed("W_o"),
    ),
    LayerMistake(
        id="projection-biases-averaged",
        cause="wrong-reduction",
        wrong="db = d.mean(axis=(0, 1))",
        right="db = d.sum(axis=(0, 1))",
        says="A bias serves every step of every sequence, and what they contribute adds up.",
        question="How many rows is the bias added to?",
        layers=IN_HEADS,
        backward=lambda at: changed(lambda own: own / np.prod(at.inputs["query"].shape[-3:-1]), "b_q", "b_o")(at),
    ),
)
"""The mistakes in attention."""
