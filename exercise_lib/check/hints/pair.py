"""A wrong result beside the expected one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch


@dataclass(frozen=True)
class Pair:
    """Two real tensors of float64, and what a student can call the case's arguments.

    `sizes` has lengths as `x.shape[0]`, `numbers` numbers as `config.n_fft`.
    """

    expected: torch.Tensor
    got: torch.Tensor
    sizes: dict[str, int] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)

    @property
    def same_shape(self) -> bool:
        return self.expected.shape == self.got.shape

    def is_told_by(self, values: torch.Tensor) -> bool:
        """Say whether the result is `values`, and not only as near to them as to the right one."""
        if not close(self.got, values):
            return False
        if not self.same_shape or not self.got.isfinite().all():
            return True
        far, near = (float((self.got - it).abs().max()) for it in (self.expected, values))
        return near <= 0.02 * far


def close(a: torch.Tensor, b: torch.Tensor) -> bool:
    """Say whether two tensors agree in shape and, to a thousandth, in values."""
    atol = 2e-4 * largest(b)
    return a.shape == b.shape and torch.allclose(a, b, rtol=1e-3, atol=atol, equal_nan=True)


def largest(tensor: torch.Tensor) -> float:
    finite = tensor[tensor.isfinite()].abs()
    return float(finite.max()) if finite.numel() else 0.0


def distinct(tensors: Sequence[torch.Tensor]) -> int:
    """Count the different numbers in some tensors; a pattern needs more than one to be seen."""
    values = torch.cat([it.flatten() for it in tensors])
    scale = largest(values) or 1.0
    return len(torch.unique((values[values.isfinite()] / scale).round(decimals=4)))
