"""Where a U-Net's places hear each word of a caption, scored against where things are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from exercise_lib.images.captions import Caption, Named, encode
from exercise_lib.images.painter import Painter
from exercise_lib.images.render import masks, render
from exercise_lib.images.scenes import Scene
from exercise_lib.images.unet import N_TIMES
from exercise_lib.images.vae import CELLS
from exercise_lib.models.students import StudentModule

if TYPE_CHECKING:
    from exercise_lib import diffusion
else:
    diffusion = StudentModule("diffusion")

KINDS = ("a", "colour", "shape", "on", "texture", "tone")  # words of a caption that says the ground


def described(scene: Scene) -> Caption:
    """Return a caption of a lone thing that says its ground: "a red circle on plain white"."""
    thing = scene.things[0]
    return Caption((Named("", thing.colour, thing.shape),), ground=(scene.texture, scene.tone))


@torch.inference_mode()
def attended(
    painter: Painter, latents: Tensor, captions: Sequence[object], time: float, seed: int = 0
) -> Tensor:
    """Noise latents to a time, and return the attention of their places to words.

    Args:
        latents: scaled, `(B, C, 8, 8)`
        time: from 0, clean, to 1, noise

    Returns:
        `(B, heads and layers, 64, L)`; the first of L is <start>
    """
    t = torch.full((len(latents),), round(time * (N_TIMES - 1)))
    noise = painter.noise(len(latents), seed)
    noisy = diffusion.add_noise(latents, noise, painter.unet.alpha_bars[t])
    return painter.unet.predict(noisy, t, *painter.unet.read(encode(map(str, captions))))[1]


def maps_of(weights: Tensor, n_words: int) -> Tensor:
    """Return the maps of a caption's words, `(n_words, 8, 8)`, from attention `(N, 64, L)`."""
    return torch.stack([diffusion.word_map(weights, it, CELLS, CELLS) for it in range(n_words)])


def hits(painter: Painter, scenes: Sequence[Scene], time: float, seed: int = 0) -> dict[str, float]:
    """Return how often the peak of each kind of word's map lies on the scene's lone thing.

    Of the scenes' own pictures, noised to a time. "chance" is the share of cells that the thing
    covers enough to count.
    """
    captions = [described(it) for it in scenes]
    latents = painter.vae.latents(render(scenes))
    weights = attended(painter, latents, captions, time, seed)
    maps = torch.stack([maps_of(it, len(KINDS)) for it in weights])  # (B, kinds, 8, 8)
    things = torch.cat([masks(it)[:1] for it in scenes])
    found = {
        kind: float(diffusion.pointing(maps[:, number], things).float().mean())
        for number, kind in enumerate(KINDS)
    }
    return found | {"chance": chance(things)}


def chance(things: Tensor) -> float:
    """Return the share of places that would count as hits, of masks `(N, H, W)`."""
    n = CELLS * CELLS
    each = torch.eye(n).reshape(n, 1, CELLS, CELLS)
    rows = [diffusion.pointing(it.expand(len(things), -1, -1), things).float() for it in each]
    return float(torch.stack(rows).mean())
