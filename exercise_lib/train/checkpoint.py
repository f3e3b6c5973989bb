"""Checkpoints that survive a kill, a full disk and a damaged file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import torch

from exercise_lib.files import replace_file

NEWEST, PREVIOUS = "checkpoint.pt", "checkpoint-previous.pt"


class CheckpointError(RuntimeError):
    """A checkpoint could not be written or read; the message says what is still good."""


def keep(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Write a file of a run as a whole; see `replace_file`.

    Raises:
        CheckpointError: it could not be written, such as on a full disk; the old one is intact.
    """
    try:
        replace_file(path, write)
    except (OSError, RuntimeError) as error:
        raise CheckpointError(
            f"{path} could not be written ({error}). The last checkpoint is intact: make room and "
            "run the same command again."
        ) from error


def save_checkpoint(folder: Path, state: dict[str, Any]) -> None:
    """Write the newest checkpoint and keep the one before; see `keep`."""
    fresh, newest = folder / "checkpoint-fresh.pt", folder / NEWEST
    keep(fresh, lambda file: torch.save(state, file))
    if newest.exists():
        os.replace(newest, folder / PREVIOUS)
    os.replace(fresh, newest)


def load_checkpoint(folder: Path) -> dict[str, Any] | None:
    """Return the newest checkpoint that can be read, or None where there is none.

    Raises:
        CheckpointError: there are checkpoints and none can be read.
    """
    problems = []
    for path in (folder / NEWEST, folder / PREVIOUS):
        if not path.exists():
            continue
        try:
            return torch.load(path, map_location="cpu", weights_only=True)
        except Exception as error:  # a damaged file fails in many ways
            problems.append(f"{path} is damaged ({type(error).__name__})")
    if problems:
        raise CheckpointError(
            f"{'; '.join(problems)}. Choose another folder, or delete these files to start anew."
        )
    return None
