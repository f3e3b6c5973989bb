"""What code may set for all of Python: a cell, a module or a case changes it for itself only."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

SETTINGS: tuple[tuple[Callable[[], Any], Callable[[Any], Any]], ...] = (  # how each is read and set
    (torch.get_default_dtype, torch.set_default_dtype),
    (torch.get_default_device, torch.set_default_device),
    (torch.get_num_threads, torch.set_num_threads),
    (torch.is_grad_enabled, torch.set_grad_enabled),
    (torch.are_deterministic_algorithms_enabled, torch.use_deterministic_algorithms),
    (np.geterr, lambda it: np.seterr(**it)),
)


@contextlib.contextmanager
def kept_settings() -> Iterator[None]:
    """Put all settings back at the end."""
    before = [read() for read, _ in SETTINGS]
    with warnings.catch_warnings():
        try:
            yield
        finally:
            for (read, write), value in zip(SETTINGS, before, strict=True):
                if read() != value:
                    write(value)
