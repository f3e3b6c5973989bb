"""Checkpoints that survive a kill, a full disk and a damaged file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch

NEWEST, PREVIOUS = "checkpoint.pt", "checkpoint-previous.pt"


class CheckpointError(RuntimeError):
    """A checkpoint could not be written or read; the message says what is still good."""


def save_checkpoint(folder: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint beside the last one, then let it take its place in one step.

    Raises:
        CheckpointError: it could not be written, such as on a full disk; the last one is intact.
    """
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / "checkpoint.part"
    try:
        with part.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
    except (OSError, RuntimeError) as error:
        part.unlink(missing_ok=True)
        raise CheckpointError(
            f"the checkpoint could not be written to {folder} ({error}). The last one is intact: "
            "make room and run the same command again."
        ) from error
    newest = folder / NEWEST
    if newest.exists():
        os.replace(newest, folder / PREVIOUS)
    os.replace(part, newest)


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
