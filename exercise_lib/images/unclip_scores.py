"""What a decoder is fed with, and whether embeddings know which thing has which colour."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from exercise_lib.images.captions import Caption
from exercise_lib.images.clip_training import stays_seen, twins
from exercise_lib.images.render import render
from exercise_lib.images.scenes import MIDDLE, Scene, draw_scenes
from exercise_lib.images.unclip_painter import imagine

if TYPE_CHECKING:
    from exercise_lib.images.clip_training import Examined
    from exercise_lib.images.unclip_embeddings import Embedder
    from exercise_lib.images.unclip_painter import UnclipPainter

BOUND = ("as said", "the same words in another order", "other words")


def fed_with(painter: UnclipPainter, its: Examined, seed: int = 0) -> dict[str, Tensor]:
    """Return three embeddings for each caption, `(B, d)`: of its picture, its own, the prior's."""
    embedder = painter.embedder
    return {
        "the true picture's": embedder.see(its.pictures),
        "the caption's": embedder.texts(its.captions),
        "the prior's": imagine(painter.prior, embedder, its.captions, seed=seed),
    }


def error(share: float, n: int) -> float:
    """Return the standard error of a share of n."""
    return math.sqrt(share * (1 - share) / n)


@dataclass(frozen=True, eq=False)
class Bank:
    """Pictures of two things to be looked up by their embeddings: a decoder without a fault."""

    scenes: list[Scene]
    pictures: Tensor  # (n, 3, 32, 32), uint8
    embeddings: Tensor  # (n, d), scaled

    @classmethod
    def drawn(cls, embedder: Embedder, n: int = 1000, seed: int = 51) -> Bank:
        """Draw scenes, each with its colours swapped, its relation turned, and both."""
        bases = [it for it in draw_scenes(2 * n, seed, MIDDLE) if stays_seen(it)][:n]
        scenes = [twin for base in bases for twin in twins(base)]
        pictures = render(scenes)
        return cls(scenes, pictures, embedder.see(pictures))

    def nearest(self, embeddings: Tensor) -> list[int]:
        """Return which picture each scaled embedding is nearest to."""
        return (embeddings @ self.embeddings.T).argmax(1).tolist()

    def bindings(self, captions: Sequence[Caption], embeddings: Tensor) -> dict[str, float]:
        """Return what the nearest pictures show of what was said, as shares of `BOUND`.

        Args: captions: of two things each.
        """
        found = [self.scenes[it] for it in self.nearest(embeddings)]
        counts = Counter(map(binding, captions, found))
        return {name: counts[name] / len(captions) for name in BOUND}


def binding(said: Caption, scene: Scene) -> str:
    """Return which of `BOUND` a scene is; size and ground don't count."""
    things = tuple(replace(it, size="") for it in said.things)
    plain = Caption(things, said.relation)
    if plain.holds(scene):
        return BOUND[0]
    swapped = plain.swapped()
    others = swapped, plain.turned(), swapped.turned()
    return BOUND[1] if any(it.holds(scene) for it in others) else BOUND[2]


@torch.inference_mode()
def tells_apart(embedder: Embedder, its: Examined, embeddings: Tensor) -> dict[str, float]:
    """Return how often embeddings are nearer to their own pictures than to changed ones.

    Of scenes of two things: their colours swapped, their relation turned; chance is 0.5.
    """
    own = torch.cosine_similarity(embeddings, embedder.see(its.pictures))
    changed = {
        "swapped": [it.swapped() for it in its.scenes],
        "turned": [it.turned() for it in its.scenes],
    }
    return {
        name: float(
            (own > torch.cosine_similarity(embeddings, embedder.see(render(scenes)))).float().mean()
        )
        for name, scenes in changed.items()
    }
