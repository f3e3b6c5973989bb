"""What several exercises of this lab share."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor


def codes_of(rng: np.random.Generator, n_books: int, n_frames: int, n_bits: int) -> Tensor:
    """Draw codes `(n_books, frames)`."""
    return torch.from_numpy(rng.integers(0, 2**n_bits, (n_books, n_frames)))
