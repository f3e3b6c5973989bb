"""A field of velocities that is bent in space and time, so that every way through it ends apart."""

from __future__ import annotations

import torch
from torch import Tensor


def toy_field(z: Tensor, t: Tensor | float) -> Tensor:
    """Return the velocity at places z `(B, ...)` and times t, a scalar or `(B,)`."""
    times = torch.as_tensor(t, dtype=z.dtype)
    if times.dim():
        times = times.reshape(-1, *[1] * (z.dim() - 1))
    return torch.cos(3 * times) * z + torch.sin(2 * z) - times**2
