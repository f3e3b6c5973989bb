"""Stand-ins for what draws frames: an MLP of bands, and a decoder that is fed its own frames."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Step = Callable[[Tensor, Tensor | None], tuple[Tensor, Tensor, float, Tensor]]


def toy_mlp(n_mels: int) -> Callable[[Tensor], Tensor]:
    """Return a function of `(..., n_mels)` that mixes the bands of each frame unevenly."""
    places = torch.arange(n_mels, dtype=torch.float32)
    mixed = torch.cos(1.0 + places[:, None] * 1.7 + places * 0.6)

    def mlp(frames: Tensor) -> Tensor:
        return torch.tanh(frames @ mixed + 0.2)

    return mlp


def toy_step(n_mels: int, r: int, stops_after: int) -> Step:
    """Return a decoder's step `(frame, state) -> mu, sigma, stop probability, state`.

    Means and state depend on what is fed back, so that each way to feed another one ends apart.
    """
    mixed = torch.cos(torch.arange(n_mels * r, dtype=torch.float32)[:, None] + 1.3)

    def step(frame: Tensor, state: Tensor | None) -> tuple[Tensor, Tensor, float, Tensor]:
        before = torch.zeros(n_mels + 1) if state is None else state
        hidden = torch.tanh(0.8 * before[:-1] + frame + 0.3)
        mu = (mixed * hidden.repeat(r)[:, None]).sum(1).reshape(n_mels, r) + 0.4 * hidden[:, None]
        sigma = 0.2 + 0.3 * torch.sigmoid(mu)
        count = before[-1:] + 1
        stop = 0.9 if count >= stops_after else 0.1
        return mu, sigma, stop, torch.cat([hidden, count])

    return step
