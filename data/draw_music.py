"""Draw the picture sheet of the datasheet: pieces with their captions, held-out kinds below.

    python data/draw_music.py

Writes data/music/sheet.png.
"""

from __future__ import annotations

import random
from pathlib import Path

import matplotlib

from exercise_lib.music import plots
from exercise_lib.music.captions import caption
from exercise_lib.music.oracle import as_decibels, band_power
from exercise_lib.music.pieces import draw_pieces
from exercise_lib.music.render import render

PICTURE = Path(__file__).resolve().parent / "music" / "sheet.png"


def main() -> None:
    import torch

    matplotlib.use("agg")
    rng = random.Random(0)
    pieces = draw_pieces(12, 7) + draw_pieces(4, 7, held_out=True)
    levels = [as_decibels(band_power(it), (0, 1)) for it in render(pieces).double().numpy()]
    heights = torch.stack([torch.from_numpy(1 + it / 60) for it in levels])
    figure = plots.sheet(heights, [caption(it, rng) for it in pieces])
    PICTURE.parent.mkdir(exist_ok=True)
    figure.savefig(PICTURE, dpi=60, metadata={"Software": None})


if __name__ == "__main__":
    main()
