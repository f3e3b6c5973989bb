"""Keep the upper codes of the pieces that the prior of notebook 14b learns from.

    python data/keep_codes.py

needs both kept levels (`pretrain.py jukebox-top`, `jukebox-bottom`) and the finished modules of
exercise_lib on the path. It plays 24 000 pieces and encodes them, on a GPU where there is one; all
codes stay in build/music for `pretrain.py jukebox-prior` and `jukebox-upsampler`, the upper ones of
the first 4000 go to data/jukebox/codes.npz.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch

sys.path.append(str(Path(__file__).resolve().parent.parent))
from exercise_lib.music import jukebox_codes
from exercise_lib.music.jukebox_level import kept_folder

PIECES, KEPT = 24_000, 4000


def main(n: int) -> None:
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    codes = jukebox_codes.codes_of(n, "top", "bottom", device=device)
    path = kept_folder() / jukebox_codes.KEPT
    jukebox_codes.write(path, {"top": codes["top"][:KEPT].short()})
    print(f"{path}: {path.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else PIECES)
