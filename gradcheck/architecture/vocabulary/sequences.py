"""The words for layers of sequences (batch, time, width): embeddings, positions, attention, recurrence."""

from typing import Any

from gradcheck import reference
from gradcheck.architecture.vocabulary.kind import Kind, Need, Pick, Settings, Shape, Size
from gradcheck.errors import IllFormed

SEQUENCE = 3
"""How many axes a batch of sequences has."""
_HIDDEN = (Size("hidden", "How many numbers the state has."),)
_MASK = Size("mask", "The share of pairs that may not look at each other.", float, 0.0)
"""The share of pairs that may not look at each other; none if it is 0."""
GATES = {reference.Rnn: 1, reference.Lstm: 4, reference.Gru: 3}
"""How many gates a recurrent layer has, one if it has none."""
STEEP = 12
"""For how many steps a state that nothing bounds may be multiplied by weights."""
READERS = {"rnn": reference.Rnn(), "relu-rnn": reference.Rnn("relu"), "lstm": reference.Lstm(), "gru": reference.Gru()}
"""What a bidirectional layer may be made of."""
STEPS = {"affine": reference.Affine(), "swi-glu": reference.SwiGlu()}
"""What may be done at every step alike."""


def _weights(**shapes: Shape) -> dict[str, Need]:
    """Need weights of these shapes."""
    return {name: Need(shape) for name, shape in shapes.items()}


def _width(shape: Shape, settings: Settings) -> dict[str, Need]:
    """Need what an affine layer needs."""
    return _weights(W=(shape[-1], settings["width"]), b=(settings["width"],))


def _gated(shape: Shape, settings: Settings) -> dict[str, Need]:
    return _weights(W=(shape[-1], settings["width"]), V=(shape[-1], settings["width"]))


def _each_step(shape: Shape, settings: Settings) -> dict[str, Need]:
    return (_gated if isinstance(settings["layer"], reference.SwiGlu) else _width)(shape, settings)


def _embedding(shape: Shape, settings: Settings) -> dict[str, Need]:
    return _weights(W=(settings["words"], settings["width"]))


def _learned(shape: Shape, settings: Settings) -> dict[str, Need]:
    return _weights(P=(settings["longest"], shape[-1]))


def _masked(shape: Shape, settings: Settings) -> dict[str, Need]:
    """Need a mask, if there is to be one."""
    if settings["mask"] >= 1.0:
        raise IllFormed("mask is the share of pairs that may not look at each other; below 1, such as mask=0.25.")
    pairs = (shape[0], shape[1], shape[1])
    return {"mask": Need(pairs, f"mask:{settings['mask']:g}")} if settings["mask"] else {}


def _heads(width: int, queries: int, keys: int) -> dict[str, Need]:
    """Need the projections of several heads."""
    columns = {"q": queries, "k": keys, "v": keys}
    matrices = {f"W_{role}": (width, own) for role, own in columns.items()} | {"W_o": (queries, width)}
    return _weights(**matrices, b_q=(queries,), b_v=(keys,), b_o=(width,))


def _multi_head(shape: Shape, settings: Settings) -> dict[str, Need]:
    return _heads(shape[-1], shape[-1], shape[-1]) | _masked(shape, settings)


