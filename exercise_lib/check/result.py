"""The result of a check: a number for nbgrader, a table for people."""

from __future__ import annotations

import html
import sys
from dataclasses import dataclass
from typing import Any

from exercise_lib.figures import colours
from exercise_lib.figures.prose import prose

MIME = "application/vnd.exercise-check+json"


@dataclass(frozen=True)
class Row:
    """One case in the table."""

    case: str
    passed: bool
    expected: str = ""
    got: str = ""
    error: float | None = None
    reason: str = ""
    hidden: bool = False
    counts: str = ""  # its weight, or "minor"


class CheckResult(float):
    """The points a check earned, with the rows and the misconceptions named."""

    id: str
    title: str
    max_points: float
    rows: list[Row]
    misconceptions: dict[str, str]
    message: str
    notes: list[str]
    number: str = ""  # the student number that a personal answer came with

    def __new__(cls, points: float, **fields: Any) -> CheckResult:
        """Make a result worth `points` with the attributes given by name."""
        result = super().__new__(cls, points)
        result.__dict__.update(fields)
        return result

    @property
    def passed(self) -> bool:
        return bool(self.rows) and all(row.passed for row in self.rows)

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain data, for the grader."""
        return {
            "id": self.id,
            "title": self.title,
            "points": float(self),
            "max_points": self.max_points,
            "message": self.message,
            "number": self.number,
            "misconceptions": self.misconceptions,
            "cases": [dict(vars(row)) for row in self.rows],
        }

    def _headline(self) -> str:
        points = f"{float(self):g} of {self.max_points:g} points"
        if not self.rows:
            return f"{self.title} ({self.id}): {points}"
        count = sum(row.passed for row in self.rows)
        return f"{self.title} ({self.id}): {count} of {len(self.rows)} cases pass, {points}"

    def __str__(self) -> str:
        lines = [self._headline()]
        if self.message:
            lines.append(f"  {self.message}")
        for row in self.rows:
            counts = "" if row.counts in ("", "1") else f" (counts: {row.counts})"
            lines.append(f"  [{'ok' if row.passed else '--'}] {row.case}{counts}")
            if not row.passed:
                detail = [row.reason] if row.reason else []
                if row.expected or row.got:
                    detail.append(f"expected {row.expected}, got {row.got}")
                if row.error is not None:
                    detail.append(f"largest error {row.error:.3g}")
                for part in detail:
                    lines += [f"         {line}" for line in part.splitlines()]
        lines += [f"  Likely mistake: {sentence}" for sentence in self.misconceptions.values()]
        lines += [f"  Note: {note}" for note in self.notes]
        return "\n".join(lines)

    def __repr__(self) -> str:
        """Return the number in a notebook's kernel and the table elsewhere.

        IPython prints every kind of float by its repr, and nbgrader reads the points from that.
        """
        return repr(float(self)) if "ipykernel" in sys.modules else str(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """Return the number as text (nbgrader reads it), the table as HTML, the data as JSON."""
        return {"text/plain": repr(self), "text/html": self.as_html(), MIME: self.as_dict()}

    def as_html(self) -> str:
        """Return the table as HTML that is readable on light and dark pages."""
        table = _html_table(self.rows) if self.rows else ""
        below = [
            f'<p style="margin:6px 0;padding:6px 10px;border-left:4px solid {colours.BAD}">'
            f"<b>Likely mistake.</b> {prose(sentence)}</p>"
            for sentence in self.misconceptions.values()
        ]
        if self.message:
            below.insert(0, f'<p style="margin:6px 0">{_lines(self.message)}</p>')
        below += [f'<p style="margin:6px 0;opacity:.75">{prose(note)}</p>' for note in self.notes]
        colour = colours.GOOD if self.passed else colours.BAD
        return (
            f'<div style="border-left:6px solid {colour};padding-left:12px">'
            f"<b>{html.escape(self._headline())}</b>{table}{''.join(below)}</div>"
        )


def _html_table(rows: list[Row]) -> str:
    """Return a table without the columns that no row fills."""
    texts = [_texts(row) for row in rows]
    heads = [head for head in texts[0] if any(it[head] for it in texts)]
    shown = "".join(
        f'<th style="text-align:left;padding:2px 10px">{head}</th>' for head in ("", *heads)
    )
    cells = "".join(
        _html_row(row, [it[head] for head in heads]) for row, it in zip(rows, texts, strict=True)
    )
    return f'<table style="border-collapse:collapse"><tr>{shown}</tr>{cells}</table>'


def _texts(row: Row) -> dict[str, str]:
    """Return what the columns say of a case, by their headings."""
    return {
        "case": row.case,
        "counts": row.counts,
        "expected": row.expected,
        "got": row.got,
        "largest error": "" if row.error is None else f"{row.error:.3g}",
    }


def _html_row(row: Row, texts: list[str]) -> str:
    mark, colour = ("✓", colours.GOOD) if row.passed else ("✗", colours.BAD)
    cell = '<td style="text-align:left;padding:2px 10px;vertical-align:top">'
    shown = "".join(f"{cell}{html.escape(text)}</td>" for text in texts)
    line = f'<tr><td style="color:{colour};padding:2px 10px"><b>{mark}</b></td>{shown}</tr>'
    if row.reason and not row.passed:
        span = f'<td colspan="{len(texts)}" style="text-align:left">'
        line += f"<tr><td></td>{span}{_lines(row.reason)}</td></tr>"
    return line


def _lines(text: str) -> str:
    """Return text as HTML; what follows the first line is the student's code."""
    first, *rest = text.split("\n")
    return prose(first) + "".join(f"<br><code>{html.escape(line)}</code>" for line in rest)
