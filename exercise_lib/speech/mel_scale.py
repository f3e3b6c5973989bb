"""Slaney's mel scale, on which librosa and HiFi-GAN space their bands."""

from __future__ import annotations

import math

import torch
from torch import Tensor

MEL_BREAK = 15.0  # mel at 1000 Hz: the Slaney scale is linear below, logarithmic above
HZ_PER_MEL = 200.0 / 3.0  # Hz, slope of the linear part
LOG_STEP = math.log(6.4) / 27.0  # ln(Hz) per mel, slope of the logarithmic part


def hz_to_mel(hz: Tensor) -> Tensor:
    """Frequencies in Hz -> mels on the Slaney scale, any shape."""
    logarithmic = MEL_BREAK + torch.log(hz.clamp(min=1000.0) / 1000.0) / LOG_STEP
    return torch.where(hz < 1000.0, hz / HZ_PER_MEL, logarithmic)


def mel_to_hz(mel: Tensor) -> Tensor:
    """Mels on the Slaney scale -> frequencies in Hz, any shape."""
    logarithmic = 1000.0 * torch.exp(LOG_STEP * (mel - MEL_BREAK))
    return torch.where(mel < MEL_BREAK, mel * HZ_PER_MEL, logarithmic)
