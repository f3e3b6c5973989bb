"""The real warm-up exercise, in a lab of its own."""

from solutions.lab00_start_here.exercises.peak_normalise import exercise

__all__ = ["exercise"]
