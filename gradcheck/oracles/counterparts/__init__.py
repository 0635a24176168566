"""What PyTorch calls each layer of the reference: the same function, written by other people.

To add a layer to the reference, add its counterpart to one of the lists here; a test notices if it is missing. Each
takes the layer and its inputs by name, and works under leading stack axes as the layer does. These modules import
PyTorch, so they are themselves imported only when the oracle is asked.
"""

import torch
from torch import Tensor

from gradcheck import reference
from gradcheck.op import Altered, Op
from gradcheck.oracles.counterparts.general import GENERAL, Counterpart
from gradcheck.oracles.counterparts.losses import LOSSES
from gradcheck.oracles.counterparts.norms import NORMS
from gradcheck.oracles.counterparts.objectives import OBJECTIVES
from gradcheck.oracles.counterparts.sequences import SEQUENCES
from gradcheck.oracles.counterparts.space import SPACE


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
    return COUNTERPARTS[type(op)](op, **inputs)


def _residual(op: reference.Residual, x: Tensor, **parameters: Tensor) -> Tensor:
    return x + evaluate(op.block, {"x": x, **parameters})


def _tokenwise(op: reference.Tokenwise, x: Tensor, **parameters: Tensor) -> Tensor:
    rows = evaluate(op.layer, {"x": x.flatten(-3, -2), **parameters})
    return rows.reshape(*rows.shape[:-2], *x.shape[-3:-1], rows.shape[-1])


def _gradient(op: reference.Gradient, cotangent: Tensor, **inputs: Tensor) -> Tensor:
    """Return a gradient that can itself be differentiated."""
    x = inputs[op.of] if inputs[op.of].requires_grad else inputs[op.of].detach().requires_grad_()
    total = (cotangent * evaluate(op.op, inputs | {op.of: x})).sum()
    return torch.autograd.grad(total, x, create_graph=True)[0]


def _gradient_penalty(op: reference.GradientPenalty, **inputs: Tensor) -> Tensor:
    length = _gradient(reference.Gradient(op.critic), torch.ones(()), **inputs).norm(dim=-1)
    return torch.mul((length - 1.0).square().mean(dim=-1), op.strength)


def _transformer_block(op: reference.TransformerBlock, **inputs: Tensor) -> Tensor:
    return evaluate(op.network, inputs)


COMPOSED: dict[type[Op], Counterpart] = {
    reference.Residual: _residual,
    reference.Tokenwise: _tokenwise,
    reference.TransformerBlock: _transformer_block,
    reference.Gradient: _gradient,
    reference.GradientPenalty: _gradient_penalty,
}

COUNTERPARTS: dict[type[Op], Counterpart] = GENERAL | SPACE | NORMS | SEQUENCES | LOSSES | OBJECTIVES | COMPOSED
"""The counterpart of every layer and loss, and of what is put together of them."""
