"""What a step does, how a number is written, what a tensor is called."""
