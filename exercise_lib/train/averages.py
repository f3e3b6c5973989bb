"""A moving average of a network's weights, which is steadier than they are."""

from __future__ import annotations

import torch
from torch import Tensor, nn

DECAY = 0.998  # of the average, once it is old enough


@torch.no_grad()
def follow(average: nn.Module, model: nn.Module, step: int) -> None:
    """Move an average towards the weights after a training step, by more while it is young."""
    decay = min(DECAY, (step + 1) / (step + 10))
    means: list[Tensor] = [*average.parameters()]
    weights: list[Tensor] = [*model.parameters()]
    torch._foreach_lerp_(means, weights, 1 - decay)  # at once: on a GPU a launch costs more
