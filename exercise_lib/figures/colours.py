"""Every colour of figures, of the alignment player and of pages, by what it means.

Single colours are those of Okabe and Ito (2008), which colour-blind readers tell apart. Maps are
matplotlib's that grow evenly in lightness, so they are read without their hues, and in grey.
"""

from __future__ import annotations

from typing import NamedTuple

BLUE, VERMILLION, GREEN = "#0072b2", "#d55e00", "#009e73"
PINK, ORANGE, SKY, BLACK = "#cc79a7", "#e69f00", "#56b4e9", "#000000"
LINES = (BLUE, VERMILLION, GREEN, PINK, ORANGE, SKY, BLACK)  # by order: neighbours differ most

# Maps
ALIGNMENT = "magma"  # black is no attention, and no mel beside it looks like it
MEL = "viridis"  # as in most papers on speech
ENERGIES = "cividis"  # numbers of no fixed scale: energies, samples, channels, distances
COUNTS = "Blues"  # light, so that numbers in black can be read on it

# On a map
TRUTH, TRUTH_EDGE = "#ffffff", BLACK  # white and dark: one of them shows on every colour
CURSOR, CURSOR_EDGE = SKY, BLACK  # no map of alignments has this blue
WAY = VERMILLION  # chosen through a table or a map
SAME_PACE = "#ffffff"  # thin and dotted: what a way is compared with

# On white
TRUTH_ON_WHITE = VERMILLION
WEIGHT_ON_WHITE = BLUE  # attention of one step: bars, and the shade behind letters
WAVEFORM = BLUE
GOOD, BAD = GREEN, VERMILLION  # never without a word or a mark as well
CONTROL, FOCUS = "#004b7a", VERMILLION  # what can be pressed, and what has the keyboard
MESSAGE = "#fff1e6"  # the ground behind words about what is BAD


class Level(NamedTuple):
    """One of several levels on a page: its name, colour, and the colour of text on it."""

    name: str
    colour: str
    ink: str


POINTS = (  # four steps of cividis: the more points, the lighter
    Level("no points", "#00224e", "#ffffff"),
    Level("less than half", "#575d6d", "#ffffff"),
    Level("half or more", "#a59c74", "#000000"),
    Level("all points", "#fee838", "#000000"),
)


def levels(name: str) -> bytes:
    """Return the 256 colours of a map, the least first: red, green and blue, a byte each."""
    import matplotlib
    import numpy as np

    return matplotlib.colormaps[name](np.arange(256), bytes=True)[:, :3].tobytes()
