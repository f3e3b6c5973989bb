"""What benchmarks measured of networks that a notebook has no time to train."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def read_measured(benchmark: str = "dit") -> dict[str, dict[str, Any]]:
    """Return comparisons of `python -m benchmarks.<benchmark>` by name, each a table of rows."""
    return json.loads(Path(__file__).with_name(f"{benchmark}_measured.json").read_text())
