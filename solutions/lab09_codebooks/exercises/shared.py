"""What several exercises of this lab share."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from autograder.draws import normal


def codes_of_all_lengths(rng: np.random.Generator, n_codes: int, size: int) -> Tensor:
    """Draw codes some of which are far longer than others, away from 0: `(K, d)`."""
    lengths = torch.from_numpy(rng.uniform(0.2, 3, (n_codes, 1))).float()
    return lengths * normal(rng, n_codes, size) + 0.5


def whole(rng: np.random.Generator, below: int, *shape: int) -> Tensor:
    """Draw whole numbers from 0, int64."""
    return torch.from_numpy(rng.integers(below, size=shape))
