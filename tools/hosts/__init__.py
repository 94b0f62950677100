"""The places where widgets are shown, each tried with a browser."""
