"""A learner's function and its inputs, seen through arrays.

`verify`, `check`, `GradientCheck` and `Descent` take them in one way, which is built here: on copies,
also of whatever the function reads besides its inputs. `libraries` tells whose tensors they are and
runs work that leaves everything as it was; `engine` and `pytorch` hand a running function copies;
`inputs` finds the inputs in what is given; `function` puts these together.
"""
