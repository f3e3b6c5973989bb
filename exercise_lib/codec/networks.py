"""A codec of laptop size: a fixed STFT and ConvNeXt encode, a Vocos decodes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from exercise_lib.codec.quantizer import ResidualQuantizer
from exercise_lib.codec.spectra import log_magnitude
from exercise_lib.models.vocos import ConvNeXtBlock, Vocos, VocosConfig
from exercise_lib.models.weights import load_kept
from exercise_lib.speech.data import find_kept

SAMPLE_RATE = 16_000  # Hz


@dataclass(frozen=True)
class CodecConfig:
    """The numbers that make a codec."""

    n_fft: int = 1024  # samples, also the window of the encoder's STFT
    hop_length: int = 320  # samples
    channels: int = 256
    hidden: int = 768  # channels inside a block
    encoder_blocks: int = 2
    decoder_blocks: int = 5
    dimensions: int = 64  # of a latent
    n_books: int = 8
    book_size: int = 256  # codes

    @property
    def bits_per_second(self) -> float:
        """Of one book."""
        return SAMPLE_RATE / self.hop_length * (self.book_size - 1).bit_length()


class Encoder(nn.Module):
    """Waveform to latents, 50 a second.

    The STFT is fixed. EnCodec learns its own filters by strided convolutions, which takes about
    four times as long before the first word is understood.
    """

    def __init__(self, config: CodecConfig) -> None:
        super().__init__()
        self.config = config
        c = config.channels
        sizes = VocosConfig(channels=c, hidden=config.hidden, blocks=config.encoder_blocks)
        self.embed = nn.Conv1d(config.n_fft // 2 + 1, c, 3, padding=1)
        self.norm = nn.LayerNorm(c)
        self.convnext = nn.ModuleList(ConvNeXtBlock(sizes) for _ in range(sizes.blocks))
        self.final_layer_norm = nn.LayerNorm(c)
        self.out = nn.Linear(c, config.dimensions)

    def forward(self, waveform: Tensor) -> Tensor:
        """`(B, samples)` to `(B, dimensions, samples // hop)`."""
        config = self.config
        x = log_magnitude(waveform, config.n_fft, config.hop_length)
        x = self.norm(self.embed(x).mT).mT
        for block in self.convnext:
            x = block(x)
        return self.out(self.final_layer_norm(x.mT)).mT


class Codec(nn.Module):
    """From a waveform to codes and back."""

    def __init__(self, config: CodecConfig = CodecConfig()) -> None:
        super().__init__()
        self.config = config
        self.encoder = Encoder(config)
        self.quantizer = ResidualQuantizer(config.n_books, config.book_size, config.dimensions)
        self.decoder = Vocos(
            VocosConfig(
                n_mels=config.dimensions,
                channels=config.channels,
                hidden=config.hidden,
                blocks=config.decoder_blocks,
                n_fft=4 * config.hop_length,
                hop_length=config.hop_length,
            )
        )

    def forward(self, waveform: Tensor, used: Tensor | None) -> tuple[Tensor, Tensor]:
        """Return the decoded waveform and the commitment loss.

        Args:
            waveform: `(B, samples)`, of whole hops
            used: how many books each example uses, `(B,)`; None: the latents as they are

        Returns: `(B, samples)` and a scalar
        """
        z = self.encoder(waveform).float()
        if used is None:
            return self.decoder(z).squeeze(1), z.new_zeros(())
        with torch.autocast(z.device.type, enabled=False):
            quantized, commitment = self.quantizer(z, used)
        return self.decoder(quantized).squeeze(1), commitment

    @torch.inference_mode()
    def encode(self, waveform: Tensor) -> Tensor:
        """Return the codes `(n_books, frames)` of a waveform `(samples,)`; its end is padded."""
        hop = self.config.hop_length
        padded = F.pad(waveform, (0, -len(waveform) % hop))
        device = next(self.parameters()).device
        return self.quantizer.encode(self.encoder(padded[None].to(device)))[0].cpu()

    @torch.inference_mode()
    def decode(self, codes: Tensor, n_books: int | None = None) -> Tensor:
        """Return the waveform `(samples,)` of codes `(n_books, frames)`, or of the first books."""
        device = next(self.parameters()).device
        return self.decoder(self.quantizer.decode(codes[None, :n_books].to(device)))[0, 0].cpu()


def load_codec(folder: Path | None = None) -> Codec:
    """Return the kept codec.

    Raises: UnusableData: it is missing or damaged.
    """

    def make(training: dict[str, Any]) -> Codec:
        return Codec(CodecConfig(**training["model"]))

    return load_kept((folder or find_kept("encodec")) / "codec.safetensors", "encodec", make)
