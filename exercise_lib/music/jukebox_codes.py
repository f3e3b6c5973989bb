"""The codes of pieces: what Jukebox's transformers learn from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from exercise_lib.files import replace_file
from exercise_lib.music.jukebox_level import FACTORS, Level, LevelName, kept_folder, load_level
from exercise_lib.music.jukebox_pieces import CACHE, as_sounds, played

KEPT = "codes.npz"  # of the upper level, so that a laptop has nothing to play
AT_A_TIME = 50  # pieces encoded

Codes = Mapping[LevelName, Tensor]  # of each level `(n, T)` int16


def codes_of(
    n: int, *names: LevelName, device: torch.device | None = None, folder: Path | None = None
) -> dict[LevelName, Tensor]:
    """Return codes of `draw_pieces(n, 0)`, `(n, T)` int64 for each level that is named.

    They come from the kept file; where that has too few, from sounds that are played once and kept
    in build/music.

    Raises: UnusableData: a kept level is missing or damaged.
    """
    folder = folder or kept_folder()
    kept, codes = read(folder / KEPT), {}
    for name in names:
        its = kept.get(name)
        if its is None or len(its) < n:
            its = made(name, n, folder, device)
        codes[name] = its[:n].long()
    return codes


def made(name: LevelName, n: int, folder: Path, device: torch.device | None) -> Tensor:
    """Return codes of a level, `(n, T)` int16, made now or before by the same book."""
    level = load_level(name, folder).to(device)
    book = hashlib.sha256(level.book.codebook.cpu().numpy().tobytes()).hexdigest()[:12]
    path = CACHE / f"codes-{name}-{n}-{book}.npz"
    if not path.exists():
        write(path, {name: encoded(level, played(n))})
    return read(path)[name]


def encoded(level: Level, sounds: Tensor) -> Tensor:
    """Return the codes `(n, T)` int16 of stored sounds `(n, samples)` int16."""
    device = level.book.codebook.device
    parts = [level.encode(as_sounds(it.to(device))).short() for it in sounds.split(AT_A_TIME)]
    return torch.cat(parts).cpu()


def read(path: Path) -> Codes:
    if not path.exists():
        return {}
    with np.load(path) as stored:
        return {name: torch.from_numpy(stored[name]) for name in FACTORS if name in stored}


def write(path: Path, codes: Codes) -> None:
    arrays: dict[str, Any] = {name: its.numpy() for name, its in codes.items()}
    replace_file(path, lambda file: np.savez_compressed(file, **arrays))
