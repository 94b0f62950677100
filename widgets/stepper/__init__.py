"""BackwardStepper: a forward and a backward pass, one node at a time."""
