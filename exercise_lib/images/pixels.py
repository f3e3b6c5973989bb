"""Pictures as numbers from 0 to 1, and how far two of them are apart."""

from __future__ import annotations

from torch import Tensor


def as_floats(pictures: Tensor) -> Tensor:
    return pictures if pictures.is_floating_point() else pictures / 255


def psnr(pictures: Tensor, true: Tensor) -> float:
    """Peak signal-to-noise ratio (dB) of pictures from 0 to 1, or uint8.

    10 log10 (1 / mean (x - y)^2)
    """
    error = (as_floats(pictures) - as_floats(true)).square().mean()
    return float(-10 * error.log10())
