"""``torch.func``: derivatives of functions, as functions.

>>> grad(torch.sin)(torch.tensor(0.0))
tensor(1.)
>>> grad(grad(torch.sin))(torch.tensor(0.0))
tensor(-0.)
"""

from . import absent as _absent
from .autograd import functional
from .backward import grad as gradients
from .core.tensor import Tensor
from .grad_mode import enable_grad


def grad(func, argnums=0, has_aux=False):
    """The function that gives the gradient of ``func``, which returns one number, at its arguments.

    ``argnums`` says by which argument, or by which of them (then there is a tuple of gradients).
    With ``has_aux`` the function returns something else too, which comes after the gradient.
    """

    def gradient(*args, **kwargs):
        numbers = argnums if isinstance(argnums, tuple) else (argnums,)
        with enable_grad():
            args, create = list(args), any(args[i].requires_grad for i in numbers)
            for i in numbers:
                args[i] = _point(args[i])
            out, *aux = func(*args, **kwargs) if has_aux else (func(*args, **kwargs),)
            if not isinstance(out, Tensor) or out.ndim:
                raise RuntimeError(
                    "grad_and_value(f)(*args): Expected f(*args) to return a scalar tensor, got "
                    + (f"tensor with {out.ndim} dims" if isinstance(out, Tensor) else type(out).__name__)
                )
            found = gradients(out, [args[i] for i in numbers], create_graph=create, materialize_grads=True)
        found = found if isinstance(argnums, tuple) else found[0]
        return (found, aux[0]) if has_aux else found

    return gradient


def vjp(func, *primals, has_aux=False):
    """What ``func`` gives, and a function that multiplies a vector with its Jacobian."""
    create = any(primal.requires_grad for primal in primals)
    with enable_grad():
        points = [_point(primal) for primal in primals]
        out, *aux = func(*points) if has_aux else (func(*points),)

    def product(*cotangents):
        several = isinstance(out, tuple)
        outputs = out if several else (out,)
        cotangents = cotangents[0] if several else cotangents
        found = gradients(outputs, points, cotangents, retain_graph=True, create_graph=create,
                          materialize_grads=True)  # fmt: skip
        return found if len(points) > 1 else (found[0],)

    return _finished(out, create), product, *aux


def jvp(func, primals, tangents):
    """What ``func`` gives, and its Jacobian multiplied with a vector: the derivative along ``tangents``."""
    return functional.jvp(func, primals, tangents, create_graph=any(p.requires_grad for p in primals))


def _point(primal):
    """The same numbers, to differentiate by."""
    return primal.view_as(primal) if primal.requires_grad else primal.detach().requires_grad_()


def _finished(out, create):
    if isinstance(out, tuple):
        return tuple(_finished(each, create) for each in out)
    return out if create else out.detach()


__all__ = ["grad", "jvp", "vjp"]

__getattr__ = _absent.refusal(__name__)
