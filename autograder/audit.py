"""Compare the notebooks with the declared exercises: every point is stated, once, and the same."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution

from autograder.exercise import Exercise
from autograder.masters import BuildError

CHECK = re.compile(r"""^check\(["']([\w.]+)["'](?:, *\w+)?\)\s*\Z""", re.MULTILINE)
STATED_POINTS = re.compile(r"\*\*Points:\*\* (\d+(?:\.\d+)?)")


def is_check_cell(cell: NotebookNode) -> bool:
    """Whether this is a test cell in nbgrader's sense: graded by its output, not an answer."""
    return is_grade(cell) and not is_solution(cell)


def checked_exercise(cell: NotebookNode) -> str:
    """Return the id of the exercise that a test cell's last line checks, or ""."""
    found = CHECK.search(cell.source)
    return found[1] if found else ""


def audit(notebooks: Mapping[str, NotebookNode], exercises: Iterable[Exercise]) -> None:
    """Raise BuildError unless notebooks and exercises agree on who asks what for how many points.

    Each exercise needs exactly one test cell, in its own notebook and worth its points, and each
    notebook's first cell states the sum of its points.
    """
    declared = {exercise.id: exercise for exercise in exercises}
    cells = defaultdict(list)
    for name, notebook in notebooks.items():
        for cell in filter(is_check_cell, notebook.cells):
            exercise_id = checked_exercise(cell)
            if exercise_id not in declared:
                raise BuildError(
                    f"{name}: the test cell {cell.metadata.nbgrader.grade_id} must end in "
                    f'check("<a declared exercise>"), not {cell.source!r}'
                )
            cells[exercise_id].append((name, cell.metadata.nbgrader.points))
    for exercise in declared.values():
        if len(cells[exercise.id]) != 1:
            raise BuildError(
                f"{exercise.id}: needs one test cell, has {len(cells[exercise.id])} "
                f"({', '.join(name for name, _ in cells[exercise.id]) or 'none'})"
            )
        [(name, points)] = cells[exercise.id]
        if name != exercise.notebook:
            raise BuildError(f"{exercise.id}: declared for {exercise.notebook}, tested in {name}")
        if points != exercise.points:
            raise BuildError(
                f"{exercise.id}: declared with {exercise.points:g} points, "
                f"its test cell in {name} gives {points:g}"
            )
    for name, notebook in notebooks.items():
        check_stated_points(name, notebook)


def total_points(notebook: NotebookNode) -> float:
    """Return the sum over test cells and answers graded by hand."""
    return sum(cell.metadata.nbgrader.points for cell in notebook.cells if is_grade(cell))


def check_stated_points(name: str, notebook: NotebookNode) -> None:
    """Raise BuildError unless the first cell of a graded notebook states its total."""
    total = total_points(notebook)
    if total == 0:
        return
    stated = STATED_POINTS.search(notebook.cells[0].source)
    if not stated or float(stated[1]) != total:
        raise BuildError(
            f"{name}: its cells sum to {total:g} points, its first cell says "
            f"{stated[0] if stated else 'nothing of the form `**Points:** 12`'}"
        )
