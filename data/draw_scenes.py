"""Draw the picture sheet of the datasheet: scenes with their captions, held-out pairs below.

    python data/draw_scenes.py

Writes data/scenes/sheet.png.
"""

from __future__ import annotations

import random
from pathlib import Path

import matplotlib

from exercise_lib.images import plots
from exercise_lib.images.captions import caption
from exercise_lib.images.render import render
from exercise_lib.images.scenes import draw_scenes

PICTURE = Path(__file__).resolve().parent / "scenes" / "sheet.png"


def main() -> None:
    matplotlib.use("agg")
    rng = random.Random(0)
    scenes = draw_scenes(24, 7) + draw_scenes(8, 7, held_out=True)
    figure = plots.sheet(render(scenes), [caption(it, rng) for it in scenes])
    PICTURE.parent.mkdir(exist_ok=True)
    figure.savefig(PICTURE, dpi=80, metadata={"Software": None})


if __name__ == "__main__":
    main()
