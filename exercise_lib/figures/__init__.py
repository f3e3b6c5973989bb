"""Draw what any lab shows: images, curves, tables of numbers; see colours.py for the colours."""

from exercise_lib.figures import colours
from exercise_lib.figures.draw import curves, image, new_figure
from exercise_lib.figures.shown import show_with_words
from exercise_lib.figures.words import describe, in_words

__all__ = ["colours", "curves", "describe", "image", "in_words", "new_figure"]

show_with_words()
