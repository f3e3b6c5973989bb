"""CSV files: written completely or not at all, without formulas, numbers rounded."""

import csv
import re
from collections.abc import Iterable
from io import StringIO
from pathlib import Path

from autograder.sandbox.plain_text import plain
from exercise_lib.files import write_text

DECIMALS = 4  # as fine as points are: what follows is how computers add
FORMULA = re.compile(r"'*(?!-[0-9.]+$)\s*[=+\-@|%＝＋－＠\t\r]")  # a negative number is none


def write_csv(path: Path, rows: Iterable[Iterable[str | float | None]]) -> Path:
    """Write rows with numbers rounded to `DECIMALS`.

    What a spreadsheet would take for a formula gets a quotation mark.
    """
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([written(it) for it in row] for row in rows)
    return write_text(path, text.getvalue())


def read_csv(path: Path) -> list[dict[str, str]]:
    """Return the lines of a file that `write_csv` wrote, by heading and as they were before."""
    with path.open(newline="", encoding="utf-8") as file:
        return [{key: armed(it) for key, it in row.items()} for row in csv.DictReader(file)]


def written(cell: str | float | None) -> str | float | None:
    """Return a cell as it is written."""
    if isinstance(cell, str):
        return disarmed(plain(cell))
    return round(cell, DECIMALS) if isinstance(cell, float) else cell


def disarmed(cell: str) -> str:
    return f"'{cell}" if FORMULA.match(cell) else cell


def armed(cell: str) -> str:
    """Return the cell that was disarmed."""
    return cell.removeprefix("'") if FORMULA.match(cell) else cell
