"""Functions of tensors, written without autograd: they are handed tensors, and answer with arrays."""

import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import numpy as np

from gradcheck.discover.source import text_with_calls


def of_tensors(module: ModuleType, *functions: Callable[..., Any]) -> bool:
    """Say whether functions of a module compute with PyTorch: it is imported there, and NumPy is not used."""
    torch = sys.modules.get("torch")
    imported = any(own is torch or getattr(own, "__name__", "").startswith("torch.") for own in vars(module).values())
    return torch is not None and imported and "np." not in text_with_calls(module, *functions)


def as_tensors(value: Any) -> Any:
    """Return arrays and numbers as tensors; what is in lists and dictionaries as well, and all else as it is."""
    if isinstance(value, np.ndarray | float | np.floating):
        return sys.modules["torch"].as_tensor(np.array(value))
    if isinstance(value, Mapping):
        return {key: as_tensors(own) for key, own in value.items()}
    return type(value)(map(as_tensors, value)) if type(value) in (list, tuple) else value


def as_arrays(value: Any) -> Any:
    """Return tensors as arrays; what is in lists and dictionaries as well, and all else as it is."""
    if sys.modules["torch"].is_tensor(value):
        return value.detach().numpy()
    if isinstance(value, Mapping):
        return {key: as_arrays(own) for key, own in value.items()}
    return type(value)(map(as_arrays, value)) if type(value) in (list, tuple) else value
