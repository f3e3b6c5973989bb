"""Where a U-Net's places hear each word of a caption, scored against where things are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from exercise_lib.images.captions import Caption, Named, encode
from exercise_lib.images.painter import Painter
from exercise_lib.images.render import masks, render
from exercise_lib.images.scenes import Scene
from exercise_lib.images.unet import N_TIMES
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
) -> dict[int, Tensor]:
    """Noise latents to a time, and return the attention of their places to words.

    Args:
        latents: scaled, `(B, C, 8, 8)`
        time: from 0, clean, to 1, noise

    Returns:
        at 8 x 8 and at 4 x 4 places, by their number along an axis: attention of heads and layers,
        `(B, N, places, L)`; the first of L is <start>
    """
    t = torch.full((len(latents),), round(time * (N_TIMES - 1)))
    noise = painter.noise(len(latents), seed)
    noisy = diffusion.add_noise(latents, noise, painter.unet.alpha_bars[t])
    words = painter.unet.read(encode(map(str, captions)))
    return painter.unet.predict(noisy, t, *words)[1]


def maps_of(weights: Tensor, n_words: int) -> Tensor:
    """Return the maps of a caption's words, `(n_words, h, h)`, from attention `(N, h^2, L)`."""
    cells = math.isqrt(weights.shape[1])
    return torch.stack([diffusion.word_map(weights, it, cells, cells) for it in range(n_words)])


def hits(
    painter: Painter, scenes: Sequence[Scene], time: float, seed: int = 0
) -> dict[int, dict[str, float]]:
    """Return how often the peak of each kind of word's map lies on the scene's lone thing.

    Of the scenes' own pictures, noised to a time, at 8 x 8 and at 4 x 4 places. "chance" is the
    share of places that the thing covers enough to count.
    """
    captions = [described(it) for it in scenes]
    latents = painter.vae.latents(render(scenes))
    things = torch.cat([masks(it)[:1] for it in scenes])
    found = {}
    for cells, weights in attended(painter, latents, captions, time, seed).items():
        maps = torch.stack([maps_of(it, len(KINDS)) for it in weights])  # (B, kinds, h, h)
        found[cells] = {
            kind: float(diffusion.pointing(maps[:, number], things).float().mean())
            for number, kind in enumerate(KINDS)
        } | {"chance": chance(things, cells)}
    return found


def chance(things: Tensor, cells: int) -> float:
    """Return the share of places that would count as hits, of masks `(N, H, W)`."""
    each = torch.eye(cells**2).reshape(-1, 1, cells, cells)
    rows = [diffusion.pointing(it.expand(len(things), -1, -1), things).float() for it in each]
    return float(torch.stack(rows).mean())
