"""What a forward pass tells besides its graph: the calls of the user's code, and its modules."""
