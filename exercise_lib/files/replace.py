"""Put a file in the place of another in one step."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO


def replace_file(path: Path, write: Callable[[BinaryIO], object]) -> Path:
    """Write a file beside its place, then move it there; whoever is killed leaves the old one.

    Args: write: writes the content to the open file it is given.
    Returns: `path`, readable by everybody (mode 0644).
    Raises: what `write` raises, and OSError as on a full disk; the old file is still there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with open(descriptor, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(part, 0o644)
        os.replace(part, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(part)
        raise
    return path


def write_text(path: Path, text: str) -> Path:
    """Write a text as UTF-8; see `replace_file`."""
    data = text.encode()
    return replace_file(path, lambda file: file.write(data))
