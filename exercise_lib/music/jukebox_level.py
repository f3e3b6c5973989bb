"""One level of a small Jukebox: a VQ-VAE of sound, with one code for each hop."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import torch
from pydantic import NonNegativeFloat, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from exercise_lib.codec.spectra import magnitude
from exercise_lib.codes.book import Book
from exercise_lib.models.students import StudentModule
from exercise_lib.models.vocos import ConvNeXtBlock, VocosConfig
from exercise_lib.models.weights import load_kept
from exercise_lib.music.instruments import RATE
from exercise_lib.music.jukebox_decoder import HOP, Decoder
from exercise_lib.music.render import SAMPLES
from exercise_lib.train.settings import CHECKED

if TYPE_CHECKING:
    from exercise_lib import vq_music
else:
    vq_music = StudentModule("vq_music")

# Where kept weights of this lab are: in this repository, or on a hub.
PLACES = Path(__file__).resolve().parents[2] / "data" / "jukebox", Path("/coursedata/jukebox")
LevelName = Literal["top", "bottom"]
FACTORS: dict[LevelName, int] = {"top": 3, "bottom": 1}  # frames of 320 samples for a code
WINDOWS = (512, 2048)  # samples, of the spectra that are encoded


@dataclass(frozen=True, config=CHECKED)
class LevelSize:
    """How large a level is, and how its codes are learned."""

    factor: PositiveInt = 1  # frames of 320 samples for a code
    n_codes: PositiveInt = 1024
    dimensions: PositiveInt = 32  # numbers of a code
    channels: PositiveInt = 160
    hidden: PositiveInt = 480  # channels inside a block
    blocks: PositiveInt = 2  # at each of the places where there are some
    least: NonNegativeFloat = 0.3  # a code that fewer latents of a batch choose begins anew

    @property
    def hop(self) -> int:
        """Samples of one code."""
        return HOP * self.factor

    @property
    def n_frames(self) -> int:
        """Codes of a piece."""
        return SAMPLES // self.hop

    @property
    def bits_per_second(self) -> float:
        return RATE / self.hop * (self.n_codes - 1).bit_length()

    def blocks_of(self, blocks: int, inputs: int) -> VocosConfig:
        return VocosConfig(inputs, self.channels, self.hidden, blocks, 4 * HOP, HOP)


class Encoder(nn.Module):
    """Sounds `(B, samples)` to latents `(B, d, samples // hop)`.

    Two fixed STFTs see pitches and beginnings of notes. Jukebox learns its own filters from the
    waveform, which takes it days.
    """

    def __init__(self, size: LevelSize) -> None:
        super().__init__()
        c, sizes = size.channels, size.blocks_of(size.blocks, size.channels)
        self.embed = nn.Conv1d(sum(it // 2 + 1 for it in WINDOWS), c, 1)
        self.norm = nn.LayerNorm(c)
        self.before = nn.ModuleList(ConvNeXtBlock(sizes) for _ in range(size.blocks))
        self.down = nn.Conv1d(c, c, size.factor, stride=size.factor)
        self.after = nn.ModuleList(ConvNeXtBlock(sizes) for _ in range(size.blocks))
        self.last_norm = nn.LayerNorm(c)
        self.out = nn.Linear(c, size.dimensions)

    def forward(self, sounds: Tensor) -> Tensor:
        spectra = [magnitude(sounds, n_fft, HOP) for n_fft in WINDOWS]
        x = ((torch.cat(spectra, dim=1) + vq_music.FLOOR).log() + 4) / 3
        x = self.norm(self.embed(x).mT).mT
        for block in self.before:
            x = block(x)
        x = self.down(x)
        for block in self.after:
            x = block(x)
        return self.out(self.last_norm(x.mT)).mT


class Level(nn.Module):
    """From sound to codes and back."""

    def __init__(self, size: LevelSize) -> None:
        super().__init__()
        self.config = size
        self.encoder = Encoder(size)
        self.book = Book(size.n_codes, size.dimensions, least=size.least)
        self.decoder = Decoder(
            size.dimensions, size.factor, size.blocks_of(size.blocks + 1, size.channels)
        )

    def forward(self, sounds: Tensor, is_quantized: bool = True) -> tuple[Tensor, ...]:
        """Return copies `(B, samples)`, latents z `(B, d, T)`, codes `(B, T)` and commitment."""
        z = self.encoder(sounds)
        if not is_quantized:
            return self.decoder(z), z, z.new_zeros(len(z), z.shape[2]).long(), z.new_zeros(())
        quantized, codes, commitment = vq_music.bottleneck(z, self.book.codebook)
        return self.decoder(quantized), z, codes, commitment

    @torch.inference_mode()
    def encode(self, sounds: Tensor) -> Tensor:
        """Return the codes `(B, T)` of sounds `(B, samples)`."""
        z = self.encoder(sounds.to(self.book.codebook))
        return vq_music.bottleneck(z, self.book.codebook)[1]

    @torch.inference_mode()
    def decode(self, codes: Tensor) -> Tensor:
        """Return the sounds `(B, samples)` of codes `(B, T)`, from -1 to 1."""
        return self.decoder(self.book.codebook[codes].mT).clamp(-1, 1)


def kept_folder() -> Path:
    return next(filter(Path.is_dir, PLACES), PLACES[0])


def load_level(name: LevelName, folder: Path | None = None) -> Level:
    """Return a kept level.

    Raises:
        UnusableData: it is missing or damaged.
        BrokenModule: vq_music.py or quantization.py can't be imported.
    """
    path = (folder or kept_folder()) / f"{name}.safetensors"
    return load_kept(path, "jukebox", lambda training: Level(LevelSize(**training["model"])))
