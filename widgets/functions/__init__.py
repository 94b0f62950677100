"""A learner's function and its inputs, seen through arrays.

`verify`, `check`, `GradientCheck`, `Descent` and `Nudge` take them in one way: `inputs` finds the inputs in what
is given, `function` runs the function on copies, also of whatever it reads besides its inputs.
"""
