"""The cohort on one page: `reports/cohort.html`, which needs no other file and no network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from statistics import median

from autograder.paths import Course
from autograder.reports.report import Report, read_report, shared_numbers
from exercise_lib.files import write_text

# Four steps of the map cividis: the more points, the lighter, so no colour need be told apart.
LEVELS = (
    ("no points", "#00224e", "#ffffff"),
    ("less than half", "#575d6d", "#ffffff"),
    ("half or more", "#a59c74", "#000000"),
    ("all points", "#fee838", "#000000"),
)
WIDTH, NAMES, ROW, TOP = 900, 300, 26, 8  # of the drawing, in its own units
BARS = WIDTH - NAMES - 20  # units for a whole cohort

STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, sans-serif; color: #1a1a1a; max-width: 60rem; margin: 2rem auto;
       padding: 0 1rem; }
h1 { font-size: 1.7rem; } h2 { font-size: 1.25rem; margin-top: 2.5rem; }
.summary { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr));
           gap: 1rem 2rem; padding: 0; list-style: none; }
.summary b { display: block; font-size: 1.6rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .45rem .7rem .45rem 0;
         border-bottom: 1px solid #ccc; }
td.number, th.number { text-align: right; white-space: nowrap; }
.count { font-size: 1.4rem; font-weight: 600; } .quiet { color: #555; font-size: .9rem; }
svg { width: 100%; height: auto; font: 13px system-ui, sans-serif; }
.flag { font-weight: 600; color: #7a2e0e; }
.student { min-width: 12rem; overflow-wrap: anywhere; }
ul.notes { margin: 0; padding-left: 1.1rem; overflow-wrap: anywhere; }
@media print { body { margin: 0; max-width: none; font-size: 11pt; }
  tr, li { break-inside: avoid; } h2 { break-after: avoid; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
"""


@dataclass(frozen=True)
class Misconception:
    """A mistake, what a teacher says about it, and who made it."""

    name: str
    sentence: str
    students: list[str]


def write_cohort_page(course: Course) -> Path:
    """Write `reports/cohort.html` for everybody who is graded."""
    paths = map(course.report, course.students("autograded"))
    reports = [read_report(it) for it in paths if it.exists()]
    return write_text(course.reports / "cohort.html", cohort_page(reports))


def cohort_page(reports: Sequence[Report]) -> str:
    """Return the page for the reports of a cohort."""
    body = (
        f"<h1>The cohort: {plural(len(reports), 'submission')}</h1>"
        + summary(reports)
        + misconceptions_section(reports)
        + exercises_section(reports)
        + submissions_section(reports)
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>The cohort</title><style>{STYLE}</style></head><body>\n{body}\n</body></html>\n"
    )


def plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def summary(reports: Sequence[Report]) -> str:
    """Return the handful of numbers on top."""
    if not reports:
        return "<p>Nothing is graded yet.</p>"
    numbers = [
        (f"{median(it.score for it in reports):.4g} of {reports[0].max_score:g}", "median points"),
        (str(sum(bool(it.failures) for it in reports)), "flagged: could not be run completely"),
        (str(sum(bool(it.to_grade_by_hand) for it in reports)), "still to be graded by hand"),
        (f"{median(it.seconds for it in reports):.1f} s", "median time of a submission's checks"),
    ]
    items = "".join(f"<li><b>{number}</b>{escape(what)}</li>" for number, what in numbers)
    return f'<ul class="summary">{items}</ul>'


def find_misconceptions(reports: Iterable[Report]) -> list[Misconception]:
    """Return the misconceptions of a cohort, the most frequent first."""
    found: dict[str, Misconception] = {}
    for report in reports:
        for name, sentence in report.misconceptions.items():
            found.setdefault(name, Misconception(name, sentence, [])).students.append(
                report.student
            )
    return sorted(found.values(), key=lambda it: (-len(it.students), it.name))


