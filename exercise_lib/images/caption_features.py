"""Captions as a frozen CLIP reads them: a feature of each word, and one embedding."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from exercise_lib.images.captions import PAD, WORDS, encode
from exercise_lib.images.clip_encoders import CaptionEncoder, TextSize
from exercise_lib.models.weights import load_kept

KEPT = Path(__file__).resolve().parents[2] / "data" / "captions"


@dataclass(frozen=True)
class CaptionFeatures:
    """What a network hears of captions."""

    words: Tensor  # (B, L, d), what the transformer makes of each word and of those before it
    pooled: Tensor  # (B, d), the embedding
    is_word: Tensor  # (B, L) bool, False for padding

    def __getitem__(self, rows: Tensor) -> CaptionFeatures:
        return CaptionFeatures(self.words[rows], self.pooled[rows], self.is_word[rows])

    def to(self, device: torch.device) -> CaptionFeatures:
        return CaptionFeatures(
            self.words.to(device), self.pooled.to(device), self.is_word.to(device)
        )


class FrozenReader:
    """CLIP's caption encoder, which is not trained further, and remembers what it has read."""

    def __init__(self, encoder: CaptionEncoder) -> None:
        self.encoder = encoder.eval().requires_grad_(False)
        self.known: dict[str, tuple[Tensor, Tensor, Tensor]] = {}

    def read(self, captions: Iterable[object]) -> CaptionFeatures:
        """Return features of captions; "" is read for what has no caption.

        Raises: ValueError: a word is unknown, or a caption too long.
        """
        texts = [*map(str, captions)]
        if new := sorted({*texts} - self.known.keys()):
            self.known |= zip(new, zip(*self.features(new), strict=True), strict=True)
        rows = [self.known[it] for it in texts]
        words, pooled, is_word = (torch.stack(its) for its in zip(*rows, strict=True))
        longest = int(is_word.sum(1).max())
        return CaptionFeatures(words[:, :longest], pooled, is_word[:, :longest])

    @torch.no_grad()
    def features(self, texts: list[str]) -> tuple[Tensor, Tensor, Tensor]:
        tokens = encode(texts)
        hidden = self.encoder.hidden(tokens)
        return hidden, self.encoder.pool(hidden, tokens), tokens != WORDS.index(PAD)


def load_reader(folder: Path = KEPT) -> FrozenReader:
    """Return the caption encoder of the kept CLIP.

    Raises:
        UnusableData: there is none, or it is damaged.
        BrokenModule: clip.py can't be imported.
    """
    path = folder / "captions.safetensors"

    def make(training: dict[str, Any]) -> CaptionEncoder:
        names = {it.name for it in fields(TextSize)}
        sizes = {name: it for name, it in training["model"].items() if name in names}
        return CaptionEncoder(TextSize(**sizes))

    return FrozenReader(load_kept(path, "captions", make))
