"""A first TODO, to see how writing code and checking it works."""

from __future__ import annotations

import torch


def peak_normalise(waveform: torch.Tensor, peak: float = 0.95) -> torch.Tensor:
    """Scale a waveform so that its largest absolute sample is `peak`.

    y = peak x / max|x|; a silent waveform has no scale and is returned as it is.

    Args:
        waveform: (samples,), linear amplitude.
        peak: the largest absolute amplitude wanted, without unit; 1.0 is full scale.

    Returns:
        (samples,), a new tensor unless the waveform is silent.

    Raises:
        ValueError: the waveform is empty or has more than one axis.
    """
    if waveform.dim() != 1 or waveform.numel() == 0:
        raise ValueError(f"expected a waveform (samples,), got shape {tuple(waveform.shape)}")
    # TODO 0.1: scale as in equation (0.1); silence stays as it is
    raise NotImplementedError("TODO 0.1: scale as in equation (0.1); silence stays as it is")
