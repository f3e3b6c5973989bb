"""One book that follows the latents of a level, with or without new beginnings of dead codes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from exercise_lib.models.students import StudentModule

if TYPE_CHECKING:
    from exercise_lib import quantization
else:
    quantization = StudentModule("quantization")

# codebook `(K, d)`, counts `(K,)`, latents `(N, d)`, places `(K,)`, least -> codebook, counts
Restart = Callable[[Tensor, Tensor, Tensor, Tensor, float], tuple[Tensor, Tensor]]
DECAY = 0.9  # of the moving averages, for each batch


@torch.no_grad()
def followed(
    latents: Tensor,
    n_codes: int,
    steps: int,
    restart: Restart | None = None,
    least: float = 0.3,
    batch: int = 2048,
    seed: int = 0,
) -> tuple[list[float], list[float]]:
    """Let a book that begins at random follow batches of latents `(N, d)`.

    Args: least: a code that fewer latents of a batch choose, on average, is dead.
    Returns: its perplexity in each batch, and the share of the latents' variance that is lost.
    """
    generator = torch.Generator().manual_seed(seed)
    spread = latents.std()
    book = spread * torch.randn(n_codes, latents.shape[1], generator=generator)
    counts = torch.ones(n_codes)
    sums = book * counts[:, None]
    perplexities, errors = [], []
    for _ in range(steps):
        vectors = latents[torch.randint(len(latents), (batch,), generator=generator)]
        codes = quantization.nearest(vectors, book)
        perplexities.append(float(quantization.perplexity(codes, n_codes)))
        errors.append(float((vectors - book[codes]).square().mean() / latents.var()))
        counts, sums, book = quantization.ema_update(counts, sums, vectors, codes, DECAY)
        if restart is not None:
            places = torch.randint(len(vectors), (n_codes,), generator=generator)
            book, counts = restart(book, counts, vectors, places, least)
            sums = book * counts[:, None]
    return perplexities, errors
