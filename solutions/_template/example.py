"""One sentence on what this module is about."""

from __future__ import annotations

import torch


def double(x: torch.Tensor) -> torch.Tensor:
    """Return twice a tensor `(N,)`."""
    ### BEGIN SOLUTION
    # TODO 99.1: twice x
    return 2 * x
    ### END SOLUTION
