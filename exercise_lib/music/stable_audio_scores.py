"""How well sounds follow what was asked: the caption by the oracle, the seconds by their level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

import torch
from torch import Tensor

from exercise_lib.music.instruments import RATE
from exercise_lib.music.oracle import read
from exercise_lib.music.pieces import Kind

FRAME = RATE // 100  # samples, 10 ms
QUIET = 0.02  # level below which there is silence, -34 dB below the loudest frame
MARGIN = 0.04  # seconds behind the end that don't count as behind: one latent
ATTRIBUTES = tuple(it.name for it in fields(Kind))


def followed(kinds: Sequence[Kind], sounds: Tensor) -> dict[str, float]:
    """Return in which share of sounds `(B, 48000)` the oracle hears each thing as it was asked."""
    heard = [it.kind for it in read(sounds)]
    pairs = [*zip(kinds, heard, strict=True)]
    right = {name: [getattr(a, name) == getattr(b, name) for a, b in pairs] for name in ATTRIBUTES}
    right["all"] = [a == b for a, b in pairs]
    return {name: sum(its) / len(its) for name, its in right.items()}


def frame_levels(sounds: Tensor) -> Tensor:
    """Return the root mean square of every 10 ms, `(B, samples)` to `(B, samples / 160)`."""
    return sounds.unfold(1, FRAME, FRAME).square().mean(2).sqrt()


def sounding_seconds(sounds: Tensor) -> Tensor:
    """Return until when each sound `(B, samples)` is heard, `(B,)` seconds."""
    levels = frame_levels(sounds)
    is_heard = levels > QUIET * levels.amax(1, keepdim=True)
    numbers = torch.arange(1, levels.shape[1] + 1)
    return (is_heard * numbers).amax(1) * FRAME / RATE


def level_behind(sounds: Tensor, seconds: Tensor) -> Tensor:
    """Return the level behind the asked end as a share of the level before it, `(B,)`.

    Args: seconds: when each sound was to end, `(B,)`; what is 40 ms behind doesn't count.
    """
    at = torch.arange(sounds.shape[1]) / RATE
    is_before, is_behind = at < seconds[:, None], at >= seconds[:, None] + MARGIN
    before, behind = (
        ((sounds.square() * its).sum(1) / its.sum(1).clamp(min=1)).sqrt()
        for its in (is_before, is_behind)
    )
    return behind / before
