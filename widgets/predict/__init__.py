"""Predict: commit to an answer, then see what it is."""