def misconceptions_section(reports: Sequence[Report]) -> str:
    """Return what to talk about in the next lecture."""
    rows = "".join(
        f'<tr><td class="number count">{len(it.students)}</td><td>{escape(it.sentence)}'
        f'<div class="quiet">{escape(it.name)}: {escape(", ".join(it.students))}</div></td></tr>'
        for it in find_misconceptions(reports)
    )
    table = (
        '<table><thead><tr><th class="number">Students</th><th>What to tell them</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )
    none = "<p>No known misconception was found.</p>"
    return f"<h2>Misconceptions in this cohort</h2>{table if rows else none}"


def exercises_section(reports: Sequence[Report]) -> str:
    """Return the distribution of points, an exercise a row."""
    counts: dict[str, list[int]] = {}
    for report in reports:
        for it in report.exercises:
            counts.setdefault(it.id, [0] * len(LEVELS))[level(it.points, it.max_points)] += 1
    if not counts:
        return ""
    return f"<h2>Points by exercise</h2>{distribution(counts)}"


def level(points: float, max_points: float) -> int:
    """Return which of LEVELS some points are."""
    if points >= max_points:
        return 3
    return 0 if points <= 0 else 1 if points < max_points / 2 else 2


def distribution(counts: dict[str, list[int]]) -> str:
    """Return a drawing with a stacked bar of students for each exercise."""
    most = max(map(sum, counts.values()))
    bottom = TOP + 34 + ROW * len(counts)
    parts = []
    for index, (name, colour, _) in enumerate(LEVELS):
        x = NAMES + index * BARS / len(LEVELS)
        parts.append(f'<rect x="{x:.0f}" y="{TOP}" width="14" height="14" fill="{colour}"/>')
        parts.append(f'<text x="{x + 20:.0f}" y="{TOP + 12}">{name}</text>')
    for row, (exercise, levels) in enumerate(counts.items()):
        y, x = TOP + 30 + ROW * row, float(NAMES)
        parts.append(
            f'<text x="{NAMES - 10}" y="{y + 15}" text-anchor="end">{escape(exercise)}</text>'
        )
        for count, (name, colour, ink) in zip(levels, LEVELS, strict=True):
            width = BARS * count / most
            if count:
                parts.append(
                    f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{ROW - 5}" '
                    f'fill="{colour}" stroke="#fff"><title>{escape(exercise)}, {name}: {count}'
                    "</title></rect>"
                )
            if width > 9 * len(str(count)):
                middle = x + width / 2
                parts.append(
                    f'<text x="{middle:.1f}" y="{y + 15}" text-anchor="middle" fill="{ink}">'
                    f"{count}</text>"
                )
            x += width
    for tick in ticks(most):
        x = NAMES + BARS * tick / most
        parts.append(f'<path d="M{x:.1f} {bottom - 3}v6" stroke="#555"/>')
        parts.append(f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{tick}</text>')
    parts.append(f'<path d="M{NAMES} {bottom}h{BARS}" stroke="#555"/>')
    parts.append(
        f'<text x="{NAMES + BARS / 2}" y="{bottom + 38}" text-anchor="middle">students</text>'
    )
    parts.append(f'<text x="{NAMES - 10}" y="{TOP + 12}" text-anchor="end">exercise</text>')
    lines = "; ".join(
        f"{exercise}: " + ", ".join(f"{n} {it[0]}" for n, it in zip(levels, LEVELS, strict=True))
        for exercise, levels in counts.items()
    )
    return (
        f'<svg viewBox="0 0 {WIDTH} {bottom + 46}" role="img" aria-labelledby="bars about">'
        '<title id="bars">How many students got how much of each exercise</title>'
        f'<desc id="about">{escape(lines)}</desc>{"".join(parts)}</svg>'
    )


def ticks(most: int) -> list[int]:
    """Return whole numbers from 0 to `most` for an axis, at most six of them."""
    step = next(s for power in range(9) for s in (10**power, 2 * 10**power, 5 * 10**power)
                if most / s <= 5)  # fmt: skip
    return list(range(0, most + 1, step))


def submissions_section(reports: Sequence[Report]) -> str:
    """Return each submission's points, time, and what was noted on it."""
    rows = []
    shared = shared_numbers(reports)
    for it in reports:
        flags = [plural(len(it.failures), "failure")] if it.failures else []
        flags += [shared[it.student]] if it.student in shared else []
        flagged = "".join(f'<div class="flag">flagged: {escape(flag)}</div>' for flag in flags)
        notes = "".join(f"<li>{escape(note)}</li>" for note in [*it.failures, *it.repairs])
        hand = f"<div>{it.to_grade_by_hand} to grade by hand</div>" if it.to_grade_by_hand else ""
        rows.append(
            f'<tr><td class="student">{escape(it.student)}</td><td class="number">{it.score:g}</td>'
            f'<td class="number">{it.seconds:.1f}</td><td>{flagged}{hand}'
            f"{f'<ul class=notes>{notes}</ul>' if notes else ''}</td></tr>"
        )
    head = (
        '<th>Student</th><th class="number">Points</th><th class="number">Seconds</th>'
        "<th>Flags, failures and repairs</th>"
    )
    return (
        f"<h2>Submissions</h2><table><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table>"
    )
