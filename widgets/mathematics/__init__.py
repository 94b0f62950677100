"""Derivative rules as expressions: read, simplified, worked out, and written as people write them."""
