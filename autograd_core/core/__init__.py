"""The engine itself, ground floor first: each file knows only those above it in this list.

source, storage, dtypes, grad_mode, printing; node; tensor; operation, engine; in_place.
"""
