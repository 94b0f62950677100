"""PyTorch, the judge of what `autograd_core` must do: `from tests.oracle import torch`."""

from tests.missing import missing

try:
    import torch
except ImportError:
    missing("PyTorch", ".venv/bin/python -m pip install torch")

__all__ = ["torch"]
