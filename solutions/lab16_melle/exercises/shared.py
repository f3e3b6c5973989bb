"""What the exercises of this lab share."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from autograder.draws import normal


def log_variances(rng: np.random.Generator, *shape: int) -> Tensor:
    """Draw logarithms of variances: sigma from .1 to 1."""
    return torch.from_numpy(rng.uniform(-4.6, 0.0, shape)).float()


def around(rng: np.random.Generator, mel: Tensor) -> Tensor:
    """Draw means near true frames, as a trained network has them."""
    return mel + 0.3 * normal(rng, *mel.shape)


def mask(lengths: list[int], most: int) -> Tensor:
    """Return which of `most` places are no padding, `(B, most)`."""
    return torch.arange(most) < torch.tensor(lengths)[:, None]


def mean_inside(values: Tensor, inside: Tensor) -> Tensor:
    """Return the mean of `(B, n_mels, frames)` over bands and the frames inside."""
    return (values.mean(dim=1) * inside).sum() / inside.sum()


def mean_by_sentence(values: Tensor, inside: Tensor) -> Tensor:
    """Return the mean over sentences of their own means."""
    return ((values.mean(dim=1) * inside).sum(1) / inside.sum(1)).mean()
