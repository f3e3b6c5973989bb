"""What several exercises of this lab share."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import torch
from torch import Tensor

from ...exercise_lib.mel import hz_to_mel, mel_to_hz

SPECTRUM_WHY = "float32 Fourier transforms round differently"


def config(**changes: float) -> SimpleNamespace:
    """Return settings small enough for a bundle; the student's own class is not needed."""
    small = {"sample_rate": 16_000, "n_fft": 64, "hop_length": 16, "n_mels": 8}
    return SimpleNamespace(**{**small, "fmin": 0.0, "fmax": 8000.0, **changes})


def tone_in_noise(rng: np.random.Generator, batch: int, samples: int) -> Tensor:
    """Return `(batch, samples)`: three partials of a random pitch in noise, at 16 kHz."""
    t = np.arange(samples) / 16_000
    pitch = rng.uniform(300, 900, size=(batch, 1))
    tone = sum(np.sin(2 * np.pi * k * pitch * t + k) / k for k in (1, 2, 4))
    noise = rng.standard_normal((batch, samples))
    return torch.from_numpy(0.2 * tone + 0.05 * noise).float()


def htk_edges(config) -> Tensor:
    """Return the band edges `(n_mels + 2, 1)` in Hz on the HTK scale."""
    low, high = (2595 * math.log10(1 + f / 700) for f in (config.fmin, config.fmax))
    mels = torch.linspace(low, high, config.n_mels + 2, dtype=torch.float64)
    return (700 * (10 ** (mels / 2595) - 1))[:, None]


def slaney_edges(config) -> Tensor:
    """Return the band edges `(n_mels + 2, 1)` in Hz on the Slaney scale."""
    low, high = hz_to_mel(torch.tensor([config.fmin, config.fmax], dtype=torch.float64))
    return mel_to_hz(torch.linspace(low, high, config.n_mels + 2, dtype=torch.float64))[:, None]


def slopes(config, edges: Tensor) -> Tensor:
    """Return the triangles with peak 1, below zero outside their band."""
    if config.fmax > config.sample_rate / 2:
        raise ValueError("fmax is above the Nyquist frequency")
    bins = torch.arange(config.n_fft // 2 + 1, dtype=torch.float64)
    bins = bins * config.sample_rate / config.n_fft
    left, centre, right = edges[:-2], edges[1:-1], edges[2:]
    return torch.minimum((bins - left) / (centre - left), (right - bins) / (right - centre))


def triangles(config, edges: Tensor) -> Tensor:
    return slopes(config, edges).clamp(min=0)


def slaney_norm(edges: Tensor) -> Tensor:
    return 2 / (edges[2:] - edges[:-2])


def reject_counts(count: int, hop_length: int) -> None:
    if count < 0 or hop_length <= 0:
        raise ValueError("negative count or a hop below 1")
