"""What several exercises of this lab share."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from autograder.draws import normal


def embeddings(rng: np.random.Generator, *shape: int) -> Tensor:
    """Draw vectors whose lengths differ much, as those of encoders do: from 0.3 to 4."""
    lengths = torch.from_numpy(rng.uniform(0.3, 4, (*shape[:-1], 1))).float()
    return lengths * torch.nn.functional.normalize(normal(rng, *shape), dim=-1)
