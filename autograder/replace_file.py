"""Write a text completely or not at all."""

from exercise_lib.files import write_text

__all__ = ["write_text"]
