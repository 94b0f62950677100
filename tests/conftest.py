"""What holds for tests of every folder, and what they may ask for."""

import random

import numpy as np
import pytest

import autograd_core
from tests.oracle import pytorch_is_missing, torch

BOTH = [autograd_core] if pytorch_is_missing else [autograd_core, torch]


@pytest.fixture(autouse=True)
def the_same_random_numbers():
    """No test depends on luck, nor on how many random numbers those before it drew."""
    random.seed(0)
    np.random.seed(0)
    for module in BOTH:
        module.manual_seed(0)


@pytest.fixture(autouse=True)
def the_usual_default_type():
    """Whatever a test, or a lesson that it runs, makes the default type: the next begins in float32."""
    yield
    for module in BOTH:
        module.set_default_dtype(module.float32)
