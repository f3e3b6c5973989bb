"""Small stand-ins for a prior and for what chooses, whose answers are easy to follow."""

from __future__ import annotations

import torch
from torch import Tensor

N_CODES = 11


def next_sum(codes: Tensor) -> Tensor:
    """Return logits `(B, 11)` that depend on all codes so far `(B, t)` and on their order."""
    weights = 1 + torch.arange(codes.shape[1])
    favourite = (3 + (weights * codes).sum(1)) % N_CODES  # (B,)
    away = (torch.arange(N_CODES) - favourite[:, None]) % N_CODES
    return 0.5 - 0.3 * away.float()


def first_best(logits: Tensor) -> Tensor:
    """Return the code of the largest logit, `(B,)`, of those above -1.5 the second one."""
    return logits.topk(2, dim=1).indices[:, 1] + (logits.amax(1) < 0.4).long()


def last_best(logits: Tensor) -> Tensor:
    """Return the third likeliest code, `(B,)`."""
    return logits.topk(3, dim=1).indices[:, 2]
