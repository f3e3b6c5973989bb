"""From latents to sound: fixed sinusoids that a network makes louder and softer, and a remainder.

A convolution that gets the same code again and again makes the same samples again and again, so a
held note would have a period that divides a hop. Jukebox's decoder is large enough to get round
that; here the sinusoids go on by themselves, as in Engel et al. (2020), DDSP.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from exercise_lib.models.vocos import ConvNeXtBlock, Vocos, VocosConfig, add_shifted
from exercise_lib.music.instruments import RATE
from exercise_lib.music.render import SAMPLES

HOP = 320  # samples from one frame of the decoder to the next
LOWEST, HIGHEST = 28.0, 118.0  # sinusoids, MIDI numbers: 41 Hz to 7.5 kHz
PER_SEMITONE = 4
SILENCE = -7.0  # natural log of the loudness from which sinusoids begin to learn
LOUDEST = 3.0


class Sinusoids(nn.Module):
    """Loudness of each of 361 sinusoids `(B, frames, 361)` to their sum `(B, frames * 320)`."""

    turned: Tensor
    waves: Tensor

    def __init__(self) -> None:
        super().__init__()
        n = int((HIGHEST - LOWEST) * PER_SEMITONE) + 1
        midi = LOWEST + torch.arange(n, dtype=torch.float64) / PER_SEMITONE
        turns = 440 * 2 ** ((midi - 69) / 12) / RATE  # a sample
        first = torch.rand(n, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
        samples = torch.arange(2 * HOP)
        angles = 2 * math.pi * (turns[:, None] * samples + first[:, None])
        window = torch.hann_window(2 * HOP)
        waves = torch.stack([angles.cos(), -angles.sin()]) * window  # (2, n, 2 hop)
        frames = torch.arange(SAMPLES // HOP)[:, None]
        angles = 2 * math.pi * (frames * HOP * turns % 1)  # where each is when a frame begins
        turned = torch.stack([angles.cos(), angles.sin()]).float()  # (2, frames, n)
        self.register_buffer("turned", turned, persistent=False)
        self.register_buffer("waves", waves.float().flatten(0, 1), persistent=False)

    def forward(self, loudness: Tensor) -> Tensor:
        cosines, sines = self.turned[:, : loudness.shape[1]]
        parts = torch.cat([loudness * cosines, loudness * sines], dim=2)
        pieces = parts @ self.waves  # (B, frames, 2 hop)
        return add_shifted(pieces, HOP)[:, HOP // 2 : -HOP // 2]


class Decoder(nn.Module):
    """Latents `(B, d, T)`, one for each `factor` frames, to sounds `(B, T * factor * 320)`."""

    def __init__(self, dimensions: int, factor: int, sizes: VocosConfig) -> None:
        super().__init__()
        c = sizes.channels
        self.embed = nn.Conv1d(dimensions, c, 3, padding=1)
        self.before = nn.ModuleList(ConvNeXtBlock(sizes) for _ in range(2))
        self.up = nn.ConvTranspose1d(c, c, factor, stride=factor)
        self.after = nn.ModuleList(ConvNeXtBlock(sizes) for _ in range(sizes.blocks))
        self.norm = nn.LayerNorm(c)
        self.loudness = nn.Linear(c, int((HIGHEST - LOWEST) * PER_SEMITONE) + 1)
        nn.init.constant_(self.loudness.bias, SILENCE)
        self.sinusoids = Sinusoids()
        self.remainder = Vocos(sizes)

    def forward(self, z: Tensor) -> Tensor:
        x = self.embed(z)
        for block in self.before:
            x = block(x)
        x = self.up(x)
        for block in self.after:
            x = block(x)
        tones = self.loudness(self.norm(x.mT)).clamp(max=LOUDEST).exp()
        return self.sinusoids(tones) + self.remainder(x).squeeze(1)
