"""``torch.device``: where a tensor lives. Here that is always the CPU."""


class device:
    """A device by its name, for example ``torch.device("cpu")``.

    Any kind that PyTorch knows may be named, as in
    ``torch.device("cuda" if torch.cuda.is_available() else "cpu")``; a tensor can be made on
    ``"cpu"`` only.

    >>> device("cpu")
    device(type='cpu')
    """

    type: str
    KINDS = ("cpu", "cuda", "mps", "xpu", "meta")

    def __init__(self, name, index=None):
        if isinstance(name, device):
            name, index = name.type, name.index
        kind, _, number = str(name).partition(":")
        if kind not in self.KINDS or (number and not number.isdigit()):
            raise RuntimeError(
                "Expected one of cpu, cuda, mps, xpu, meta device type at start of device string: "
                f"{name}. This engine computes on the CPU only: leave device out, or write 'cpu'."
            )
        self.type = kind
        self.index = int(number) if number else index

    def __repr__(self):
        index = "" if self.index is None else f", index={self.index}"
        return f"device(type={self.type!r}{index})"

    def __str__(self):
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other):
        return isinstance(other, device) and str(self) == str(other)

    def __hash__(self):
        return hash(str(self))


CPU = device("cpu")


def check(name):
    """Raise unless tensors can be made on the device ``name`` (None is the CPU too)."""
    if name is not None and name is not CPU and device(name).type != "cpu":
        raise AssertionError(
            f"Torch not compiled with {str(name).split(':')[0].upper()} enabled. "
            "This engine computes on the CPU only: leave device out, or write device='cpu'."
        )


class cuda:
    """``torch.cuda``, so that a script can ask whether there is a GPU. There is none here."""

    @staticmethod
    def is_available():
        """False: this engine computes on the CPU."""
        return False

    @staticmethod
    def device_count():
        """0: this engine computes on the CPU."""
        return 0

    @staticmethod
    def manual_seed(seed):
        """Nothing: there is no GPU whose numbers would have a seed."""

    manual_seed_all = manual_seed

    @staticmethod
    def synchronize(device=None):
        """Nothing: there is no GPU to wait for."""

    @staticmethod
    def empty_cache():
        """Nothing: there is no memory of a GPU."""


def set_default_device(device):
    """Make new tensors on this device: the CPU."""
    check(device)


def get_default_device():
    """The CPU."""
    return CPU


__all__ = ["cuda", "device", "get_default_device", "set_default_device"]
