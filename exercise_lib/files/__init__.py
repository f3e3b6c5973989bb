"""Write a file as a whole or not at all."""

from exercise_lib.files.replace import replace_file, write_text

__all__ = ["replace_file", "write_text"]
