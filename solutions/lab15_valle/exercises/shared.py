"""What the exercises of this lab share."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor


def numbers(rng: np.random.Generator, most: int, *shape: int) -> Tensor:
    """Draw whole numbers below `most`."""
    return torch.from_numpy(rng.integers(0, most, shape))


def of_lengths(*lengths: int, longest: int) -> Tensor:
    """Return which places of rows exist, `(B, longest)` bool."""
    return torch.arange(longest) < torch.tensor(lengths)[:, None]
