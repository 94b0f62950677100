"""What is wrong with a forward and backward pass, told with its line, its numbers and the cure."""
