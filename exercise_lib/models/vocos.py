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
        x = self.out(self.final_layer_norm(x.mT)).mT  # (B, n_fft + 2, frames)
        log_magnitude, phase = x.chunk(2, dim=1)
        magnitude = log_magnitude.clamp(max=LOG_MAGNITUDE_LIMIT).exp()
        return self.overlap_add(torch.polar(magnitude, phase)).unsqueeze(1)

    def overlap_add(self, spectrum: Tensor) -> Tensor:
        """Inverse STFT of `(B, n_fft / 2 + 1, frames)` whose frames reach outside the waveform.

        torch.istft wants centred frames; the mel frames here are padded as HiFi-GAN does.
        """
        n_fft, hop = self.config.n_fft, self.config.hop_length
        frames = spectrum.shape[-1]
        length = (frames - 1) * hop + n_fft

        def add(pieces: Tensor) -> Tensor:
            return F.fold(pieces, (1, length), (1, n_fft), stride=(1, hop))[:, 0, 0]

        pieces = torch.fft.irfft(spectrum, n_fft, dim=1) * self.window[:, None]
        envelope = add((self.window**2)[None, :, None].expand(1, -1, frames))
        outside = (n_fft - hop) // 2
        return (add(pieces) / envelope.clamp(min=1e-2))[:, outside:-outside]
