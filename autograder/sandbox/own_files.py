"""A student's own files in a child: importable, but never in the place of what everybody has."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from autograder.sandbox.bubblewrap import ASSIGNMENT
from autograder.sandbox.namespaces import SCRATCH
from exercise_lib.check.own_modules import PACKAGE

OWN = "own"  # what the names of such files begin with, as in `own/helpers.py`


def put(files: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Put own files where they are found after all others; yield those with a place of their own.

    Args: files: `/assignment/own/helpers.py`, as it is named inside, -> its content.
    """
    start = f"{ASSIGNMENT}/{OWN}/"
    if any(path.startswith(start) for path in files):
        sys.path[:] = [*(it for it in sys.path if it not in ("", SCRATCH)), SCRATCH]
        importlib.import_module(PACKAGE).__path__.append(f"{SCRATCH}/{PACKAGE}")
    for path, content in files.items():
        if path.startswith(start):
            target = Path(SCRATCH, path.removeprefix(start))
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        else:
            yield path, content
