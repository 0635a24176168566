"""Mistakes in convolutions and poolings: kernels turned round, borders, strides, windows that overlap."""

from typing import Any

import numpy as np

from gradcheck import reference
from gradcheck.mistakes.affine import CONVOLUTIONS
from gradcheck.mistakes.making import at_other, changed, first_sample, instead, last, rerun, times, under
from gradcheck.mistakes.mistake import LayerMistake, Mistake
from gradcheck.mistakes.shaping import borders
from gradcheck.op import Array, Backward, Gradients, Op
from gradcheck.reference.windows import Windows

PLAIN = (reference.Conv1d, reference.Conv2d)
AVERAGES = (reference.AveragePool1d, reference.AveragePool2d)
MAXIMA = (reference.MaxPool1d, reference.MaxPool2d)
GLOBAL = (reference.GlobalAveragePool, reference.GlobalMaxPool)


def _space(at: Backward) -> int:
    """How many axes the window slides along."""
    op: Any = at.op
    return int(op.axes) - 1 if isinstance(op, GLOBAL) else int(op.space)


def _flipped(own: Array, space: int) -> Array:
    return np.flip(own, axis=tuple(range(-space, 0)))


def _kernel_flipped(at: Backward) -> Array:
    return _flipped(at.inputs["W"], _space(at))


def _windows(at: Backward) -> Windows:
    """Where the windows of the layer lie."""
    op: Any = at.op
    kernel = [at.inputs["W"].shape[-_space(at) :]] if isinstance(op, PLAIN) else []
    windows: Windows = op.windows(*kernel)
    return windows


def _border_kept(at: Backward) -> Gradients:
    """dx with the border of the padding still in front, and as much cut off behind."""
    op: Any = at.op
    sizes = at.inputs["x"].shape[-_space(at) :]
    around = [(0, 0)] * (at.inputs["x"].ndim - len(sizes)) + _windows(at).around(sizes)
    filler = -np.inf if isinstance(op, MAXIMA) else 0.0
    unpadded = type(op)(**{**vars(op), "padding": 0})
    whole = rerun(at, op=unpadded, x=np.pad(at.inputs["x"], around, constant_values=filler))["x"]
    return at.gradients | {"x": whole[last(*(slice(0, size) for size in sizes))]}


def _as_if(at: Backward, **settings: int) -> Gradients:
    """The pullback with another stride or dilation; the cotangent stands in the corner of the larger value."""
    other = type(at.op)(**{**vars(at.op), **settings})
    larger = np.zeros_like(other(**at.inputs)[0])
    corner = last(*(slice(0, size) for size in at.cotangent.shape[-_space(at) :]))
    larger[corner] = at.cotangent
    return at.gradients | {"x": rerun(at, op=other, cotangent=larger)["x"]}


def _overwritten(at: Backward) -> Array:
    """Windows laid down one after the other, each over what the ones before have left."""
    windows, space = _windows(at), _space(at)
    sizes = at.inputs["x"].shape[-space:]
    parts = _parts(at, windows)
    lead = parts.shape[: parts.ndim - 2 * space]
    around = zip(sizes, windows.around(sizes), strict=True)
    padded: Array = np.zeros((*lead, *(before + size + behind for size, (before, behind) in around)))
    for place in np.ndindex(*parts.shape[parts.ndim - 2 * space : parts.ndim - space]):
        starts = [stride * own for stride, own in zip(windows.strides, place, strict=True)]
        taken = map(slice, starts, np.add(starts, windows.span), windows.dilations)
        inner = parts[last(*place, *[slice(None)] * space)]
        kept = padded[last(*taken)]
        kept[...] = np.where(_receives(at, inner), inner, kept)
    return np.asarray(padded[windows.inside(sizes)])


def _receives(at: Backward, inner: Array) -> Array | bool:
    """Of a maximum only the largest entry is written to."""
    return inner != 0 if isinstance(at.op, MAXIMA) else True


def _parts(at: Backward, windows: Windows) -> Array:
    """What every entry of every window receives, (..., *places, *kernel)."""
    space = _space(at)
    cut = windows.cut(at.inputs["x"], -np.inf if isinstance(at.op, MAXIMA) else 0.0)
    dy = at.cotangent
    if isinstance(at.op, PLAIN):
        places, kernel = "pq"[:space], "uv"[:space]
        return np.asarray(np.einsum(f"...no{places},...oc{kernel}->...nc{places}{kernel}", dy, at.inputs["W"]))
    spread = np.broadcast_to(np.expand_dims(dy, tuple(range(-space, 0))), cut.shape)
    if isinstance(at.op, AVERAGES):
        own: Any = at.op
        count = windows.counted(at.inputs["x"].shape[-space:], padded=own.padded)
        return np.asarray(spread / np.expand_dims(count, tuple(range(-space, 0))))
    flat = cut.reshape(*dy.shape, -1)
    first = np.arange(flat.shape[-1]) == flat.argmax(axis=-1)[..., None]
    return np.where(first.reshape(cut.shape), spread, 0.0)


