"""What PyTorch has and this engine has not: said to whoever asks for it, in every module."""

import sys
from opcode import opmap

WHERE = "docs/pytorch.md lists what of PyTorch there is."
OF_OTHERS = {"zero_grad": "An optimizer and a module have it; of one tensor write x.grad = None."}


def refusal(module):
    """The ``__getattr__`` of a module, which is asked for names that are not there."""

    def __getattr__(name):
        if _is_imported(sys._getframe()):
            raise ImportError(f"cannot import name {name!r} from {module!r}. {WHERE}", name=module)
        said = f"module {module!r} has no attribute {name!r}. {WHERE}"
        raise AttributeError(said, name=name, obj=sys.modules[module])

    return __getattr__


def _is_imported(frame):
    """Whether an import asks for the name: of an AttributeError Python keeps no word there."""
    while frame.f_code.co_name == "__getattr__":
        frame = frame.f_back
    return frame.f_code.co_code[frame.f_lasti] == opmap["IMPORT_FROM"]


class Absent:
    """The last to be asked for a module of this package."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.startswith(f"{__package__}."):
            raise ModuleNotFoundError(f"No module named {name!r}. {WHERE}", name=name)


sys.meta_path.append(Absent)


def refused(self, name):
    """The same for a tensor."""
    said = f"{type(self).__name__!r} object has no attribute {name!r}. {OF_OTHERS.get(name, WHERE)}"
    raise AttributeError(said, name=name, obj=self)
