"""Figures on the terminal."""

from collections.abc import Mapping
from typing import Any

from rich.table import Table


def table(title: str, rows: Mapping[str, Mapping[str, Any]]) -> Table:
    """Return a table of named rows; a figure that a row lacks stays empty."""
    names = list(dict.fromkeys(name for row in rows.values() for name in row))
    made = Table(title=title)
    made.add_column("")
    for name in names:
        made.add_column(name, justify="right")
    for label, row in rows.items():
        made.add_row(label, *(str(row.get(name, "")) for name in names))
    return made
