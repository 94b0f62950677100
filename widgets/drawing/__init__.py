"""Graphs, curves, where nodes lie, tensors as pictures: on the page and as they are stored."""
