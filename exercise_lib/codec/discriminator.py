"""The STFT discriminator: convolutions over complex spectra at several scales.

Défossez et al. (2022), section 3.4; theirs has five scales and 32 channels. The input and the
feature loss are the student's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm

from exercise_lib.models.students import StudentModule

if TYPE_CHECKING:
    from exercise_lib import encodec
else:
    encodec = StudentModule("encodec")

SLOPE = 0.2  # of every leaky ReLU
DILATIONS = (1, 2, 4)  # over frames
Judged = tuple[list[Tensor], list[list[Tensor]]]  # logits and feature maps of each scale


def convolution(inputs: int, outputs: int, kernel: tuple[int, int], dilation: int = 1) -> nn.Module:
    """Return a weight-normed convolution over frames and bins; kernels of 9 bins halve the bins."""
    stride = (1, 2) if kernel[1] == 9 and inputs == outputs else (1, 1)
    padding = (dilation * (kernel[0] - 1) // 2, kernel[1] // 2)
    return weight_norm(nn.Conv2d(inputs, outputs, kernel, stride, padding, (dilation, 1)))


class STFTDiscriminator(nn.Module):
    """One scale."""

    def __init__(self, n_fft: int, channels: int) -> None:
        super().__init__()
        self.n_fft = n_fft
        self.convs = nn.ModuleList([convolution(2, channels, (3, 9))])
        self.convs.extend(convolution(channels, channels, (3, 9), d) for d in DILATIONS)
        self.convs.append(convolution(channels, channels, (3, 3)))
        self.conv_post = convolution(channels, 1, (3, 3))

    def forward(self, waveform: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Return logits and feature maps of `(B, samples)`, each `(B, channels, frames, bins)`."""
        x, maps = encodec.complex_input(waveform, self.n_fft, self.n_fft // 4), []
        for conv in self.convs:
            x = F.leaky_relu(conv(x), SLOPE)
            maps.append(x)
        return self.conv_post(x), maps


class Discriminators(nn.Module):
    """Several scales, with the balancer's moving averages beside them."""

    averages: Tensor

    def __init__(self, sizes: Sequence[int], channels: int, n_losses: int) -> None:
        super().__init__()
        self.scales = nn.ModuleList(STFTDiscriminator(n_fft, channels) for n_fft in sizes)
        self.register_buffer("averages", torch.ones(n_losses))

    def forward(self, waveform: Tensor) -> Judged:
        """Judge `(B, samples)`."""
        logits, maps = zip(*(scale(waveform) for scale in self.scales), strict=True)
        return list(logits), list(maps)


def discriminator_loss(real: list[Tensor], fake: list[Tensor]) -> Tensor:
    """Hinge loss: real logits above 1, fake ones below -1; the mean over scales."""
    pairs = zip(real, fake, strict=True)
    return torch.stack([F.relu(1 - r).mean() + F.relu(1 + f).mean() for r, f in pairs]).mean()


def generator_loss(fake: list[Tensor]) -> Tensor:
    """Hinge loss of the generator: fake logits above 1; the mean over scales."""
    return torch.stack([F.relu(1 - it).mean() for it in fake]).mean()
