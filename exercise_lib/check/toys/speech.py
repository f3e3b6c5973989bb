"""A Tacotron and a vocoder with a handful of numbers, to see how a function joins them."""

from __future__ import annotations

import torch
from torch import Tensor, nn

N_MELS, REDUCTION, HOP = 4, 2, 3


class ToyTacotron(nn.Module):
    """Reads two decoder steps a character; mumbles while it is in training mode."""

    def __init__(self) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.tensor(1.2))

    @torch.inference_mode()
    def infer(self, tokens: Tensor, max_steps: int = 400) -> tuple[Tensor, Tensor, Tensor]:
        """Tokens to mel `(n_mels, frames)`, stop `(T_dec,)` and weights `(T_dec, T_enc)`."""
        steps = min(2 * len(tokens), max_steps)
        time = torch.arange(float(steps))
        position = torch.arange(float(len(tokens)))
        weights = torch.softmax(-((position - time[:, None] / 2) ** 2), dim=1)
        read = (weights @ tokens.float()).repeat_interleave(REDUCTION)  # (frames,)
        band = torch.arange(1.0, N_MELS + 1)[:, None]
        mel = torch.sin(read / band) * (0.5 if self.training else self.gain)
        return mel, torch.sigmoid(time - steps + 1.5), weights


class ToyVocoder(nn.Module):
    """A rectangular wave as loud as the mel says; half of its frames drop out in training mode."""

    def __init__(self) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.tensor(0.8))

    def forward(self, log_mel: Tensor) -> Tensor:
        """`(B, n_mels, frames)` to `(B, 1, frames * HOP)`, louder than a file can hold."""
        loudness = self.gain * log_mel.exp().sum(dim=1, keepdim=True)  # (B, 1, frames)
        if self.training:
            loudness = loudness * (torch.arange(loudness.shape[2]) % 2)
        wave = loudness.repeat_interleave(HOP, dim=2)
        return wave * torch.cos(torch.arange(wave.shape[2]) * torch.pi / HOP)
