"""One codebook that follows what it quantises, by moving averages or by a loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from exercise_lib.models.students import StudentModule

if TYPE_CHECKING:
    from exercise_lib import quantization
else:
    quantization = StudentModule("quantization")


class Book(nn.Module):
    """K codes of d numbers.

    Args:
        n_codes: K.
        size: d.
        decay: of the moving averages, for each batch.
        least: a code chosen by fewer vectors of a batch, on average, begins anew; 0: none does.
        by_loss: the codes are parameters, moved by a loss's gradient in place of averages.
    """

    codebook: Tensor  # (K, d)
    counts: Tensor  # (K,)
    sums: Tensor  # (K, d)

    def __init__(
        self,
        n_codes: int,
        size: int,
        decay: float = 0.99,
        least: float = 0.5,
        by_loss: bool = False,
    ) -> None:
        super().__init__()
        self.decay, self.least, self.by_loss = decay, least, by_loss
        codes = torch.randn(n_codes, size)
        if by_loss:
            self.codebook = nn.Parameter(codes)
        else:
            self.register_buffer("codebook", codes)
        self.register_buffer("counts", torch.ones(n_codes))
        self.register_buffer("sums", codes.clone())

    def __len__(self) -> int:
        return len(self.codebook)

    def begin_from(self, vectors: Tensor) -> None:
        """Take vectors drawn by chance as codes."""
        codes, count = drawn(vectors, len(self)), self.least or 1.0
        self.set(torch.full_like(self.counts, count), count * codes, codes)

    @torch.no_grad()
    def learn(self, vectors: Tensor, codes: Tensor) -> None:
        """Follow a batch of vectors `(N, d)` with their codes `(N,)`; dead codes begin anew."""
        if self.by_loss:
            return
        state = quantization.ema_update(self.counts, self.sums, vectors, codes, self.decay)
        if self.least:
            candidates = drawn(vectors, len(self))
            state = quantization.restart_dead(*state[:2], candidates, self.least)
        self.set(*state)

    @torch.no_grad()
    def set(self, counts: Tensor, sums: Tensor, codebook: Tensor) -> None:
        self.counts.copy_(counts)
        self.sums.copy_(sums)
        self.codebook.copy_(codebook)


def drawn(vectors: Tensor, n: int) -> Tensor:
    """Return n of the vectors, drawn by chance."""
    return vectors[torch.randint(len(vectors), (n,), device=vectors.device)]
