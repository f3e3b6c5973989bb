"""Points stand in the declarations; the build writes them into cells, headings and sums."""

import re
from collections.abc import Iterable
from copy import deepcopy

from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution

from autograder.builder.sections import sections
from autograder.cells import checked_exercise, is_check_cell
from autograder.exercise import Exercise

TIME = re.compile(r"^\*\*Time:\*\*.*$", re.MULTILINE)


def set_points(notebook: NotebookNode, exercises: Iterable[Exercise]) -> NotebookNode:
    """Return a notebook whose test cells are worth what their exercises declare."""
    points = {exercise.id: exercise.points for exercise in exercises}
    notebook = deepcopy(notebook)
    for cell in filter(is_check_cell, notebook.cells):
        marks = {**cell.metadata.nbgrader, "points": points[checked_exercise(cell)]}
        cell.metadata.nbgrader = NotebookNode(sorted(marks.items()))
    return notebook


def with_points(notebook: NotebookNode) -> NotebookNode:
    """Return a notebook that says what it is worth.

    Each `## ` heading states the points of the cells below it, and the first cell their sum: behind
    the time, or in a paragraph of its own.
    """
    notebook = deepcopy(notebook)
    for section in reversed(sections(notebook)):
        if section.graded:
            source, end = section.cell.source, section.end
            section.cell.source = f"{source[:end]} ({worth(section.graded)}){source[end:]}"
    first, total = notebook.cells[0], sum_of(filter(is_grade, notebook.cells))
    if total:
        time = TIME.search(first.source)
        end, between = (time.end(), " · ") if time else (len(first.source), "\n\n")
        points = f"{between}**Points:** {total:g}"
        first.source = f"{first.source[:end]}{points}{first.source[end:]}"
    return notebook


def worth(cells: list[NotebookNode]) -> str:
    """Return what a heading says of the cells below it: `2 points, graded by hand`."""
    total = sum_of(cells)
    by_hand = ", graded by hand" if all(map(is_solution, cells)) else ""
    return f"{total:g} point{'' if total == 1 else 's'}{by_hand}"


def sum_of(cells: Iterable[NotebookNode]) -> float:
    return sum(cell.metadata.nbgrader.points for cell in cells)
