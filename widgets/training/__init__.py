"""TrainingMonitor: an ordinary training loop, watched while it runs."""
