"""A residual network that corrects a linear code of patches."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn


class Convolutions(nn.Module):
    """A residual network `(B, C, h, w)` -> `(B, C', h, w)` whose output begins at 0."""

    def __init__(self, n_in: int, n_out: int, channels: int, blocks: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(n_in, channels, 3, padding=1)
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.GELU(),
                nn.Conv2d(channels, channels, 3, padding=1),
                nn.GELU(),
                nn.Conv2d(channels, channels, 1),
            )
            for _ in range(blocks)
        )
        self.last = nn.Conv2d(channels, n_out, 1)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        h = self.first(x)
        for block in self.blocks:
            h = h + block(h)
        return self.last(F.gelu(h))
