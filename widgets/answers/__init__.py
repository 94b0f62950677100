"""Answers of learners: read, judged, and explained by the likely mistake."""
