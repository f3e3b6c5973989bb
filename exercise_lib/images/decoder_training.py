"""Train the decoder of DALL-E 2 in small: a flow transformer that follows a picture's embedding."""

from __future__ import annotations

from pathlib import Path

import torch
from pydantic.dataclasses import dataclass
from torch import Tensor

from exercise_lib.images.caption_features import CaptionFeatures
from exercise_lib.images.clip_training import Examined
from exercise_lib.images.dit_network import Hearing
from exercise_lib.images.flow_training import EXAMINED, FlowConfig, FlowTask
from exercise_lib.images.oracle import share_true
from exercise_lib.images.scenes import WORLDS
from exercise_lib.images.unclip_embeddings import Which, as_heard, load_embedder
from exercise_lib.images.unclip_painter import decode
from exercise_lib.train.engine import Scores
from exercise_lib.train.settings import CHECKED


@dataclass(frozen=True, config=CHECKED)
class DecoderConfig(FlowConfig):
    """How a decoder is trained; captions that are dropped are embeddings here, set to 0."""

    hearing: Hearing = "pooled"  # the embedding is part of the condition
    clip: Which = "binds"


class DecoderTask(FlowTask):
    """The transformer of notebook 12, which hears a picture's embedding and no caption."""

    config_type = DecoderConfig
    config: DecoderConfig

    def begin_to_hear(self) -> None:
        """Make the embeddings of all pictures."""
        self.embedder = load_embedder(self.config.clip)
        self.reader = self.embedder.reader
        self.images = self.embedder.see_scenes(self.scenes)
        self.shown = {
            name: Examined.drawn(EXAMINED, 11, WORLDS[name], False) for name in self.config.names
        }

    def hear(self, chosen: Tensor) -> CaptionFeatures:
        """Return the embeddings of these pictures, 0 for the share that is dropped."""
        images = self.images[chosen]
        is_dropped = torch.rand(len(images)) < self.config.dropped
        return as_heard(images.masked_fill(is_dropped[:, None], 0))

    def evaluate(self, step: int, folder: Path) -> Scores:
        """Decode embeddings of true pictures; return how many are right as their captions say."""
        return {
            f"right, {name}": share_true(
                its.captions, decode(self.painter(), self.embedder.see(its.pictures))
            )
            for name, its in self.shown.items()
        }
