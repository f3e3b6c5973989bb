"""Embeddings of pictures and captions by a frozen CLIP, scaled so that noise fits to them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor

from exercise_lib.images.caption_features import CaptionFeatures, FrozenReader
from exercise_lib.images.clip_encoders import Clip, load_clip
from exercise_lib.images.prior_network import kept_folder
from exercise_lib.images.render import render
from exercise_lib.models.students import StudentModule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from exercise_lib import unclip
    from exercise_lib.images.scenes import Scene
else:
    unclip = StudentModule("unclip")

# "binds": the kept CLIP of notebook 08, trained with hard negatives; "bag": one without them
Which = Literal["binds", "bag"]


class Embedder:
    """A CLIP that is not trained further."""

    def __init__(self, clip: Clip) -> None:
        self.clip = clip.eval().requires_grad_(False)
        self.reader = FrozenReader(clip.captions)

    def see(self, pictures: Tensor) -> Tensor:
        """Return scaled embeddings of pictures, `(B, d)`."""
        return unclip.scaled(self.clip.see(pictures).clone())

    def see_scenes(self, scenes: Sequence[Scene]) -> Tensor:
        """Return scaled embeddings of scenes' pictures, `(B, d)`."""
        parts = [scenes[start : start + 500] for start in range(0, len(scenes), 500)]
        return torch.cat([self.see(render(it)) for it in parts])

    def read(self, captions: Iterable[object]) -> CaptionFeatures:
        """Return features of captions; raises ValueError for unknown words."""
        return self.reader.read(captions)

    def texts(self, captions: Iterable[object]) -> Tensor:
        """Return scaled embeddings of captions, `(B, d)`."""
        return unclip.scaled(self.read(captions).pooled)


def load_embedder(which: Which = "binds", folder: Path | None = None) -> Embedder:
    """Return a kept CLIP that makes embeddings.

    Args: folder: where the one is that does not bind.
    Raises:
        UnusableData: it is missing or damaged.
        BrokenModule: clip.py can't be imported.
    """
    return Embedder(
        load_clip()
        if which == "binds"
        else load_clip(folder or kept_folder(), "clip-bag", "unclip")
    )


def as_heard(embeddings: Tensor) -> CaptionFeatures:
    """Return embeddings `(B, d)` as a network hears them that hears no words."""
    n = len(embeddings)
    no_words = embeddings.new_zeros(n, 0, 1)
    return CaptionFeatures(no_words, embeddings, no_words[..., 0].bool())
