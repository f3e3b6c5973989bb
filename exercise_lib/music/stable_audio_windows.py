"""Windows into pieces, as cached latents: each is encoded once, not at every training step.

A file of them holds `latents`, (N, 16, 75) int8 in steps of 1/20; all else follows from N.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from exercise_lib.files.unusable import UnusableData
from exercise_lib.images.scenes import between
from exercise_lib.models.students import StudentModule
from exercise_lib.music.instruments import RATE
from exercise_lib.music.latent_network import SoundVae
from exercise_lib.music.pieces import SECONDS, Piece, draw_pieces
from exercise_lib.music.render import SAMPLES, render

if TYPE_CHECKING:
    from exercise_lib import latent_audio
else:
    latent_audio = StudentModule("latent_audio")

STEP = 1 / 20  # of kept numbers
WHOLE = 1 / 4  # share of the windows that hold a whole piece
FROM_THE_START = 1 / 3  # share of the others
LEAST = 0.3  # seconds of a piece that a window holds at least; less than anyone asks for
SEED = 5  # of pieces and times
CHUNK = 50  # pieces played together

Part = tuple[list[Piece], list[tuple[float, float]]]


@dataclass(frozen=True, eq=False)
class Windows:
    """Windows of 3 s into pieces that may end before the window does."""

    pieces: list[Piece]  # N
    starts: Tensor  # (N,) seconds into the piece
    totals: Tensor  # (N,) seconds, where the piece ends
    latents: Tensor  # (N, 16, 75), scaled


def draw_times(n: int, seed: int) -> list[tuple[float, float]]:
    """Draw start and total of n windows, seconds."""
    rng = random.Random(f"windows {seed}")
    return [draw_time(rng) for _ in range(n)]


def draw_time(rng: random.Random) -> tuple[float, float]:
    """Draw start and total of one window, seconds.

    The start comes first, evenly, then a total of those that are left: of a total that is drawn
    first most starts would be early, and windows that begin late too rare to be learned.
    """
    if rng.random() < WHOLE:
        return 0.0, SECONDS
    is_first = rng.random() < FROM_THE_START
    start = 0.0 if is_first else round(between(rng, 0, SECONDS - LEAST), 2)
    return start, round(between(rng, start + LEAST, SECONDS), 2)


def parts(n: int) -> list[Part]:
    """Draw n pieces with the times of a window into each, in parts that are played together."""
    pieces, times = draw_pieces(n, SEED), draw_times(n, SEED)
    some = [slice(first, first + CHUNK) for first in range(0, n, CHUNK)]
    return [(pieces[it], times[it]) for it in some]


def play(part: Part) -> Tensor:
    """Return the windows of a part, `(B, 48000)`."""
    pieces, times = part
    pairs = zip(render(pieces), times, strict=True)
    return torch.stack([latent_audio.window(x, *its, SAMPLES, RATE) for x, its in pairs])


def encode_windows(vae: SoundVae, n: int) -> Tensor:
    """Return the latents of a window into each of n pieces, `(n, 16, 75)`, on the CPU."""
    return torch.cat([vae.latents(play(it)).cpu() for it in parts(n)])


def as_windows(latents: Tensor) -> Windows:
    """Return windows with all that their number tells: pieces, starts and totals."""
    n = len(latents)
    starts, totals = torch.tensor(draw_times(n, SEED)).T
    return Windows(draw_pieces(n, SEED), starts, totals, latents)


def save_latents(latents: Tensor, path: Path) -> None:
    """Write the latents of windows into as many pieces."""
    numbers = (latents / STEP).round().clamp(-127, 127).to(torch.int8)
    save_file({"latents": numbers.contiguous()}, path)


def load_latents(path: Path) -> Tensor:
    """Return latents that `save_latents` wrote; raises UnusableData where there are none."""
    try:
        return load_file(path)["latents"].float() * STEP
    except (SafetensorError, OSError, KeyError) as error:
        raise UnusableData(f"{path} cannot be read ({error}). See data/keep_latents.py.") from error
