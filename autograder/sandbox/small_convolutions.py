"""Convolutions without oneDNN: it compiles code for each shape, and cases have many small ones."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def small_convolutions() -> Iterator[None]:
    """Leave oneDNN out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a setting for other processors, each time
        with torch.backends.mkldnn.flags(enabled=False):
            yield
