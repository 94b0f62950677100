"""Whether operations are recorded: ``no_grad``, ``enable_grad``, ``set_grad_enabled``."""

import functools

from .core.grad_mode import mode as thread


def is_grad_enabled():
    """Whether operations are recorded at present, in this thread."""
    return thread.enabled


class _Recording:
    """A block, or a decorated function, in which recording is ``enabled``."""

    def __init__(self, enabled):
        self.enabled = enabled

    def __enter__(self):
        self.before = thread.enabled
        thread.enabled = self.enabled

    def __exit__(self, *exc):
        thread.enabled = self.before

    def __call__(self, function):
        return _decorate(function, lambda: _Recording(self.enabled))


class set_grad_enabled(_Recording):
    """Switch recording on or off: at once, for a ``with`` block, or for a decorated function.

    >>> x = torch.tensor(1.0, requires_grad=True)
    >>> with torch.set_grad_enabled(False):
    ...     y = x * 2
    >>> y.requires_grad
    False
    """

    def __init__(self, mode):
        self.before = thread.enabled
        self.enabled = thread.enabled = bool(mode)

    def __enter__(self):
        thread.enabled = self.enabled  # what it was before is known already

    def __call__(self, function):
        thread.enabled = self.before  # a decorator acts on calls only
        return super().__call__(function)


class _FixedMode(_Recording):
    def __new__(cls, function=None):
        self = super().__new__(cls)
        return self if function is None else self(function)

    def __init__(self, function=None):
        """``enabled`` is the class's."""


class no_grad(_FixedMode):
    """Nothing is recorded inside: ``with torch.no_grad():`` or ``@torch.no_grad()``."""

    enabled = False


class enable_grad(_FixedMode):
    """Operations are recorded inside, also within a ``no_grad`` block."""

    enabled = True


class inference_mode(_Recording):
    """Nothing is recorded inside, as in :class:`no_grad`; ``inference_mode(False)`` changes nothing."""

    enabled = False

    def __new__(cls, mode=True):
        self = super().__new__(cls)
        return self(mode) if callable(mode) else self

    def __init__(self, mode=True):
        if not mode:
            self.enabled = thread.enabled


def _decorate(function, context):
    if getattr(function, "__code__", _decorate.__code__).co_flags & _GENERATOR:
        return _decorate_generator(function, context)

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        with context():
            return function(*args, **kwargs)

    return wrapper


_GENERATOR = 0x20  # inspect.CO_GENERATOR; inspect itself is slow to import


def _decorate_generator(function, context):
    """The mode holds while the generator works, not while its caller does."""

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        generator = function(*args, **kwargs)
        resume, given = generator.send, None
        while True:
            try:
                with context():
                    value = resume(given)
            except StopIteration as end:
                return end.value
            try:
                resume, given = generator.send, (yield value)
            except BaseException as error:
                resume, given = generator.throw, error

    return wrapper
