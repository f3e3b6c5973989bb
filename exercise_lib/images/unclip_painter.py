"""Paint pictures of captions as DALL-E 2 does: caption, embedding of a picture, picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from exercise_lib.images.flow_painter import FlowPainter, load_dit
from exercise_lib.images.prior_network import Prior, kept_folder, load_prior
from exercise_lib.images.unclip_embeddings import Embedder, as_heard, load_embedder
from exercise_lib.images.vae import load_vae
from exercise_lib.models.students import StudentModule

if TYPE_CHECKING:
    from exercise_lib import unclip
else:
    unclip = StudentModule("unclip")

Predict = Callable[[Tensor, Tensor], Tensor]  # z_t `(B, d)`, t `(B,)` -> the clean embedding


@dataclass(frozen=True, eq=False)
class UnclipPainter:
    """A frozen CLIP, a prior, and a decoder that follows embeddings in the place of captions."""

    embedder: Embedder
    prior: Prior
    decoder: FlowPainter

    def paint(
        self,
        captions: Sequence[object],
        n_steps: int = 16,
        guidance_scale: float = 1.0,
        seed: int = 0,
    ) -> Tensor:
        """Return a picture of each caption, `(B, 3, 32, 32)` from 0 to 1.

        Raises: ValueError: a word is unknown, or a caption too long.
        """
        imagined = imagine(self.prior, self.embedder, captions, seed=seed)
        return self.decode(imagined, n_steps, guidance_scale, seed)

    def decode(
        self, embeddings: Tensor, n_steps: int = 16, guidance_scale: float = 1.0, seed: int = 0
    ) -> Tensor:
        """Return a picture of each scaled embedding `(B, d)`, `(B, 3, 32, 32)` from 0 to 1."""
        return decode(self.decoder, embeddings, n_steps, guidance_scale, seed)


def load_unclip(kind: str = "", folder: Path | None = None) -> UnclipPainter:
    """Return the kept prior and decoder.

    Args: kind: "anywhere" for those that know things anywhere, too; default: in the middle.
    Raises:
        UnusableData: there are none, or they are damaged.
        BrokenModule: unclip.py or another student module can't be imported.
    """
    folder, embedder = folder or kept_folder(), load_embedder()
    prior, decoder = (f"{it}-{kind}" if kind else it for it in ("prior", "decoder"))
    painter = FlowPainter(load_dit(decoder, folder, "unclip"), embedder.reader, load_vae())
    return UnclipPainter(embedder, load_prior(prior, folder), painter)


def decode(
    decoder: FlowPainter,
    embeddings: Tensor,
    n_steps: int = 16,
    guidance_scale: float = 1.0,
    seed: int = 0,
) -> Tensor:
    """Return a picture of each scaled embedding; 0 stands for nothing to follow."""
    heard = as_heard(torch.cat([embeddings, torch.zeros_like(embeddings[:1])]))
    predict = decoder.guided(heard, guidance_scale)
    noise = decoder.noise(len(embeddings), seed)
    return decoder.vae.draw(decoder.sample(predict, noise, n_steps))


@torch.no_grad()
def imagine(
    prior: Prior,
    embedder: Embedder,
    captions: Sequence[object],
    n_steps: int = 16,
    candidates: int = 2,
    seed: int = 0,
) -> Tensor:
    """Draw the scaled embedding of a picture for each caption, the best of some, `(B, d)`.

    Raises: ValueError: a word is unknown, or a caption too long.
    """
    heard = embedder.read(captions)
    generator = torch.Generator().manual_seed(seed)
    size = candidates, len(captions), prior.config.embedding

    def predict(noisy: Tensor, times: Tensor) -> Tensor:
        return prior(noisy, times, heard)

    drawn = [sample(predict, it, n_steps) for it in torch.randn(size, generator=generator)]
    return unclip.best_of(unclip.scaled(torch.stack(drawn)), heard.pooled)


@torch.no_grad()
def sample(predict: Predict, noise: Tensor, n_steps: int) -> Tensor:
    """Walk from noise `(B, d)` to what a prior predicts of it, by DDIM steps."""
    z = noise
    for now, then in pairwise(torch.linspace(1, 0, n_steps + 1)):
        z = unclip.clean_step(z, predict(z, now.expand(len(z))), now, then)
    return z
