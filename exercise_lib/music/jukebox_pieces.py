"""Pieces played by several processes at once, and kept, since all of Jukebox's parts hear them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from numpy import ndarray
from torch import Tensor

from exercise_lib.files import replace_file
from exercise_lib.music.pieces import Piece, draw_pieces
from exercise_lib.music.render import render

CACHE = Path("build", "music")
CHUNK = 100  # pieces that a process plays at a time
PROCESSES = 8
FEW = 400  # pieces that one process plays as soon
FULL_SCALE = 32767


def played(n: int, seed: int = 0, *, held_out: bool = False) -> Tensor:
    """Return the sounds of `draw_pieces(n, seed)`, `(n, 48000)` int16.

    Where there are many, they are kept in build/music.
    """
    if n <= FEW:
        return torch.from_numpy(play(draw_pieces(n, seed, held_out=held_out)))
    path = CACHE / f"pieces-{n}-{seed}-{'held-out' if held_out else 'seen'}.npy"
    if not path.exists():
        sounds = play(draw_pieces(n, seed, held_out=held_out))
        replace_file(path, lambda file: np.save(file, sounds))
    return torch.from_numpy(np.load(path))


def as_sounds(stored: Tensor) -> Tensor:
    """Return stored sounds as float32, from -1 to 1."""
    return stored.float() / FULL_SCALE


def play(pieces: Sequence[Piece]) -> ndarray:
    """Return the sounds of pieces, `(n, 48000)` int16."""
    parts = [pieces[start : start + CHUNK] for start in range(0, len(pieces), CHUNK)]
    if len(pieces) <= FEW:
        return np.concatenate([*map(play_part, parts)])
    workers = min(PROCESSES, os.cpu_count() or 1)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        return np.concatenate([*pool.map(play_part, parts)])


def play_part(pieces: Sequence[Piece]) -> ndarray:
    return (render(pieces) * FULL_SCALE).round().to(torch.int16).numpy()
