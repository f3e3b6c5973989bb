"""Write a file as a whole or not at all."""

from exercise_lib.files.left_out import is_left_out
from exercise_lib.files.replace import replace_file, write_text

__all__ = ["is_left_out", "replace_file", "write_text"]
