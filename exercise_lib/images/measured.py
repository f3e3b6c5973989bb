"""What `python -m benchmarks.dit` measured of networks that a notebook has no time to train."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

MEASURED = Path(__file__).with_name("dit_measured.json")


def read_measured() -> dict[str, dict[str, Any]]:
    """Return comparisons by name, each a table of rows."""
    return json.loads(MEASURED.read_text())
