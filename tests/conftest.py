"""What tests of every folder may ask for."""

import pytest

from tests.oracle import need_pytorch, pytorch_is_missing, torch


@pytest.fixture
def double_precision():
    """PyTorch computes in float64, as the engine does unless told otherwise."""
    if pytorch_is_missing:
        yield
        return
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


@pytest.fixture
def pytorch_in_another_process():
    """For a test that hands PyTorch's name to a kernel or a script, and never uses it here."""
    need_pytorch()
