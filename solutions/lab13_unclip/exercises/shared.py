"""What the exercises of this lab share."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.draws import normal


def embeddings(rng: np.random.Generator, *shape: int) -> Tensor:
    """Draw vectors whose lengths differ much, as those of encoders do: from 0.3 to 9."""
    lengths = torch.from_numpy(rng.uniform(0.3, 9, (*shape[:-1], 1))).float()
    return lengths * F.normalize(normal(rng, *shape), dim=-1)


def on_sphere(rng: np.random.Generator, *shape: int) -> Tensor:
    """Draw vectors of length sqrt(d), as scaled embeddings have."""
    return shape[-1] ** 0.5 * F.normalize(normal(rng, *shape), dim=-1)


def times(rng: np.random.Generator, n: int) -> Tensor:
    """Draw times that are neither all data nor all noise."""
    return torch.from_numpy(rng.uniform(0.08, 0.92, n)).float()
