"""Compare the notebooks with the declared exercises: each has one test cell, in its notebook."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from nbformat import NotebookNode
from nbgrader.utils import is_grade

from autograder.cells import checked_exercise, is_check_cell
from autograder.errors import BuildError
from autograder.exercise import HARDEST, Exercise

STATED = re.compile(
    r"\*\*Points:\*\*.*|^## .*\((?:\d.* (?:points?|minutes?)\b|[●○]).*\)", re.MULTILINE
)
TIME = re.compile(r"\*\*Time:\*\* about (\d+) minutes")


def audit(notebooks: Mapping[str, NotebookNode], exercises: Iterable[Exercise]) -> None:
    """Raise BuildError unless each exercise has exactly one test cell, in its own notebook.

    A notebook must not state points itself. The message lists all that is wrong.
    """
    declared = {exercise.id: exercise for exercise in exercises}
    cells = defaultdict(list)
    problems = []
    for name, notebook in notebooks.items():
        for cell in filter(is_check_cell, notebook.cells):
            cells[checked_exercise(cell)].append(name)
            if checked_exercise(cell) not in declared:
                problems.append(
                    f"{name}: the test cell {cell.metadata.nbgrader.grade_id} must end in "
                    f'check("<a declared exercise>"), not {cell.source!r}'
                )
    for exercise in declared.values():
        problems += exercise_problems(exercise, cells[exercise.id])
    for name, notebook in notebooks.items():
        problems += stated_points_problems(name, notebook)
        own = [it for it in declared.values() if it.notebook == name]
        problems += time_problems(notebook, own)
    if problems:
        raise BuildError("\n".join(problems))


def exercise_problems(exercise: Exercise, names: list[str]) -> list[str]:
    """Look at an exercise and its test cells, given as the notebooks they are in."""
    if not 1 <= exercise.difficulty <= HARDEST or exercise.minutes < 1:
        return [f"{exercise.id}: its difficulty is 1 to {HARDEST}, its minutes are 1 or more"]
    if len(names) != 1:
        where = ", ".join(names) or "none"
        return [f"{exercise.id}: needs one test cell, has {len(names)} ({where})"]
    if names != [exercise.notebook]:
        return [f"{exercise.id}: declared for {exercise.notebook}, tested in {names[0]}"]
    return []


def stated_points_problems(name: str, notebook: NotebookNode) -> list[str]:
    """Look for points and effort that a master states, and for a place for the sum of points."""
    problems = [
        f"{name}: the master states `{stated}`, but the build writes points and effort "
        "from the declarations: leave them out"
        for cell in notebook.cells
        if cell.cell_type == "markdown" and not is_grade(cell)
        for stated in STATED.findall(cell.source)
    ]
    if notebook.cells[0].cell_type != "markdown" and any(map(is_grade, notebook.cells)):
        problems.append(f"{name}: its first cell must be text, where the sum of its points goes")
    return problems


def time_problems(notebook: NotebookNode, exercises: list[Exercise]) -> list[str]:
    """Compare the time that a notebook states with that of its exercises."""
    stated = TIME.search(notebook.cells[0].source)
    needed = sum(it.minutes for it in exercises)
    if not stated or int(stated[1]) >= needed:
        return []
    return [f"{exercises[0].notebook}: states {stated[1]} minutes, its exercises take {needed}"]
