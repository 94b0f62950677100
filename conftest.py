"""What the examples in docstrings may name: ``torch`` is the engine, as in its package's own example."""

import pytest

import autograd_core


@pytest.fixture(autouse=True)
def torch_in_examples(doctest_namespace):
    doctest_namespace["torch"] = autograd_core
