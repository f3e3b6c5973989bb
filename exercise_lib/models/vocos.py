"""A vocoder that stays at the frame rate: ConvNeXt blocks, then one inverse STFT.

Siuzdak (2023), Vocos. HiFi-GAN reaches the sample rate by upsampling again and again; here all
layers run once per mel frame and the inverse STFT makes the samples, which a CPU finishes sooner.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

LOG_MAGNITUDE_LIMIT = math.log(100)  # official: the magnitude is clipped at 100
EPS = 1e-6  # of every layer norm, official


@dataclass(frozen=True)
class VocosConfig:
    """The numbers that make a Vocos."""

    n_mels: int = 80
    channels: int = 256
    hidden: int = 768  # channels inside a block
    blocks: int = 6
    n_fft: int = 1024  # samples, also the window
    hop_length: int = 256  # samples


class ConvNeXtBlock(nn.Module):
    """Depthwise convolution over time, then a small network at every frame, added to the input."""

    def __init__(self, config: VocosConfig) -> None:
        super().__init__()
        c = config.channels
        self.dwconv = nn.Conv1d(c, c, 7, padding=3, groups=c)
        self.norm = nn.LayerNorm(c, EPS)
        self.pwconv1 = nn.Linear(c, config.hidden)
        self.pwconv2 = nn.Linear(config.hidden, c)
        self.gamma = nn.Parameter(torch.full((c,), 1 / config.blocks))

    def forward(self, x: Tensor) -> Tensor:
        """`(B, channels, frames)` to the same."""
        y = self.norm(self.dwconv(x).mT)
        y = self.gamma * self.pwconv2(F.gelu(self.pwconv1(y)))
        return x + y.mT


class Vocos(nn.Module):
    """From a log-mel spectrogram to a waveform without upsampling."""

    window: Tensor

    def __init__(self, config: VocosConfig = VocosConfig()) -> None:
        super().__init__()
        self.config = config
        self.embed = nn.Conv1d(config.n_mels, config.channels, 7, padding=3)
        self.norm = nn.LayerNorm(config.channels, EPS)
        self.convnext = nn.ModuleList(ConvNeXtBlock(config) for _ in range(config.blocks))
        self.final_layer_norm = nn.LayerNorm(config.channels, EPS)
        self.out = nn.Linear(config.channels, config.n_fft + 2)
        self.register_buffer("window", torch.hann_window(config.n_fft), persistent=False)

    def forward(self, mel: Tensor) -> Tensor:
        """Generate the waveform of a log-mel spectrogram.

        Args: mel: `(B, n_mels, frames)`, natural-log magnitude.
        Returns: y_hat `(B, 1, frames * hop_length)`, amplitude.
        Raises: ValueError for another rank or number of mel bands.
        """
        if mel.ndim != 3 or mel.shape[1] != self.config.n_mels:
            wanted = f"(B, {self.config.n_mels}, frames)"
            raise ValueError(f"mel must be {wanted}, got {tuple(mel.shape)}")
        x = self.norm(self.embed(mel).mT).mT
        for block in self.convnext:
            x = block(x)
        x = self.out(self.final_layer_norm(x.mT))  # (B, frames, n_fft + 2)
        log_magnitude, phase = x.float().chunk(2, dim=2)
        magnitude = log_magnitude.clamp(max=LOG_MAGNITUDE_LIMIT).exp()
        return self.overlap_add(torch.polar(magnitude, phase)).unsqueeze(1)

    def overlap_add(self, spectrum: Tensor) -> Tensor:
        """Inverse STFT of `(B, frames, n_fft / 2 + 1)` whose frames reach outside the waveform.

        torch.istft wants centred frames; the mel frames here are padded as HiFi-GAN does.
        """
        n_fft, hop = self.config.n_fft, self.config.hop_length
        pieces = torch.fft.irfft(spectrum, n_fft) * self.window  # (B, frames, n_fft)
        envelope = add_shifted((self.window**2).expand(1, pieces.shape[1], n_fft), hop)
        outside = (n_fft - hop) // 2
        return (add_shifted(pieces, hop) / envelope.clamp(min=1e-2))[:, outside:-outside]


def add_shifted(pieces: Tensor, hop: int) -> Tensor:
    """Add pieces `(B, frames, n_fft)` that begin hop samples after each other; hop divides n_fft.

    Returns: `(B, (frames - 1) * hop + n_fft)`.
    """
    batch, frames, n_fft = pieces.shape
    parts = pieces.unflatten(2, (n_fft // hop, hop))
    total = pieces.new_zeros(batch, frames + n_fft // hop - 1, hop)
    for number, part in enumerate(parts.unbind(2)):
        total[:, number : number + frames] += part
    return total.flatten(1)
