"""Draw what any lab shows: images, curves, tables of numbers; see colours.py for the colours."""

from exercise_lib.figures import colours
from exercise_lib.figures.draw import curves, image, new_figure

__all__ = ["colours", "curves", "image", "new_figure"]
