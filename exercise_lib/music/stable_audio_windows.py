"""Windows into pieces, as cached latents: each is encoded once, not at every training step.

<name>.safetensors   latents (N, 16, 75) int8, in steps of 1/20; piece, start, total of each
                     window; the header says how the pieces are drawn
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from exercise_lib.files.unusable import UnusableData
from exercise_lib.images.scenes import between
from exercise_lib.models.students import StudentModule
from exercise_lib.music.instruments import RATE
from exercise_lib.music.latent_network import kept_folder
from exercise_lib.music.pieces import SECONDS, Piece, draw_pieces
from exercise_lib.music.render import SAMPLES, render

if TYPE_CHECKING:
    from exercise_lib import latent_audio
else:
    latent_audio = StudentModule("latent_audio")

STEP = 1 / 20  # of kept numbers
WHOLE = 0.5  # share of the windows that hold a whole piece
FROM_THE_START = 0.5  # share of the others
SHORTEST = 0.8  # seconds that a piece lasts at least
LEAST = 0.5  # seconds of a piece that a window holds at least
SEED = 5


@dataclass(frozen=True, eq=False)
class Windows:
    """Windows of 3 s into pieces that may end before the window does."""

    pieces: list[Piece]
    of: Tensor  # (N,) int64, the number of each window's piece
    starts: Tensor  # (N,) seconds into the piece
    totals: Tensor  # (N,) seconds, where the piece ends
    latents: Tensor  # (N, 16, 75), scaled


def draw_times(n: int, seed: int) -> list[tuple[float, float]]:
    """Draw start and total of n windows, seconds."""
    rng = random.Random(f"windows {seed}")
    return [draw_time(rng) for _ in range(n)]


def draw_time(rng: random.Random) -> tuple[float, float]:
    if rng.random() < WHOLE:
        return 0.0, SECONDS
    total = round(between(rng, SHORTEST, SECONDS), 2)
    start = 0.0 if rng.random() < FROM_THE_START else round(between(rng, 0, total - LEAST), 2)
    return start, total


def cut(sounds: Tensor, times: Sequence[tuple[float, float]]) -> Tensor:
    """Cut a window into each sound `(B, 48000)`, the same shape."""
    pairs = zip(sounds, times, strict=True)
    return torch.stack([latent_audio.window(x, *its, SAMPLES, RATE) for x, its in pairs])


def play_windows(n: int, first: int, count: int) -> Tensor:
    """Return count of n windows from the first on, a window into each piece, `(count, 48000)`."""
    some = slice(first, first + count)
    return cut(render(draw_pieces(n, SEED)[some]), draw_times(n, SEED)[some])


def save_windows(latents: Tensor, path: Path) -> None:
    """Write the latents of windows into as many pieces."""
    numbers = (latents / STEP).round().clamp(-127, 127).to(torch.int8)
    header = {"pieces": len(latents), "seed": SEED, "step": STEP}
    save_file({"latents": numbers.contiguous()}, path, {"windows": json.dumps(header)})


def load_windows(path: Path | None = None) -> Windows:
    """Return windows whose latents are kept.

    Raises: UnusableData: there are none, or they are damaged.
    """
    path = path or kept_folder() / "windows.safetensors"
    if not path.exists():
        raise UnusableData(f"{path} is missing. Copy data/stable_audio from the repository.")
    try:
        with safe_open(path, framework="pt") as file:
            header = json.loads(file.metadata()["windows"])
            latents = file.get_tensor("latents").float() * header["step"]
        n, seed = header["pieces"], header["seed"]
    except (SafetensorError, OSError, TypeError, ValueError, KeyError) as error:
        raise UnusableData(f"{path} cannot be read ({error}). Restore it.") from error
    starts, totals = torch.tensor(draw_times(n, seed)).T
    return Windows(draw_pieces(n, seed), torch.arange(n), starts, totals, latents)
