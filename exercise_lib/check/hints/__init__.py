"""Patterns in numbers that point to a mistake, of any exercise: what they say is true of them."""

from exercise_lib.check.hints.general import general_hints

__all__ = ["general_hints"]
