"""Nudge: what a small change of one input does, from node to node."""
