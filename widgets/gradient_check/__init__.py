"""GradientCheck: every derivative beside finite differences."""
