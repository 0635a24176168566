"""One entry worked through, for the page about the verdict: each comment, then the code, then what it prints."""

# A sigmoid at x = 0.5, with the cotangent 1. Its slope there is s (1 - s), and the oracle is not told.
import numpy as np

from gradcheck import reference
from gradcheck.oracles.differences import Differences
from gradcheck.oracles.ladder import FIRST_STEP
from gradcheck.point import Point

x = np.array([[0.5]])
y, pullback = reference.Sigmoid()(x=x)
one = np.ones_like(y)


def f(at: float) -> float:
    """Run the forward pass alone."""
    return float(reference.Sigmoid()(x=np.array([[at]]))[0][0, 0])


# The central difference, at three steps. From step to step its error falls to a quarter: it goes with h squared.
right = float(pullback(one)["x"][0, 0])
steps = [FIRST_STEP * 0.5 / part for part in (1, 2, 4)]
D = [(f(0.5 + h) - f(0.5 - h)) / (2 * h) for h in steps]
for h, slope in zip(steps, D, strict=True):
    print(f"h = {h:.3e}   D(h) = {slope:.16f}   off by {abs(slope - right):.0e}")

# Combined, the term in h squared is gone, and then the one in h to the fourth.
coarse, fine = (4 * D[1] - D[0]) / 3, (4 * D[2] - D[1]) / 3
print(f"without h^2          = {fine:.16f}   off by {abs(fine - right):.0e}")
print(f"without h^4 as well  = {(16 * fine - coarse) / 15:.16f}   off by {abs((16 * fine - coarse) / 15 - right):.0e}")

# The oracle does the same, and says how far off it may be: what the last combination changed, and rounding over h.
point = Point(reference.Sigmoid(), {"x": x[None]}, one[None], ("x",))
said = Differences().answer(point).gradients["x"]
value, bar = said.value.item(), said.bar.item()
print(f"the oracle says        {value:.16f}   give or take {bar:.0e}")

# Two claims: a right one, and one with the slope taken at y instead of at x. The bar is what is allowed, and no more.
slipped = reference.Sigmoid()(x=y)[1](one)["x"].item()
for claim in (right, slipped):
    error = abs(claim - value) / bar
    print(f"claimed {claim:.16f}   error / allowed = {error:.2g}   {'agrees' if error <= 1 else 'differs'}")