def _pasted(at: Backward, weights: Array) -> Array:
    """Give every entry of a window the window's cotangent times a weight."""
    windows, space = _windows(at), _space(at)
    dy = np.expand_dims(at.cotangent, tuple(range(-space, 0)))
    shape = (*at.cotangent.shape, *windows.kernel)
    return windows.paste(np.broadcast_to(dy * weights, shape), at.inputs["x"].shape[-space:])


def _first_entry(at: Backward) -> Array:
    """A weight of 1 for the first entry of a window alone."""
    kernel = _windows(at).kernel
    weights = np.zeros(kernel)
    weights[(0,) * len(kernel)] = 1.0
    return weights


def _undivided(at: Backward) -> Array:
    """Every entry of a window receives all of the window's cotangent."""
    if isinstance(at.op, GLOBAL):
        dy = np.expand_dims(at.cotangent, tuple(range(-_space(at), 0)))
        return np.broadcast_to(dy, at.inputs["x"].shape).copy()
    return _pasted(at, np.ones(()))


def _count(at: Backward) -> float:
    """How many entries one window has."""
    if isinstance(at.op, GLOBAL):
        return float(np.prod(at.inputs["x"].shape[-_space(at) :]))
    return float(np.prod(_windows(at).kernel))


def _has(name: str, least: int) -> Any:
    return lambda op: np.max(getattr(op, name)) >= least


def _overlaps(op: Op) -> bool:
    """Whether windows may overlap; with groups the slip is not written out."""
    own: Any = op
    return bool(own.groups == 1 if isinstance(op, PLAIN) else np.any(np.less(own.stride, own.kernel)))


def _channels_exchanged(at: Backward) -> Array:
    """dx with the kernel's two axes of channels exchanged, as if W were (in, out)."""
    exchanged = np.swapaxes(at.inputs["W"], -_space(at) - 1, -_space(at) - 2)
    return rerun(at, W=exchanged)["x"]


