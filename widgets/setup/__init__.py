"""check_setup(): whether all is there that the lessons need."""
