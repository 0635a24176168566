"""Judge a PyTorch callable, ``Function.apply`` or module: backward, and where it exists double backward and more."""

import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from gradcheck.adapt.functions import judge
from gradcheck.adapt.further import double_backward, forward_mode, vmap
from gradcheck.adapt.graph import Graph
from gradcheck.adapt.ways import Asked, cotangent_layouts, input_layouts, one_input, one_output
from gradcheck.oracles.pytorch import load, one_thread
from gradcheck.records import Result, Verdict


def check_torch(fn: Callable[..., Any], *tensors: Any, seed: int = 0) -> Result:
    """Judge what autograd makes of a callable at the given arguments.

    ``fn`` is a function of tensors, the ``apply`` of a ``torch.autograd.Function``, or an ``nn.Module``, whose
    parameters are judged too and whose buffers are left as they are. Every floating tensor is judged, on whatever
    device it is; other arguments are passed on. Asked in other ways (layouts in memory, one input or one output alone)
    backward must say the same; where the callable supports them, forward mode, double backward and vmap must agree.
    Raises OracleMissing without PyTorch, GradcheckError if nothing is differentiable.
    """
    torch = load()
    with one_thread(torch), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what PyTorch deprecates in itself is not the caller's concern
        graph = Graph(torch, fn, tensors)
        result = _backward(graph, seed)
        if result.verdict is not Verdict.AGREES:
            return result
        plain, ways = Asked.of(graph, seed), (cotangent_layouts, input_layouts, one_input, one_output)
        for further in (*ways, forward_mode, double_backward, vmap):
            findings, note = further(plain)
            result = replace(result, findings=(*result.findings, *findings), notes=(*result.notes, *note))
    return replace(result, verdict=Verdict.DIFFERS if result.findings else result.verdict)


def check_backward(fn: Callable[..., Any], *tensors: Any, seed: int = 0) -> Result:
    """Judge the backward pass alone, as ``check_torch`` does before it asks in other ways."""
    torch = load()
    with one_thread(torch), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _backward(Graph(torch, fn, tensors), seed)


def _backward(graph: Graph, seed: int) -> Result:
    """Judge the backward pass of a graph."""
    with suppress(Exception):  # what fails here fails again where it is judged
        graph.settle()
    result = judge(graph.pair(), seed)
    refused = (f"{name} is declared not differentiable, and was not judged" for name in graph.left_out)
    return replace(result, notes=(*result.notes, *refused))
