"""Points and effort stand in the declarations; the build writes them into cells and headings."""

import re
from collections.abc import Iterable
from copy import deepcopy

from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution

from autograder.builder.sections import sections
from autograder.cells import checked_exercise, is_check_cell
from autograder.exercise import HARDEST, Exercise
from autograder.words import plural

TIME = re.compile(r"^\*\*Time:\*\*.*$", re.MULTILINE)


def set_points(notebook: NotebookNode, exercises: Iterable[Exercise]) -> NotebookNode:
    """Return a notebook whose test cells are worth what their exercises declare."""
    points = {exercise.id: exercise.points for exercise in exercises}
    notebook = deepcopy(notebook)
    for cell in filter(is_check_cell, notebook.cells):
        marks = {**cell.metadata.nbgrader, "points": points[checked_exercise(cell)]}
        cell.metadata.nbgrader = NotebookNode(sorted(marks.items()))
    return notebook


def with_effort(
    notebook: NotebookNode, exercises: Iterable[Exercise], show_points: bool
) -> NotebookNode:
    """Return a notebook whose `## ` headings state the effort of the exercises below them.

    Args: show_points: whether they also state the points, and the first cell their sum: behind the
        time, or in a paragraph of its own.
    """
    notebook = deepcopy(notebook)
    declared = {exercise.id: exercise for exercise in exercises}
    for section in reversed(sections(notebook)):
        stated = [worth(section.graded)] if section.graded and show_points else []
        stated += effort([declared[checked_exercise(it)] for it in section.checks])
        if stated:
            source, end = section.cell.source, section.end
            section.cell.source = f"{source[:end]} ({' · '.join(stated)}){source[end:]}"
    if show_points:
        state_sum(notebook)
    return notebook


def state_sum(notebook: NotebookNode) -> None:
    """Write what a notebook is worth into its first cell."""
    first, total = notebook.cells[0], sum_of(filter(is_grade, notebook.cells))
    if total:
        time = TIME.search(first.source)
        end, between = (time.end(), " · ") if time else (len(first.source), "\n\n")
        points = f"{between}**Points:** {total:g}"
        first.source = f"{first.source[:end]}{points}{first.source[end:]}"


def effort(exercises: list[Exercise]) -> list[str]:
    """Return what a heading says of the exercises below it: `["●●○", "10 minutes"]`."""
    if not exercises:
        return []
    hardest = max(it.difficulty for it in exercises)
    minutes = sum(it.minutes for it in exercises)
    dots = "●" * hardest + "○" * (HARDEST - hardest)
    return [dots, plural(minutes, "minute")]


def worth(cells: list[NotebookNode]) -> str:
    """Return what a heading says of the cells below it: `2 points, graded by hand`."""
    total = sum_of(cells)
    by_hand = ", graded by hand" if all(map(is_solution, cells)) else ""
    return f"{total:g} point{'' if total == 1 else 's'}{by_hand}"


def sum_of(cells: Iterable[NotebookNode]) -> float:
    return sum(cell.metadata.nbgrader.points for cell in cells)
