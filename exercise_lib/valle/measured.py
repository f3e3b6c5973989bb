"""What the benchmark measured of models that a notebook has no time to train."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def read_measured() -> dict[str, dict[str, Any]]:
    """Return tables of `python -m benchmarks.valle` by name, each of rows by name."""
    return json.loads(Path(__file__).with_name("measured.json").read_text())
