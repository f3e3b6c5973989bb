"""A function in a network's place that "predicts" noise with words and without them."""

from __future__ import annotations

import torch
from torch import Tensor


def toy_denoiser(latents: Tensor, t: int) -> tuple[Tensor, Tensor]:
    """Return noise with words and without, which depend on all latents and on the time."""
    places = torch.arange(latents[0].numel(), dtype=latents.dtype).reshape(latents[0].shape)
    wave = torch.cos(places + t / 100)
    return 0.7 * latents + 0.3 * wave, 0.5 * torch.tanh(latents) - 0.2 * wave
