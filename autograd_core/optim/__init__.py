"""``torch.optim``: rules by which parameters follow their gradients downhill.

>>> x = torch.tensor(4.0, requires_grad=True)
>>> optimizer = torch.optim.SGD([x], lr=0.25)
>>> for _ in range(3):
...     optimizer.zero_grad()
...     (x ** 2).backward()
...     optimizer.step()
>>> x.item()  # halved at each step
0.5
"""

from .. import absent as _absent
from . import lr_scheduler
from .adagrad import Adagrad
from .adam import Adam, AdamW
from .optimizer import Optimizer
from .rmsprop import RMSprop
from .sgd import SGD

__all__ = ["SGD", "Adagrad", "Adam", "AdamW", "Optimizer", "RMSprop", "lr_scheduler"]

__getattr__ = _absent.refusal(__name__)
