"""What was answered in all lessons, on a map."""
