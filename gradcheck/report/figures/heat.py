"""How wrong every entry of a gradient is: the deeper the colour, the more, on a logarithmic scale.

A gradient with more rows or columns than a page has room for is drawn in blocks, each as wrong as its worst entry.
"""

from typing import Any

import numpy as np

from gradcheck.op import Array
from gradcheck.records.evidence import Evidence
from gradcheck.report.figures.style import INK, WRONG, figure

MOST = 48
"""How many rows and columns are drawn one by one."""


def heat(evidence: Evidence, name: str) -> str:
    """Draw the error of every entry; the worst is outlined and crossed, and right ones are left blank."""
    claimed, expected = (_matrix(np.reshape(own, evidence.shape)) for own in (evidence.claimed, evidence.expected))
    quiet = max(1e-9 * np.abs(expected).max(initial=0.0), 100.0 * evidence.bar, 1e-300)
    wrong = _in_blocks(np.abs(claimed - expected))
    decades = np.log10(np.maximum(wrong / quiet, 1.0))
    depth = decades / max(decades.max(initial=0.0), 1e-300)
    rows, columns = wrong.shape
    with figure(min(1.6 + 0.42 * columns, 9.0), min(1.0 + 0.36 * rows, 9.0), name) as (axes, finished):
        for row, column in np.ndindex(rows, columns):
            if decades[row, column] > 0:
                axes.add_patch(_cell(row, column, facecolor=WRONG, alpha=0.15 + 0.75 * depth[row, column]))
            axes.add_patch(_cell(row, column, facecolor="none", edgecolor=INK, linewidth=0.4))
        worst = (int(place) for place in np.unravel_index(int(np.argmax(wrong)), wrong.shape))
        axes.add_patch(_cell(*worst, facecolor="none", edgecolor=INK, linewidth=1.8))
        axes.set_xlim(-0.5, columns - 0.5)
        axes.set_ylim(rows - 0.5, -0.5)
        axes.set_xticks(range(0, columns, 1 if columns <= 20 else 10))
        axes.set_yticks(range(0, rows, 1 if rows <= 20 else 10))
        axes.set_xlabel(f"last index of {evidence.parameter}")
        axes.set_ylabel(
            "other indices" if len(evidence.shape) > 2 else "first index" if len(evidence.shape) == 2 else ""
        )
    return finished[0]


def _cell(row: int, column: int, **style: Any) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((column - 0.5, row - 0.5), 1.0, 1.0, **style)


def _matrix(array: Array) -> Array:
    """Return an array as a matrix: the last axis across, all others down."""
    return array.reshape(-1, array.shape[-1]) if array.ndim else array.reshape(1, 1)


def _in_blocks(matrix: Array) -> Array:
    """Return the largest entry of every block, of which there are no more rows and columns than can be drawn."""
    high, wide = (-(-size // MOST) for size in matrix.shape)
    rows, columns = (-(-size // block) for size, block in zip(matrix.shape, (high, wide), strict=True))
    room = np.zeros((rows * high, columns * wide))
    room[: matrix.shape[0], : matrix.shape[1]] = matrix
    largest: Array = room.reshape(rows, high, columns, wide).max(axis=(1, 3))
    return largest