SPACE_MISTAKES: tuple[Mistake, ...] = (
    LayerMistake(
        id="kernel-turned-round",
        cause="missing-transpose",
        wrong="dx = correlate(dy, W)    # or scatter(dy, np.flip(W))",
        right="dx = correlate(dy, np.flip(W))    # or scatter(dy, W)",
        says="To slide over dy the kernel is flipped; if you scatter W dy back to where it came from, it is not.",
        question="Which entry of the kernel touched the first pixel last?",
        layers=CONVOLUTIONS,
        backward=at_other("x", W=_kernel_flipped),
    ),
    LayerMistake(
        id="kernel-gradient-turned-round",
        cause="missing-transpose",
        wrong="dW = np.flip(correlate(x, dy))",
        right="dW = correlate(x, dy)",
        says="The kernel is not flipped on the way forward, so its gradient is not flipped either.",
        question="Which entry of the window does W[0, 0] multiply?",
        layers=CONVOLUTIONS,
        backward=lambda at: changed(lambda own: _flipped(own, _space(at)), "W")(at),
    ),
    LayerMistake(
        id="padding-not-cut-off",
        cause="wrong-variable",
        wrong="dx = dx_padded[:, :, :height, :width]",
        right="dx = dx_padded[:, :, p:-p, p:-p]",
        says="The gradient of the padded image begins with the border; the image itself begins p further in.",
        question="Where in the padded image does pixel (0, 0) lie?",
        layers=(*PLAIN, *AVERAGES, *MAXIMA),
        when=lambda op: any(before for before, _ in borders(op)),
        backward=_border_kept,
    ),
    LayerMistake(
        id="stride-ignored",
        cause="wrong-variable",
        wrong="dx[i:i + k] += dy[i] * W",
        right="dx[s * i:s * i + k] += dy[i] * W",
        says="Window i begins at s i, going backwards as going forwards.",
        question="Where did the second window begin?",
        layers=PLAIN,
        when=_has("stride", 2),
        backward=lambda at: _as_if(at, stride=1),
    ),
    LayerMistake(
        id="dilation-ignored",
        cause="wrong-variable",
        wrong="dx[i:i + k] += dy[i] * W",
        right="dx[i:i + t * k:t] += dy[i] * W",
        says="The entries that a window sees lie t apart, and so do the places that it sends its gradient to.",
        question="Which entries of x did the first window see?",
        layers=PLAIN,
        when=_has("dilation", 2),
        backward=lambda at: _as_if(at, dilation=1),
    ),
    LayerMistake(
        id="overlaps-overwritten",
        cause="missing-path",
        wrong="dx[window] = d",
        right="dx[window] += d",
        says="Windows overlap: an entry adds up what it receives from each of them.",
        question="How many windows see the pixel in the middle?",
        layers=(*PLAIN, *AVERAGES, *MAXIMA),
        when=_overlaps,
        backward=instead(x=_overwritten),
    ),
    LayerMistake(
        id="channels-exchanged",
        cause="missing-transpose",
        wrong="dx[:, o] += dy[:, c] * W[o, c]",
        right="dx[:, c] += dy[:, o] * W[o, c]",
        says="The two axes of channels of the kernel are exchanged: one counts outputs, the other inputs.",
        question="Which axis of W counts the output channels?",
        layers=CONVOLUTIONS,
        when=lambda op: getattr(op, "groups", 1) == 1,
        backward=instead(x=_channels_exchanged),
    ),
    LayerMistake(
        id="bias-not-summed-over-places",
        cause="wrong-reduction",
        wrong="db = dy.sum(axis=0)",
        right="db = dy.sum(axis=(0, 2, 3))",
        says="A bias is added at every place of its channel, so all places contribute as well as all samples.",
        question="What shape has b, and what shape has dy?",
        layers=CONVOLUTIONS,
        backward=lambda at: at.gradients | {"b": at.cotangent.sum(axis=-_space(at) - 2)},
    ),
    LayerMistake(
        id="kernel-gradient-averaged",
        cause="wrong-reduction",
        wrong="dW = (dy * windows).mean()",
        right="dW = (dy * windows).sum()",
        says="A weight serves every window of every sample, and what they contribute adds up.",
        question="How many windows does W[0, 0] take part in?",
        layers=PLAIN,
        backward=times(
            lambda at: 1.0 / np.prod([at.cotangent.shape[axis] for axis in (-_space(at) - 2, *range(-_space(at), 0))]),
            "W",
        ),
    ),
    LayerMistake(
        id="kernel-of-first-sample-only",
        cause="missing-path",
        wrong="dW = correlate(x[0], dy[0])",
        right="dW = sum(correlate(x[n], dy[n]) for n in range(batch))",
        says="Every sample contributes to the kernel; an index, or an early return, was left behind.",
        question="What happens to the gradient if you swap two samples?",
        layers=CONVOLUTIONS,
        backward=lambda at: under(first_sample(_space(at) + 2), "W", "b")(at),
    ),
    LayerMistake(
        id="mean-not-divided",
        cause="missing-factor",
        wrong="dx[window] += dy",
        right="dx[window] += dy / window.size",
        says="Every entry weighs one over the number of entries in the mean, and receives just that share.",
        question="If one entry of the window grows by 1, by how much does the mean grow?",
        layers=(*AVERAGES, reference.GlobalAveragePool),
        backward=instead(x=_undivided),
    ),
    LayerMistake(
        id="maximum-shared-out",
        cause="wrong-activation-derivative",
        wrong="dx[window] += dy / window.size",
        right="dx[window.argmax()] += dy",
        says="Only the largest entry has any influence on the maximum: it receives everything, the others nothing.",
        question="If an entry that is not the largest grows a little, does the maximum notice?",
        layers=(*MAXIMA, reference.GlobalMaxPool),
        backward=instead(x=lambda at: _undivided(at) / _count(at)),
    ),
    LayerMistake(
        id="maximum-to-every-entry",
        cause="missing-factor",
        wrong="dx[window] += dy",
        right="dx[window.argmax()] += dy",
        says="Only the largest entry has any influence on the maximum; the others receive nothing.",
        question="If an entry that is not the largest grows a little, does the maximum notice?",
        layers=(*MAXIMA, reference.GlobalMaxPool),
        backward=instead(x=_undivided),
    ),
    LayerMistake(
        id="maximum-at-first-entry",
        cause="wrong-variable",
        wrong="dx[window][0] += dy",
        right="dx[window][argmax] += dy",
        says="The gradient goes to the entry that was the largest, not to the first of the window.",
        question="Where in the window was the largest entry?",
        layers=MAXIMA,
        backward=lambda at: {"x": _pasted(at, _first_entry(at))},
    ),
)
"""The mistakes in convolutions and poolings."""
