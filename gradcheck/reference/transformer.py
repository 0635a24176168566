"""A transformer block: the steps of a sequence speak to each other, and then each thinks for itself.

Nothing in it is new: it is a ``Network`` of layers that stand elsewhere in this textbook, and so its pullback is the
one walk that is every network's. What is worth seeing is the graph. The normalised x is query, key and value at once,
so three gradients meet there; and x goes on past each branch, so two more meet at each skip connection.
"""

from dataclasses import dataclass
from functools import cached_property

from gradcheck.op import Array, Op, Pullback
from gradcheck.reference.activations import Gelu
from gradcheck.reference.affine import Affine
from gradcheck.reference.heads import MultiHeadAttention
from gradcheck.reference.joins import Residual
from gradcheck.reference.network import Network, Node
from gradcheck.reference.normalisation import LayerNorm
from gradcheck.reference.tokenwise import Tokenwise


@dataclass(frozen=True)
class TransformerBlock(Op):
    """y = h + F(N(h)) with h = x + A(N(x)), or y = N(h + F(h)) with h = N(x + A(x)); x, h and y (batch, time, width).

    N is a layer norm, A is multi-head self-attention, and F(u) = gelu(u W_up + b_up) W_down + b_down at every step.

    Where the norm stands before the branch (pre-norm), one path leads from y to x on which nothing stands, and dL/dx =
    dL/dy + ..., however many blocks there are; behind it (post-norm) every gradient passes through every norm. Vaswani
    et al., 2017, have it behind; Xiong et al., "On Layer Normalization in the Transformer Architecture", 2020, say why
    it went before.

    The first norm has g_a and b_a, the second g_f and b_f, all (width); attention has W_q ... b_o, as in
    ``MultiHeadAttention``; W_up is (width, inner) and W_down (inner, width).
    """

    heads: int = 2
    """How many heads of attention there are."""
    causal: bool = False
    """Whether position t may only look at positions up to t."""
    post: bool = False
    """Whether the norms stand behind the skip connections, and not before the branches."""

    def forward(self, x: Array, **parameters: Array) -> tuple[Array, Pullback]:
        """Return y and its pullback."""
        return self.network(x=x, **parameters)

    @cached_property
    def network(self) -> Network:
        """The graph."""
        if self.post:
            return Network(
                (
                    _skip("x + A(x)", "x", self.attention("x")),
                    _norm("h", "a", "x + A(x)"),
                    _skip("h + F(h)", "h", _feedforward("x")),
                    _norm("y", "f", "h + F(h)"),
                )
            )
        return Network(
            (
                _skip("h", "x", (_norm("N(x)", "a", "x"), *self.attention("N(x)"))),
                _skip("y", "h", (_norm("N(h)", "f", "x"), *_feedforward("N(h)"))),
            )
        )

    def attention(self, source: str) -> tuple[Node, ...]:
        """Return A: the same value is query, key and value."""
        weights = ("W_q", "b_q", "W_k", "W_v", "b_v", "W_o", "b_o")
        sources = {"query": source, "key": source, "value": source} | {name: name for name in weights}
        return (Node("attention", MultiHeadAttention(self.heads, self.causal), sources),)

    @property
    def stacks(self) -> bool:
        """All of its layers take stacks."""
        return True

    @property
    def composed(self) -> bool:
        """It is made of layers."""
        return True


def _feedforward(source: str) -> tuple[Node, ...]:
    """Return F: two affine layers and a bend between them, the same at every step."""
    return (
        Node("up", Tokenwise(Affine()), {"x": source, "W": "W_up", "b": "b_up"}),
        Node("gelu", Gelu(), {"x": "up"}),
        Node("down", Tokenwise(Affine()), {"x": "gelu", "W": "W_down", "b": "b_down"}),
    )


def _skip(name: str, source: str, branch: tuple[Node, ...]) -> Node:
    """Return a residual block around a branch from its own x, whose parameters keep their names."""
    inner = Network(branch)
    return Node(name, Residual(inner), {"x": source} | {own: own for own in inner.inputs if own != "x"})


def _norm(name: str, own: str, source: str) -> Node:
    """Return N with parameters of its own, the same at every step."""
    return Node(name, LayerNorm(axes=2), {"x": source, "g": f"g_{own}", "b": f"b_{own}"})
