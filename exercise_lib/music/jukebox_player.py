"""Play captions as Jukebox does: words, upper codes, lower codes, sound."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from exercise_lib.models.students import StudentModule
from exercise_lib.music.captions import encode
from exercise_lib.music.jukebox_level import Level, load_level
from exercise_lib.music.jukebox_transformer import CodeTransformer, NextCode, load_transformer

if TYPE_CHECKING:
    from exercise_lib import vq_music
else:
    vq_music = StudentModule("vq_music")


@dataclass(frozen=True)
class Sampling:
    """How codes are chosen."""

    temperature: float = 1.0
    k: int = 1024  # most likely codes that may be chosen
    seed: int = 0


UPPER, LOWER = Sampling(0.9, 100), Sampling(0.8, 20)


def chooser(how: Sampling, device: torch.device) -> Callable[[Tensor], Tensor]:
    """Return what draws codes `(B,)` from logits `(B, K)`."""
    generator = torch.Generator(device).manual_seed(how.seed)

    def choose(logits: Tensor) -> Tensor:
        shares = vq_music.top_k(logits, min(how.k, logits.shape[1]), how.temperature)
        return torch.multinomial(shares, 1, generator=generator)[:, 0]

    return choose


def say(
    model: CodeTransformer, condition: Tensor, how: Sampling, opening: Tensor | None = None
) -> Tensor:
    """Return codes `(B, T)` that a transformer says to words or upper codes.

    Args: opening: the first codes, `(B, P)`, which stay as they are.
    """
    device = model.places.device
    condition = condition.to(device)
    if opening is None:
        opening = condition.new_zeros(len(condition), 0)
    predict, choose = NextCode(model, condition), chooser(how, device)
    return vq_music.continued(predict, opening.to(device), model.config.places, choose)


@dataclass(frozen=True, eq=False)
class Jukebox:
    """Both levels and both transformers."""

    top: Level
    bottom: Level
    prior: CodeTransformer
    upsampler: CodeTransformer

    def imagine(
        self, captions: Iterable[object], how: Sampling = UPPER, opening: Tensor | None = None
    ) -> Tensor:
        """Return upper codes `(B, 50)` of captions; raises ValueError for unknown words."""
        return say(self.prior, encode(map(str, captions)), how, opening)

    def refine(self, upper: Tensor, how: Sampling = LOWER) -> Tensor:
        """Return lower codes `(B, 150)` for upper ones."""
        return say(self.upsampler, upper, how)

    def play(
        self, captions: Iterable[object], how: Sampling = UPPER, opening: Tensor | None = None
    ) -> Tensor:
        """Return sounds of captions, `(B, 48000)`; for the arguments see `imagine`."""
        return self.bottom.decode(self.refine(self.imagine(captions, how, opening)))


def load_jukebox(folder: Path | None = None) -> Jukebox:
    """Return the kept Jukebox.

    Raises:
        UnusableData: a part is missing or damaged.
        BrokenModule: vq_music.py or quantization.py can't be imported.
    """
    top, bottom = load_level("top", folder), load_level("bottom", folder)
    prior, upsampler = (load_transformer(it, folder) for it in ("prior", "upsampler"))
    return Jukebox(top, bottom, prior, upsampler)
