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


def toy_field_of_tensors(z: Tensor, t: Tensor) -> Tensor:
    """Return the velocity as a network does that needs its time as a tensor `()`.

    Raises: TypeError: the time is something else.
    """
    if not isinstance(t, Tensor) or t.dim():
        kind = (
            f"a tensor {tuple(t.shape)}" if isinstance(t, Tensor) else f"of type {type(t).__name__}"
        )
        raise TypeError(f"velocity(z, t) takes t as a tensor (), and got one that is {kind}")
    return toy_field(z, t)
