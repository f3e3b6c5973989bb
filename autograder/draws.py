"""Random inputs that the cases of several modules share."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor


def normal(rng: np.random.Generator, *shape: int) -> Tensor:
    """Draw standard normal numbers, float32."""
    return torch.from_numpy(rng.standard_normal(shape)).float()
