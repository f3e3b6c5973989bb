"""The scale on which the Tacotron reads and writes mel spectrograms."""

from __future__ import annotations

from torch import Tensor


def normalise(log_mel: Tensor) -> Tensor:
    """Natural-log magnitudes to about [-1.3, 1.3], what the network sees."""
    return log_mel / 5 + 1


def denormalise(x: Tensor) -> Tensor:
    """The inverse of `normalise`."""
    return (x - 1) * 5
