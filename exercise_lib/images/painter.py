"""Paint pictures of captions: noise, U-Net, sampler and decoder, put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from exercise_lib.images.captions import encode
from exercise_lib.images.unet import Unet, UnetSize
from exercise_lib.images.vae import CELLS, Vae, load_vae
from exercise_lib.models.students import StudentModule
from exercise_lib.models.weights import load_kept
from exercise_lib.speech.data import find_kept

if TYPE_CHECKING:
    from exercise_lib import diffusion
else:
    diffusion = StudentModule("diffusion")


@dataclass(frozen=True, eq=False)
class Painter:
    """A trained U-Net with the VAE in whose latents it works."""

    unet: Unet
    vae: Vae

    def noise(self, n: int, seed: int = 0) -> Tensor:
        """Draw noise to begin from, `(n, C, 8, 8)`."""
        generator = torch.Generator().manual_seed(seed)
        return torch.randn(n, self.unet.config.latents, CELLS, CELLS, generator=generator)

    @torch.inference_mode()
    def paint(
        self,
        captions: Sequence[object],
        guidance_scale: float = 2.0,
        n_steps: int = 20,
        seed: int = 0,
    ) -> Tensor:
        """Return a picture of each caption, `(B, 3, 32, 32)` from 0 to 1.

        Raises: ValueError: a word is unknown, or a caption too long.
        """
        words = self.unet.read(encode(map(str, captions)))
        return self.paint_words(*words, self.noise(len(captions), seed), guidance_scale, n_steps)

    @torch.inference_mode()
    def paint_words(
        self,
        words: Tensor,
        is_word: Tensor,
        latents: Tensor,
        guidance_scale: float = 2.0,
        n_steps: int = 20,
    ) -> Tensor:
        """Return the pictures of words `(B, L, text)`, begun from noise `(B, C, 8, 8)`."""
        n = len(latents)
        nothing, is_nothing = self.unet.read(encode([""]))
        both = torch.cat([words, nothing.expand(n, -1, -1)])
        are_words = torch.cat([is_word, is_nothing.expand(n, -1)])

        def predict(latents: Tensor, t: int) -> tuple[Tensor, Tensor]:
            times = torch.full((2 * n,), t)
            noise, _ = self.unet.predict(torch.cat([latents, latents]), times, both, are_words)
            return noise[:n], noise[n:]

        levels = self.unet.alpha_bars
        made = diffusion.sample(predict, latents, levels, n_steps, guidance_scale)
        return self.vae.draw(made)


def load_unet(name: str, folder: Path | None = None) -> Unet:
    """Return a kept U-Net, such as "late".

    Raises: UnusableData: it is missing or damaged.
    """
    folder = folder or find_kept("diffusion")
    path = folder / f"{name}.safetensors"
    return load_kept(path, "diffusion", lambda training: Unet(UnetSize(**training["model"])))


def load_painter(name: str, folder: Path | None = None) -> Painter:
    """Return a kept U-Net with the kept VAE; raises UnusableData."""
    return Painter(load_unet(name, folder), load_vae())
