"""A module's call leaves modes and seeds as they were."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch

SEED = 8191  # which nobody would choose


@contextlib.contextmanager
def undisturbed(module: torch.nn.Module) -> Iterator[None]:
    """Call the module in here.

    Raises:
        ValueError: the call leaves the module in another mode, or seeds torch's random numbers.
    """
    modes = [(it, it.training) for it in module.modules()]
    torch.default_generator.manual_seed(SEED)
    yield
    if any(it.training != mode for it, mode in modes):
        raise ValueError("the call leaves the module in another mode than before")
    if torch.initial_seed() != SEED:
        raise ValueError("the call seeds torch's random numbers")
