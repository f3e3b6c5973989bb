"""What several exercises of this lab share."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch.nn.functional as F
from torch import Tensor

from autograder.draws import normal

from ...exercise_lib.discriminators import SLOPE, Judged

REJECTED: dict[str, Any] = {"raises": ("ValueError",)}


DEEP: dict[str, Any] = {"rtol": 1e-3, "atol": 1e-5, "why": "float32 through eight layers"}


TINY = 1 / 256  # width: MSD's layers have 1 to 4 channels, its maps fit into a bundle


SLIM = 1 / 64  # width: MPD's layers have 1 to 16 channels


LOUD = 50  # factor on audio, so that logits depend on it and on what is done to them
SMALL = 1 / 32  # width: layers have up to 32 channels in up to 16 groups


def audio(rng: np.random.Generator, batch: int, samples: int) -> Tensor:
    return normal(rng, batch, 1, samples)


def judge(
    self: Any,
    x: Tensor,
    activation=lambda x: F.leaky_relu(x, SLOPE),
    keep=lambda before, after: after,
    finish=lambda x: x,
) -> tuple[Tensor, list[Tensor]]:
    """The forward pass of a sub-discriminator with one step changed, without folding."""
    fmaps = []
    for conv in self.convs:
        before = conv(x)
        x = activation(before)
        fmaps.append(keep(before, x))
    x = finish(self.conv_post(x))
    fmaps.append(keep(x, x))
    return x.flatten(1), fmaps


def judge_all(real_side: list[Any], fake_side: list[Any]) -> Judged:
    """Sort (logits, feature maps) pairs of real and generated audio into the four lists."""
    return (
        [logits for logits, _ in real_side],
        [logits for logits, _ in fake_side],
        [fmaps for _, fmaps in real_side],
        [fmaps for _, fmaps in fake_side],
    )
