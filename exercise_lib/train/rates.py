"""Learning rates over a run."""

from __future__ import annotations

import math

import torch

WARM = 0.1  # share of the steps in which a learning rate rises


def warmed(highest: float, step: int, steps: int) -> float:
    """Return a step's learning rate: up along a line, then down along a cosine to 0."""
    done = step / steps
    if done < WARM:
        return highest * (done + 1 / steps) / WARM
    return highest * 0.5 * (1 + math.cos(math.pi * (done - WARM) / (1 - WARM)))


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = rate
