"""What the checks of an autograded notebook say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from nbformat import NotebookNode

from autograder.cells import NOT_RUN, RESULT, checked_exercise, is_check_cell, output_text
from autograder.own_notebooks import read_own
from autograder.paths import Course
from autograder.sandbox.plain_text import plain
from autograder.words import ADVICE

TOOK_TOO_LONG = "a check took too long and was stopped."


@dataclass(frozen=True)
class Said:
    """What one check says.

    `failure` is why it did not come to its end, `import_error` why it could not import the
    exercise's module.
    """

    grade_id: str
    exercise: str
    max_points: float
    text: str
    title: str = ""  # empty where the check did not run
    number: str = ""  # the student number that a personal answer came with
    misconceptions: dict[str, str] = field(default_factory=dict)
    failure: str = ""
    import_error: str = ""
    of_another: bool = False  # whether an answer is right for another student number


def read_checks(cells: Iterable[NotebookNode]) -> list[Said]:
    """Return what the checks among some cells say."""
    return [read_check(it) for it in cells if is_check_cell(it)]


def read_check(cell: NotebookNode) -> Said:
    """Return what an executed test cell says about its exercise."""
    from exercise_lib.check.personal import OF_ANOTHER, PRACTICE

    data: dict[str, Any] = next(
        (it.data[RESULT] for it in cell.outputs if RESULT in it.get("data", {})), {}
    )
    number, text = str(data.get("number", "")), output_text(cell)
    return Said(
        cell.metadata.nbgrader.grade_id,
        checked_exercise(cell),
        float(cell.metadata.nbgrader.points),
        text,
        str(data.get("title", "")),
        "" if number == PRACTICE else number,
        data.get("misconceptions", {}),
        failure_of(cell),
        import_error_in(str(data.get("message", ""))),
        OF_ANOTHER.partition("{number}")[0] in text,
    )


def failure_of(cell: NotebookNode) -> str:
    """Return why a test cell did not come to its end, or ""."""
    for output in cell.outputs:
        if output.output_type == "error" and output.ename in (NOT_RUN, "CellTimeoutError"):
            return output.evalue or TOOK_TOO_LONG
    return ""


def import_error_in(message: str) -> str:
    """Return in one line why a module can't be imported, by what its check says, or ""."""
    from exercise_lib.check.verdict import NOT_IMPORTED

    line = message.partition("\n")[0]
    if not line.startswith(NOT_IMPORTED):
        return ""
    return " ".join(plain(ADVICE.sub("", line.removeprefix(NOT_IMPORTED))).split())


def read_autograded(course: Course, student: str) -> dict[str, list[Said]]:
    """Return what the checks of each autograded notebook say; a lecture's demo has none."""
    folder = course.step("autograded", student)
    return {path.stem: read_checks(read_own(path).cells) for path in sorted(folder.glob("*.ipynb"))}
