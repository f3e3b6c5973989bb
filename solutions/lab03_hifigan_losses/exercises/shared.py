"""What several exercises of this lab share."""

from __future__ import annotations

from typing import Any

import numpy as np
from torch import Tensor

from autograder.draws import normal

REJECTED: dict[str, Any] = {"raises": ("ValueError",)}


def logits_of(rng: np.random.Generator, batch: int, sizes: tuple[int, ...]) -> list[Tensor]:
    """Return one `(batch, size)` tensor per sub-discriminator."""
    return [normal(rng, batch, size) for size in sizes]


def fail_unless_paired(real: list[Tensor], fake: list[Tensor]) -> None:
    if [x.shape for x in real] != [x.shape for x in fake] or not real:
        raise ValueError("real and fake do not pair")
