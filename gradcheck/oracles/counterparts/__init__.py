"""What PyTorch calls each layer of the reference: the same function, written by other people.

To add a layer to the reference, add its counterpart to one of the lists here; a test notices if it is missing. Each
takes the layer and its inputs by name, and works under leading stack axes as the layer does. These modules import
PyTorch, so they are themselves imported only when the oracle is asked.
"""

from torch import Tensor

from gradcheck import reference
from gradcheck.op import Altered, Op
from gradcheck.oracles.counterparts.general import GENERAL, Counterpart
from gradcheck.oracles.counterparts.losses import LOSSES
from gradcheck.oracles.counterparts.norms import NORMS
from gradcheck.oracles.counterparts.space import SPACE

COUNTERPARTS: dict[type[Op], Counterpart] = GENERAL | SPACE | NORMS | LOSSES
"""The counterpart of every layer and loss."""


def evaluate(op: Op, inputs: dict[str, Tensor]) -> Tensor:
    """Return PyTorch's value for an operation of the reference."""
    match op:
        case Altered(original=original):
            return evaluate(original, inputs)
        case reference.Network(nodes=nodes):
            values = dict(inputs)
            for node in nodes:
                arguments = {role: values[source] for role, source in node.sources.items()}
                values[node.name] = evaluate(node.op, arguments)
            return values[op.output]
        case reference.Residual(block=block):
            return inputs["x"] + evaluate(block, inputs)
    return COUNTERPARTS[type(op)](op, **inputs)
