"""Small transforms for checks of the spectral loss, so that they need no other exercise."""

from __future__ import annotations

import torch
from torch import Tensor

FLOOR = 1e-3


def short_spectra(waveform: Tensor) -> Tensor:
    """Return natural-log magnitudes of 8 samples each, `(B, 5, frames)`, of `(B, samples)`."""
    return _log_magnitudes(waveform, 8)


def long_spectra(waveform: Tensor) -> Tensor:
    """Return natural-log magnitudes of 32 samples each, `(B, 17, frames)`, of `(B, samples)`."""
    return _log_magnitudes(waveform, 32)


def _log_magnitudes(waveform: Tensor, length: int) -> Tensor:
    spectrum = torch.fft.rfft(waveform.unfold(1, length, length))
    return torch.log(spectrum.abs().clamp(min=FLOOR)).mT
