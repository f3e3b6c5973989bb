"""Spectra of waveforms: what the encoder sees, and what the spectral loss compares."""

from __future__ import annotations

from functools import lru_cache, partial

import torch
import torch.nn.functional as F
from torch import Tensor

SAMPLE_RATE = 16_000  # Hz
FLOOR = 1e-4  # amplitude that counts as silence, -80 dBFS
# n_fft in samples, with a hop of a quarter: number of mel bands
BANDS = {256: 40, 512: 64, 1024: 96, 2048: 128}


def magnitude(waveform: Tensor, n_fft: int, hop_length: int) -> Tensor:
    """Return normalised magnitudes `(B, n_fft / 2 + 1, samples // hop)` of `(B, samples)`.

    They are divided by the square root of the window's energy, so that noise of one level has the
    same magnitude whatever n_fft is.
    """
    window = torch.hann_window(n_fft, device=waveform.device)
    left = (n_fft - hop_length) // 2
    padded = F.pad(waveform, (left, n_fft - hop_length - left), mode="reflect")
    frames = padded.unfold(1, n_fft, hop_length) * (window / window.norm())
    spectrum = torch.view_as_real(torch.fft.rfft(frames))
    return (spectrum.square().sum(-1) + FLOOR**2 / 100).sqrt().mT  # a finite gradient in silence


def log_magnitude(waveform: Tensor, n_fft: int, hop_length: int) -> Tensor:
    """Return natural-log magnitudes, brought to about -1 to 1; see `magnitude`."""
    with torch.autocast(waveform.device.type, enabled=False):
        levels = magnitude(waveform.float(), n_fft, hop_length).clamp(min=FLOOR).log()
    return (levels + 5) / 4


@lru_cache
def mel_filters(n_fft: int, n_mels: int) -> Tensor:
    """Return triangular filters `(n_mels, n_fft / 2 + 1)`, each of sum 1 where it has bins."""
    import librosa

    filters = torch.from_numpy(librosa.filters.mel(sr=SAMPLE_RATE, n_fft=n_fft, n_mels=n_mels))
    return filters / filters.sum(1, keepdim=True).clamp(min=1e-9)


def log_mel(waveform: Tensor, n_fft: int) -> Tensor:
    """Return natural-log mel magnitudes `(B, bands, frames)` of `(B, samples)`."""
    filters = mel_filters(n_fft, BANDS[n_fft]).to(waveform.device)
    return (filters @ magnitude(waveform, n_fft, n_fft // 4)).clamp(min=FLOOR).log()


SCALES = tuple(partial(log_mel, n_fft=n_fft) for n_fft in BANDS)
