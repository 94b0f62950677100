"""What the examples in docstrings may name: ``torch`` is the engine, ``nn`` its modules."""

import pytest

import autograd_core
from autograd_core import nn


@pytest.fixture(autouse=True)
def torch_in_examples(doctest_namespace):
    doctest_namespace.update(torch=autograd_core, nn=nn)
