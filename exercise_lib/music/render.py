"""Play pieces: 3 s of sound at 16 kHz."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy import ndarray
from torch import Tensor

from exercise_lib.music.instruments import DRUMS, INSTRUMENTS, RATE
from exercise_lib.music.pieces import SECONDS, Piece

SAMPLES = int(SECONDS * RATE)


def render(pieces: Sequence[Piece]) -> Tensor:
    """Return the sounds of pieces, `(B, 48000)` float32, 16 000 samples a second."""
    sounds = [play(it) for it in pieces]
    return torch.from_numpy(np.stack([np.empty((SAMPLES,), np.float32), *sounds])[1:])


def play(piece: Piece) -> ndarray:
    """Return the sound of a piece, `(48000,)` float32; its peak is the piece's loudness."""
    rng = np.random.default_rng(piece.seed)
    sound = np.zeros(SAMPLES)
    for note in piece.notes:
        hz = 440 * 2 ** ((note.pitch - 69) / 12)
        seconds = min(note.seconds + piece.tone.ring, SECONDS - note.start)
        sound_of = INSTRUMENTS[piece.kind.instrument]
        add(sound, sound_of(hz, seconds, piece.tone, rng), note.start)
    for start in piece.strikes:
        add(sound, DRUMS[piece.kind.drums](piece.tone, rng), start)
    return (piece.loudness * sound / np.abs(sound).max()).astype(np.float32)


def add(sound: ndarray, note: ndarray, start: float) -> None:
    begin = int(start * RATE)
    end = min(begin + len(note), SAMPLES)
    sound[begin:end] += note[: end - begin]
