"""Compose sounds of captions: noise, steps by the predicted v, decoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from exercise_lib.models.students import StudentModule
from exercise_lib.music.latent_network import SoundVae, kept_folder, load_vae
from exercise_lib.music.pieces import SECONDS
from exercise_lib.music.stable_audio_network import (
    Heard,
    MusicReader,
    SoundDit,
    load_dit,
    load_reader,
)

if TYPE_CHECKING:
    from exercise_lib import latent_audio
else:
    latent_audio = StudentModule("latent_audio")

Seconds = float | Sequence[float]


@dataclass(frozen=True, eq=False)
class Composer:
    """A transformer, the reader of captions and the autoencoder."""

    dit: SoundDit
    reader: MusicReader
    vae: SoundVae

    def compose(
        self,
        captions: Sequence[object],
        totals: Seconds = SECONDS,
        starts: Seconds = 0.0,
        n_steps: int = 20,
        guidance_scale: float = 2.0,
        rescale: float = 0.0,
        seed: int = 0,
    ) -> Tensor:
        """Return a sound of each caption, `(B, 48000)`, softer where its peak would be above 1.

        Args:
            totals: seconds that each piece lasts.
            starts: seconds into the piece at which its window begins.
            rescale: phi of (14.8).
        Raises: ValueError: a word is unknown, or a caption too long.
        """
        latents = self.sample(captions, totals, starts, n_steps, guidance_scale, rescale, seed)
        sounds = self.vae.sounds(latents).cpu()
        return sounds / sounds.abs().amax(1, keepdim=True).clamp(min=1)

    @torch.no_grad()
    def sample(
        self,
        captions: Sequence[object],
        totals: Seconds = SECONDS,
        starts: Seconds = 0.0,
        n_steps: int = 20,
        guidance_scale: float = 2.0,
        rescale: float = 0.0,
        seed: int = 0,
    ) -> Tensor:
        """Return latents of each caption, `(B, 16, 75)`; see `compose`."""
        n, size = len(captions), self.dit.config
        device = self.dit.places.device
        features = self.reader.read([*captions, *[""] * n])
        start, total = (
            torch.as_tensor(its, dtype=torch.float32).expand(n).repeat(2)
            for its in (starts, totals)
        )
        heard = Heard(features, start, total).to(device)
        generator = torch.Generator().manual_seed(seed)
        z = torch.randn(n, size.latents, size.frames, generator=generator).to(device)
        for now, then in pairwise(torch.linspace(1, 0, n_steps + 1, device=device)):
            told, untold = self.dit(z.repeat(2, 1, 1), now.expand(2 * n), heard).chunk(2)
            v = latent_audio.guided(told, untold, guidance_scale, rescale)
            z = latent_audio.v_step(z, v, now, then)
        return z


def load_composer(name: str = "dit", folder: Path | None = None) -> Composer:
    """Return the kept transformer with all that it needs.

    Raises:
        UnusableData: there is none, or it is damaged.
        BrokenModule: latent_audio.py or another student module can't be imported.
    """
    folder = folder or kept_folder()
    return Composer(load_dit(name, folder), load_reader(), load_vae(folder))
