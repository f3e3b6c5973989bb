"""Where the lab's data and kept weights are: in this repository, or on a hub."""

from __future__ import annotations

from pathlib import Path

LOCAL_DATA, HUB_DATA = Path(__file__).resolve().parents[2] / "data", Path("/coursedata")


def folder_of(name: str) -> Path:
    """Return a folder of data, the repository's where there is none."""
    places = LOCAL_DATA / name, HUB_DATA / name
    return next(filter(Path.is_dir, places), places[0])
