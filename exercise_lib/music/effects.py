"""What a recording does to a sound: a filter, a room, another tuning, noise; each drawn by chance.

A network that hears its pieces through these learns what an instrument is, not how one synthesiser
sounds.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from numpy import ndarray
from torch import Tensor

from exercise_lib.music.instruments import RATE

TILT = 4.0  # decibels an octave by which a filter may lean
BUMPS = 8.0  # decibels, standard deviation of a filter's bumps
KNOTS = 8  # bumps of a filter, spaced over its octaves
LOWEST = 60.0  # Hz, where a filter begins
ROOM = (0.1, 1.2)  # seconds in which a room falls silent by 60 dB
WET = 0.6  # share of the room, at most
DETUNED = 0.06  # by which pitch and pace may be changed together
NOISE = (-70.0, -30.0)  # decibels below the sound's power
# Of filters that are drawn anew for each batch, in shares of 80 dB
BAND_BUMPS, BAND_KNOTS = 0.09, 6  # standard deviation of their bumps, and how many there are
BAND_TILT = 0.3  # by which they lean, at most half of it up or down at each end


def through_effects(sounds: Tensor, seed: int) -> Tensor:
    """Return each sound as another recording of it, `(B, samples)`, peak 0.8."""
    rng = np.random.default_rng(seed)
    changed = [changed_sound(it, rng) for it in sounds.numpy().astype(np.float64)]
    return torch.from_numpy(np.stack(changed).astype(np.float32))


def changed_sound(sound: ndarray, rng: np.random.Generator) -> ndarray:
    n = len(sound)
    sound = detuned(sound, 1 + DETUNED * rng.uniform(-1, 1))
    spectrum = np.fft.rfft(sound, 2 * n)  # twice as long: a room's end doesn't come round
    spectrum *= room(2 * n, rng) * curve(n + 1, rng)
    sound = np.fft.irfft(spectrum)[:n]
    level = np.sqrt(np.mean(sound**2)) * 10 ** (rng.uniform(*NOISE) / 20)
    sound = sound + level * rng.standard_normal(n)
    return 0.8 * sound / np.abs(sound).max()


def filtered(log_mel: Tensor) -> Tensor:
    """Return spectrograms of sounds as other filters let them pass, drawn anew for each.

    Args: log_mel: `(B, bands, frames)`, from 0 to 1 over 80 dB.
    Returns: the same shape, with 1 at the loudest place again; what was 0 stays so.
    """
    n, bands, _ = log_mel.shape
    bumps = BAND_BUMPS * torch.randn(n, 1, BAND_KNOTS)
    bumps = F.interpolate(bumps, bands, mode="linear", align_corners=True).mT
    slopes = BAND_TILT * (torch.rand(n, 1, 1) - 0.5) * torch.linspace(-1, 1, bands)[:, None]
    changed = log_mel + (bumps + slopes).to(log_mel)
    changed = changed - changed.amax((1, 2), keepdim=True) + 1
    return changed.clamp(0, 1) * (log_mel > 0)


def detuned(sound: ndarray, factor: float) -> ndarray:
    """Play a sound faster by a factor, and so higher; what is missing at the end is silence."""
    places = factor * np.arange(len(sound))
    return np.interp(places, np.arange(len(sound)), sound, right=0.0)


def curve(n_bins: int, rng: np.random.Generator) -> ndarray:
    """Return a filter's gain at each bin: a slope over the octaves, with bumps."""
    hz = np.linspace(0, RATE / 2, n_bins)
    octaves = np.log2(hz.clip(LOWEST) / LOWEST)
    knots = np.linspace(0, octaves[-1], KNOTS)
    bumps = np.interp(octaves, knots, BUMPS * rng.standard_normal(KNOTS))
    return 10 ** ((TILT * rng.uniform(-1, 1) * octaves + bumps) / 20)


def room(n: int, rng: np.random.Generator) -> ndarray:
    """Return the spectrum of a room: the sound itself, then noise that dies away."""
    seconds = ROOM[0] * (ROOM[1] / ROOM[0]) ** rng.random()
    t = np.arange(int(seconds * RATE)) / RATE
    echoes = rng.standard_normal(len(t)) * 10 ** (-3 * t / seconds)
    echoes *= WET * rng.random() / np.sqrt(np.sum(echoes**2))
    echoes[0] += 1
    return np.fft.rfft(echoes, n)
