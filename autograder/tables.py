"""CSV files: written completely or not at all, and without formulas."""

import csv
import re
from collections.abc import Iterable
from io import StringIO
from pathlib import Path

from autograder.sandbox.plain_text import plain
from exercise_lib.files import write_text

FORMULA = re.compile(r"'*(?!-[0-9.]+$)\s*[=+\-@|%＝＋－＠\t\r]")  # a negative number is none


def write_csv(path: Path, rows: Iterable[Iterable[str | float | None]]) -> Path:
    """Write rows; what a spreadsheet would take for a formula gets a quotation mark."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows(
        [disarmed(plain(it)) if isinstance(it, str) else it for it in row] for row in rows
    )
    return write_text(path, text.getvalue())


def read_csv(path: Path) -> list[dict[str, str]]:
    """Return the lines of a file that `write_csv` wrote, by heading and as they were before."""
    with path.open(newline="", encoding="utf-8") as file:
        return [{key: armed(it) for key, it in row.items()} for row in csv.DictReader(file)]


def disarmed(cell: str) -> str:
    return f"'{cell}" if FORMULA.match(cell) else cell


def armed(cell: str) -> str:
    """Return the cell that was disarmed."""
    return cell.removeprefix("'") if FORMULA.match(cell) else cell
