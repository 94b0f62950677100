"""Jacobians, Hessians and their products with vectors: ``torch.autograd.functional``."""

__all__ = []
