"""A diffusion transformer on latents of sound, which hears a caption, a start and a total."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from pydantic import PositiveInt
from pydantic.dataclasses import dataclass as checked
from torch import Tensor, nn

from exercise_lib.images.caption_features import CaptionFeatures, FrozenReader
from exercise_lib.images.captions import PAD
from exercise_lib.images.clip_encoders import CaptionEncoder, TextSize
from exercise_lib.images.dit_network import CrossBlock, FinalLayer, is_modulated
from exercise_lib.models.students import StudentModule
from exercise_lib.models.weights import load_kept
from exercise_lib.music.captions import LONGEST, WORDS, encode
from exercise_lib.music.latent_network import FRAMES, HANDED_OUT, kept_folder
from exercise_lib.music.pieces import SECONDS
from exercise_lib.train.settings import CHECKED

if TYPE_CHECKING:
    from exercise_lib import dit, latent_audio
else:
    dit, latent_audio = StudentModule("dit"), StudentModule("latent_audio")

HIGHEST = 16.0  # waves over 3 s of the quickest feature of seconds, as training begins


@checked(frozen=True, config=CHECKED)
class SoundDitSize:
    """How large a diffusion transformer of sound is."""

    latents: PositiveInt = 16  # channels
    frames: PositiveInt = FRAMES
    patch: PositiveInt = 3  # frames of a token: a third of the tokens costs a third; divides frames
    width: PositiveInt = 128
    depth: PositiveInt = 4  # blocks
    heads: PositiveInt = 4
    embedding: PositiveInt = 48  # numbers of a word's feature, and of a caption's embedding
    frequencies: PositiveInt = 32  # of the features of seconds


@dataclass(frozen=True)
class Heard:
    """What a network hears of a batch: captions, and where each window is in its piece."""

    captions: CaptionFeatures
    starts: Tensor  # (B,), seconds
    totals: Tensor  # (B,), seconds

    def to(self, device: torch.device) -> Heard:
        return Heard(self.captions.to(device), self.starts.to(device), self.totals.to(device))


class SoundDit(nn.Module):
    """v predicted at noisy latents `(B, C, T)`, times `(B,)` and what is heard."""

    clock: Tensor

    def __init__(self, size: SoundDitSize) -> None:
        super().__init__()
        self.config = size
        width, n_features = size.width, 1 + 2 * size.frequencies
        n_tokens, n_values = size.frames // size.patch, size.patch * size.latents
        self.tokens = nn.Linear(n_values, width)
        self.places = nn.Parameter(0.02 * torch.randn(n_tokens, width))
        self.frequencies = nn.Parameter(torch.linspace(0.5, HIGHEST, size.frequencies))
        self.place, self.start, self.total = (nn.Linear(n_features, width) for _ in range(3))
        self.time = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
        self.caption = nn.Linear(size.embedding, width)
        self.words = nn.Linear(size.embedding, width)
        self.blocks = nn.ModuleList(CrossBlock(width, size.heads) for _ in range(size.depth))
        self.final = FinalLayer(width, n_values)
        clock = SECONDS * torch.arange(n_tokens) / n_tokens
        self.register_buffer("clock", clock, persistent=False)
        dit.zero_init([it for it in self.blocks.modules() if is_modulated(it)], self.final)

    def seconds(self, seconds: Tensor) -> Tensor:
        return latent_audio.seconds_features(seconds, self.frequencies, SECONDS)

    def forward(self, latents: Tensor, times: Tensor, heard: Heard) -> Tensor:
        patches = latents.mT.unflatten(1, (-1, self.config.patch)).flatten(2)
        x = self.tokens(patches) + self.places + self.place(self.seconds(self.clock))
        start = self.start(self.seconds(heard.starts))
        total = self.total(self.seconds(heard.totals))
        captions = heard.captions
        timing = torch.stack([start, total], dim=1)  # two more words
        words = torch.cat([self.words(captions.words), timing], dim=1)
        is_word = torch.cat([captions.is_word, captions.is_word.new_ones(len(words), 2)], dim=1)
        condition = self.time(dit.time_features(times, self.config.width))
        condition = condition + self.caption(captions.pooled) + start + total
        for block in self.blocks:
            x = block(x, words, condition, is_word)
        return self.final(x, condition).unflatten(2, (self.config.patch, -1)).flatten(1, 2).mT


class MusicReader(FrozenReader):
    """CLAP's caption encoder, which is not trained further, and remembers what it has read."""

    @torch.no_grad()
    def features(self, texts: list[str]) -> tuple[Tensor, Tensor, Tensor]:
        tokens = encode(texts)
        hidden = self.encoder.hidden(tokens)
        return hidden, self.encoder.pool(hidden, tokens), tokens != WORDS.index(PAD)


def load_reader() -> MusicReader:
    """Return the caption encoder of the kept CLAP.

    Raises:
        UnusableData: there is none, or it is damaged.
        BrokenModule: clip.py can't be imported.
    """

    def make(training: dict[str, Any]) -> CaptionEncoder:
        names = {it.name for it in fields(TextSize)}
        sizes = {name: it for name, it in training["model"].items() if name in names}
        return CaptionEncoder(TextSize(**sizes), WORDS, LONGEST)

    return MusicReader(load_kept(HANDED_OUT / "captions.safetensors", HANDED_OUT.name, make))


def load_dit(name: str = "dit", folder: Path | None = None) -> SoundDit:
    """Return a kept transformer.

    Raises:
        UnusableData: it is missing or damaged.
        BrokenModule: latent_audio.py or dit.py can't be imported.
    """
    path = (folder or kept_folder()) / f"{name}.safetensors"
    return load_kept(
        path, "stable_audio", lambda training: SoundDit(SoundDitSize(**training["model"]))
    )
