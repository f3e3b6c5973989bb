"""A wrong result beside the expected one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import torch

from exercise_lib.check.compare import all_close

RELATIVE, ABSOLUTE = 1e-3, 2e-4  # how far apart close values are: of each, and of the largest


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

    @cached_property
    def bound(self) -> float:
        """How far apart two numbers are at most in parts of the two results that are close."""
        return (RELATIVE + ABSOLUTE) * largest(self.expected)

    @cached_property
    def is_reordered(self) -> bool:
        """Whether the result can be the expected numbers in another order or shape."""
        if self.got.numel() != self.expected.numel():
            return False
        got, expected = (it.flatten().sort()[0] for it in (self.got, self.expected))
        return not ((got - expected).abs() > self.bound).any()

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
    if a.shape != b.shape:
        return False
    return all_close(a, b, RELATIVE, ABSOLUTE * largest(b))


def largest(tensor: torch.Tensor) -> float:
    """Return the largest absolute value that is finite; 0 where there is none."""
    if not tensor.numel():
        return 0.0
    found = float(tensor.abs().max())
    if math.isfinite(found):
        return found
    finite = tensor[tensor.isfinite()].abs()
    return float(finite.max()) if finite.numel() else 0.0


def distinct(tensors: Sequence[torch.Tensor]) -> int:
    """Count the different numbers in some tensors; a pattern needs more than one to be seen."""
    values = torch.cat([it.flatten() for it in tensors])
    scale = largest(values) or 1.0
    return len(torch.unique((values[values.isfinite()] / scale).round(decimals=4)))
