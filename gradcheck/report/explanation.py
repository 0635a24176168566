"""A mistake explained as text: wrong and right, why, and a network small enough to be followed on paper."""

from gradcheck.mistakes import LayerMistake, Mistake
from gradcheck.op import in_words
from gradcheck.records.paper import Example
from gradcheck.report.worked import lines as worked


def text(mistake: Mistake, example: Example | None) -> str:
    """Write what there is to say about a mistake."""
    lines = [f"{mistake.id}   ({mistake.cause})", "", f"  {mistake.says}", ""]
    lines += [f"  wrong  {mistake.wrong}", f"  right  {mistake.right}", f"  ask    {mistake.question}", ""]
    if isinstance(mistake, LayerMistake):
        lines += [f"  in     {', '.join(in_words(layer) for layer in mistake.layers)}"]
        lines += [
            f"  not in {in_words(layer)}: there it changes nothing, for {why}"
            for layer, why in mistake.harmless.items()
        ]
    if example:
        lines += [
            "",
            f"  Seen in {example.architecture or 'the layer alone'}",
            "",
            *(f"  {line}" for line in worked(example.paper)),
        ]
    if example and example.architecture:
        lines += ["", f"  see it happen: gradcheck replay '{example.architecture}' --plant {mistake.id}"]
    return "\n".join(lines)
