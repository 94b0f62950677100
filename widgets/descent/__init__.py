"""Descent: nudge a parameter, see the slope, go against it."""
