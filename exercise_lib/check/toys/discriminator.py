"""Small stand-ins that cases pass to functions which take a function."""

from __future__ import annotations

import torch
from torch import Tensor


def toy_discriminator(
    y: Tensor, y_hat: Tensor
) -> tuple[list[Tensor], list[Tensor], list[list[Tensor]], list[list[Tensor]]]:
    """Judge `(B, 1, T)` audio twice, as `(logits, feature maps)` of two sub-discriminators.

    One looks at products of neighbouring samples, the other at samples two apart.
    """
    logits: list[list[Tensor]] = []
    feature_maps: list[list[list[Tensor]]] = []
    for x in (y, y_hat):
        maps = [[torch.tanh(x[..., k:] * x[..., :-k] + 0.3 * x[..., k:])] for k in (1, 2)]
        logits.append([layers[-1].flatten(1) for layers in maps])
        feature_maps.append(maps)
    return logits[0], logits[1], feature_maps[0], feature_maps[1]