def _grouped_query(shape: Shape, settings: Settings) -> dict[str, Need]:
    columns, heads, groups = (settings[name] for name in ("columns", "heads", "groups"))
    return _heads(shape[-1], columns, max(1, columns // heads) * groups) | _masked(shape, settings)


def _transformer(shape: Shape, settings: Settings) -> dict[str, Need]:
    width, inner = shape[-1], settings["inner"]
    norms = {f"{kind}_{own}": (width,) for own in "af" for kind in "gb"}
    feedforward = _weights(W_up=(width, inner), b_up=(inner,), W_down=(inner, width), b_down=(width,))
    return _heads(width, width, width) | feedforward | _weights(**norms)


def _recurrent(gates: int, *states: str) -> Any:
    """Need weights for so many gates, and the initial states."""

    def needs(shape: Shape, settings: Settings) -> dict[str, Need]:
        hidden = settings["hidden"]
        initial = dict.fromkeys(states, (shape[0], hidden))
        last = {"c": (gates * hidden,)} if gates == GATES[reference.Gru] else {}
        own = {"W": (shape[-1], gates * hidden), "U": (hidden, gates * hidden), **initial, "b": (gates * hidden,)}
        return _weights(**own, **last)

    return needs


_RNN, _LSTM, _GRU = _recurrent(1, "h0"), _recurrent(4, "h0", "c0"), _recurrent(3, "h0")


def _bidirectional(shape: Shape, settings: Settings) -> dict[str, Need]:
    own = {"rnn": _RNN, "lstm": _LSTM, "gru": _GRU}[settings["layer"].kind]
    needs: dict[str, Need] = own(shape, settings)
    return needs | {f"{name}_reverse": need for name, need in needs.items()}


def _even(pick: Pick, shape: Shape) -> dict[str, Any] | None:
    """Draw nothing where features cannot be taken in pairs."""
    return None if shape[-1] % 2 else {}


def _attends(pick: Pick, shape: Shape) -> dict[str, Any]:
    """Draw who may look at whom."""
    return {"mask": pick((0.0, 0.0, 0.25)), "causal": pick((False, True))}


def _divisors(number: int, most: int = 4) -> list[int]:
    return [own for own in range(1, most + 1) if number % own == 0]


def _draw_heads(pick: Pick, shape: Shape) -> dict[str, Any]:
    return {"heads": pick(_divisors(shape[-1])[::-1])} | _attends(pick, shape)


def _draw_groups(pick: Pick, shape: Shape) -> dict[str, Any]:
    heads = pick((2, 2, 4, 3))
    groups = pick(_divisors(heads))
    return {"columns": heads * pick((1, 2)), "heads": heads, "groups": groups} | _attends(pick, shape)


def _draw_block(pick: Pick, shape: Shape) -> dict[str, Any] | None:
    if shape[-1] == 1:
        return None  # a layer norm of one feature is a constant
    heads = pick(_divisors(shape[-1]))
    return {"inner": pick((1, 2, 3)), "heads": heads, "causal": pick((False, True)), "post": pick((False, True))}


def _draw_hidden(pick: Pick, shape: Shape) -> dict[str, Any]:
    return {"hidden": pick((1, 2, 3))}


def _draw_plain(pick: Pick, shape: Shape) -> dict[str, Any]:
    """Draw a ReLU only where it cannot grow beyond all numbers, from step to step."""
    return _draw_hidden(pick, shape) | {"nonlinearity": pick(("tanh", "relu") if shape[1] <= STEEP else ("tanh",))}


def _draw_readers(pick: Pick, shape: Shape) -> dict[str, Any]:
    readers = [own for word, own in READERS.items() if word != "relu-rnn" or shape[1] <= STEEP]
    return {"hidden": pick((1, 2)), "layer": pick(readers)}


SEQUENCES = (
    Kind(
        reference.Embedding,
        takes=(2,),
        sizes=(Size("words", "How many rows the table has."), Size("width", "How many outputs there are.")),
        needs=_embedding,
        draw=lambda pick, shape: {"words": pick((1, 2, 3, 5)), "width": pick((1, 2, 3, 4))},
        inputs=("indices",),
        reads=lambda settings: f"class:{settings['words']}",
    ),
    Kind(reference.SinusoidalEncoding, takes=(SEQUENCE,), draw=_even),
    Kind(
        reference.LearnedEncoding,
        takes=(SEQUENCE,),
        sizes=(Size("longest", "For how many steps there are positions."),),
        needs=_learned,
        draw=lambda pick, shape: {"longest": shape[1] + pick((0, 1))},
    ),
    Kind(reference.RotaryEmbedding, takes=(SEQUENCE,), draw=_even),
    Kind(
        reference.ScaledDotProductAttention,
        takes=(SEQUENCE,),
        sizes=(_MASK,),
        needs=_masked,
        draw=_attends,
        inputs=("q", "k", "v"),
    ),
    Kind(
        reference.MultiHeadAttention,
        takes=(SEQUENCE,),
        sizes=(_MASK,),
        needs=_multi_head,
        draw=_draw_heads,
        inputs=("query", "key", "value"),
    ),
    Kind(
        reference.GroupedQueryAttention,
        takes=(SEQUENCE,),
        sizes=(Size("columns", "How many columns the queries have, all heads together."), _MASK),
        needs=_grouped_query,
        draw=_draw_groups,
        inputs=("query", "key", "value"),
    ),
    Kind(
        reference.TransformerBlock,
        takes=(SEQUENCE,),
        sizes=(Size("inner", "How wide it is between the two affine layers."),),
        needs=_transformer,
        draw=_draw_block,
    ),
    Kind(
        reference.Tokenwise,
        takes=(SEQUENCE,),
        sizes=(Size("width", "How many outputs there are."),),
        needs=_each_step,
        draw=lambda pick, shape: {"width": pick((1, 2, 3, 4)), "layer": pick(list(STEPS.values()))},
        words={"layer": STEPS},
    ),
    Kind(reference.Glu, draw=_even),
    Kind(
        reference.SwiGlu,
        takes=(2,),
        sizes=(Size("width", "How many outputs there are."),),
        needs=_gated,
        draw=lambda pick, shape: {"width": pick((1, 2, 3, 4))},
    ),
    Kind(
        reference.Rnn,
        takes=(SEQUENCE,),
        sizes=_HIDDEN,
        needs=_RNN,
        draw=_draw_plain,
    ),
    Kind(reference.Lstm, takes=(SEQUENCE,), sizes=_HIDDEN, needs=_LSTM, draw=_draw_hidden),
    Kind(reference.Gru, takes=(SEQUENCE,), sizes=_HIDDEN, needs=_GRU, draw=_draw_hidden),
    Kind(
        reference.Bidirectional,
        takes=(SEQUENCE,),
        sizes=_HIDDEN,
        needs=_bidirectional,
        draw=_draw_readers,
        words={"layer": READERS},
    ),
)
"""Layers of sequences, and those that read words and gate what passes."""
