"""Other people's shapes, made into operations: functions and their gradients, PyTorch callables and modules."""

from gradcheck.adapt.functions import check_gradient, check_hessian_vector, check_vjp
from gradcheck.adapt.torch import check_torch

__all__ = ["check_gradient", "check_hessian_vector", "check_torch", "check_vjp"]
