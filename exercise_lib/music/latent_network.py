"""A variational autoencoder of sound: 48 000 samples become 75 latents of 16 numbers, and back.

Stable Audio's has strided convolutions in the encoder and in the decoder. Here a fixed STFT and
ConvNeXt blocks encode and a Vocos decodes, which one core trains and runs many times as fast.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch
from pydantic import PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from exercise_lib.codec.spectra import log_magnitude
from exercise_lib.models.students import StudentModule
from exercise_lib.models.vocos import EPS, ConvNeXtBlock, Vocos, VocosConfig
from exercise_lib.models.weights import load_kept
from exercise_lib.music.render import SAMPLES
from exercise_lib.train.settings import CHECKED

if TYPE_CHECKING:
    from exercise_lib import latent_audio
else:
    latent_audio = StudentModule("latent_audio")

DATA = Path(__file__).resolve().parents[2] / "data"
HANDED_OUT = DATA / "latent_audio"  # a small autoencoder, which every copy of the lab has
# Where larger ones are, that were trained longer: in this repository, or on a hub.
PLACES = DATA / "stable_audio", Path("/coursedata/stable_audio")
HOP = 640  # samples of one latent: 40 ms
FRAMES = SAMPLES // HOP  # latents of a window of 3 s
CHUNK = 50  # sounds that are encoded or decoded together


@dataclass(frozen=True, config=CHECKED)
class LatentSize:
    """How large an autoencoder of sound is."""

    latents: PositiveInt = 16  # channels
    channels: PositiveInt = 192
    hidden: PositiveInt = 576  # channels inside a block
    n_fft: PositiveInt = 1024  # samples, window of the encoder's STFT
    finer: PositiveInt = 2  # frames of both STFTs to one latent; divides 640
    depth: PositiveInt = 4  # blocks of the decoder at either frame rate; the encoder has half

    @property
    def hop_length(self) -> int:
        """Samples between frames of the STFTs."""
        return HOP // self.finer

    def blocks(self, n: int) -> list[ConvNeXtBlock]:
        sizes = VocosConfig(channels=self.channels, hidden=self.hidden, blocks=n)
        return [ConvNeXtBlock(sizes) for _ in range(n)]


class SoundEncoder(nn.Module):
    """`(B, samples)` to mean and raw deviation of latents, `(B, C, samples / 640)` each."""

    def __init__(self, size: LatentSize) -> None:
        super().__init__()
        self.config = size
        c = size.channels
        self.embed = nn.Conv1d(size.n_fft // 2 + 1, c, 3, padding=1)
        self.norm = nn.LayerNorm(c, EPS)
        self.fine = nn.Sequential(*size.blocks(size.depth // 2))
        self.down = nn.Conv1d(c, c, size.finer, stride=size.finer)
        self.coarse = nn.Sequential(*size.blocks(size.depth // 2))
        self.final_layer_norm = nn.LayerNorm(c, EPS)
        self.out = nn.Linear(c, 2 * size.latents)

    def forward(self, sounds: Tensor) -> tuple[Tensor, Tensor]:
        x = log_magnitude(sounds, self.config.n_fft, self.config.hop_length)
        x = self.norm(self.embed(x).mT).mT
        x = self.coarse(self.down(self.fine(x)))
        mean, raw = self.out(self.final_layer_norm(x.mT)).mT.chunk(2, dim=1)
        return mean, raw


class SoundDecoder(nn.Module):
    """Latents `(B, C, T)` to sounds `(B, 640 T)`: blocks at both frame rates, the last a Vocos."""

    def __init__(self, size: LatentSize) -> None:
        super().__init__()
        c, hop = size.channels, size.hop_length
        self.finer = size.finer
        self.embed = nn.Conv1d(size.latents, c, 7, padding=3)
        self.norm = nn.LayerNorm(c, EPS)
        self.coarse = nn.Sequential(*size.blocks(size.depth))
        self.up = nn.Linear(c, size.finer * c)
        self.vocos = Vocos(
            VocosConfig(c, c, size.hidden, size.depth, n_fft=4 * hop, hop_length=hop)
        )

    def forward(self, latents: Tensor) -> Tensor:
        x = self.coarse(self.norm(self.embed(latents).mT).mT)
        x = self.up(x.mT).unflatten(2, (self.finer, -1)).flatten(1, 2)  # (B, finer T, c)
        return self.vocos(x.mT).squeeze(1)


class SoundVae(nn.Module):
    """Both, with the scale of the latents beside them."""

    mean: Tensor
    spread: Tensor

    def __init__(self, size: LatentSize) -> None:
        super().__init__()
        self.config = size
        self.encoder, self.decoder = SoundEncoder(size), SoundDecoder(size)
        self.register_buffer("mean", torch.zeros(size.latents, 1))
        self.register_buffer("spread", torch.ones(size.latents, 1))

    def forward(self, sounds: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return what comes back of sounds `(B, samples)`, the latents' means, and their KL."""
        mean, raw = self.encoder(sounds)
        z, divergence = latent_audio.bottleneck(mean, raw, torch.randn_like(mean))
        return self.decoder(z), mean, divergence

    @torch.no_grad()
    def latents(self, sounds: Tensor) -> Tensor:
        """Return scaled latents `(B, C, T)`, of mean 0 and deviation 1, of `(B, samples)`."""
        parts = sounds.to(self.mean).split(CHUNK)
        means = torch.cat([self.encoder(it)[0] for it in parts])
        return (means - self.mean) / self.spread

    @torch.no_grad()
    def sounds(self, latents: Tensor) -> Tensor:
        """Return the sounds `(B, 640 T)` of scaled latents `(B, C, T)`."""
        z = latents.to(self.mean) * self.spread + self.mean
        return torch.cat([self.decoder(it) for it in z.split(CHUNK)])


def kept_folder() -> Path:
    return next(filter(Path.is_dir, PLACES), PLACES[0])


def load_vae(folder: Path = HANDED_OUT) -> SoundVae:
    """Return a kept autoencoder.

    Args: folder: default: of the small one that is handed out.
    Raises:
        UnusableData: it is missing or damaged.
        BrokenModule: latent_audio.py can't be imported.
    """
    path = folder / "vae.safetensors"
    return load_kept(path, folder.name, lambda training: SoundVae(LatentSize(**training["model"])))
