"""A layer for samples serves sequences too: every step of every sequence is a sample of its own."""

from dataclasses import dataclass

from gradcheck.op import Array, Gradients, Op, Pullback


@dataclass(frozen=True)
class Tokenwise(Op):
    """y[b,t] = F(x[b,t]): one layer F at every step; x is (batch, time, in), y (batch, time, out).

    F takes rows (batch, in), and is given all batch * time of them at once. Its parameters serve every step, so their
    gradients are sums over batch and time, and F's own pullback, which adds up over its rows, has taken them already.
    """

    layer: Op
    """F: an operation with an input ``x`` (batch, in); its other inputs are parameters, the same at every step."""

    def forward(self, x: Array, **parameters: Array) -> tuple[Array, Pullback]:
        """Return F at every step, and its pullback."""
        steps = x.shape[-3:-1]
        rows, row_pullback = self.layer(x=_rows(x), **parameters)

        def pullback(dy: Array) -> Gradients:
            gradients = row_pullback(_rows(dy))
            return gradients | {"x": _steps(gradients["x"], steps)}

        return _steps(rows, steps), pullback

    @property
    def constants(self) -> frozenset[str]:
        """The constants of the layer."""
        return self.layer.constants

    @property
    def stacks(self) -> bool:
        """As the layer does."""
        return self.layer.stacks

    @property
    def composed(self) -> bool:
        """As the layer is."""
        return self.layer.composed


def _rows(x: Array) -> Array:
    """Take batch and time together: (batch, time, width) becomes (batch * time, width)."""
    batch, time, width = x.shape[-3:]
    return x.reshape(*x.shape[:-3], batch * time, width)


def _steps(rows: Array, steps: tuple[int, ...]) -> Array:
    """Take batch and time apart again."""
    return rows.reshape(*rows.shape[:-2], *steps, rows.shape[-1])
