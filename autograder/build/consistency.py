"""Compare the notebooks with the declared exercises: every point is stated, once, and the same."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from nbformat import NotebookNode
from nbgrader.utils import is_grade

from autograder.build.masters import BuildError
from autograder.cells import checked_exercise, is_check_cell
from autograder.exercise import Exercise

STATED_POINTS = re.compile(r"\*\*Points:\*\* (\d+(?:\.\d+)?)")


def audit(notebooks: Mapping[str, NotebookNode], exercises: Iterable[Exercise]) -> None:
    """Raise BuildError unless notebooks and exercises agree on who asks what for how many points.

    Each exercise needs exactly one test cell, in its own notebook and worth its points, and each
    graded notebook's first cell states the sum of its points. The message lists all that is wrong.
    """
    declared = {exercise.id: exercise for exercise in exercises}
    cells = defaultdict(list)
    problems = []
    for name, notebook in notebooks.items():
        for cell in filter(is_check_cell, notebook.cells):
            cells[checked_exercise(cell)].append((name, cell.metadata.nbgrader.points))
            if checked_exercise(cell) not in declared:
                problems.append(
                    f"{name}: the test cell {cell.metadata.nbgrader.grade_id} must end in "
                    f'check("<a declared exercise>"), not {cell.source!r}'
                )
    for exercise in declared.values():
        problems += exercise_problems(exercise, cells[exercise.id])
    for name, notebook in notebooks.items():
        problems += stated_points_problems(name, notebook)
    if problems:
        raise BuildError("\n".join(problems))


def exercise_problems(exercise: Exercise, cells: list[tuple[str, float]]) -> list[str]:
    """Compare an exercise with its test cells, given as (notebook, points)."""
    if len(cells) != 1:
        where = ", ".join(name for name, _ in cells) or "none"
        return [f"{exercise.id}: needs one test cell, has {len(cells)} ({where})"]
    [(name, points)] = cells
    if name != exercise.notebook:
        return [f"{exercise.id}: declared for {exercise.notebook}, tested in {name}"]
    if points != exercise.points:
        return [
            f"{exercise.id}: declared with {exercise.points:g} points, "
            f"its test cell in {name} gives {points:g}"
        ]
    return []


def total_points(notebook: NotebookNode) -> float:
    """Return the sum over test cells and answers graded by hand."""
    return sum(cell.metadata.nbgrader.points for cell in notebook.cells if is_grade(cell))


def stated_points_problems(name: str, notebook: NotebookNode) -> list[str]:
    """Compare the sum of a graded notebook's points with what its first cell says."""
    total = total_points(notebook)
    stated = STATED_POINTS.search(notebook.cells[0].source)
    if total == 0 or (stated and float(stated[1]) == total):
        return []
    says = stated[0] if stated else "nothing of the form `**Points:** 12`"
    return [f"{name}: its cells sum to {total:g} points, its first cell says {says}"]
