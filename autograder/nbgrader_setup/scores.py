"""What nbgrader's autograder notes of a graded notebook, by nbgrader's own rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode
from nbgrader.utils import compute_checksum, determine_grade, is_grade, is_solution

from autograder.nbgrader_setup.answers import answers_in


@dataclass(frozen=True)
class NotebookScores:
    """What one notebook's cells gave, by grade id."""

    points: dict[str, float | None]  # None where a person has to give them
    answered: dict[str, bool]  # whether an answer is another than the released one
    answers: dict[str, str]  # digests of what graded cells are about


def scores_of(
    notebook: NotebookNode, modules: Mapping[str, bytes], references: Path
) -> NotebookScores:
    """Return the points that a notebook's outputs and answers give; see `answers_in`."""
    return NotebookScores(
        {grade_id(it): determine_grade(it)[0] for it in filter(is_grade, notebook.cells)},
        {
            grade_id(it): it.metadata.nbgrader.get("checksum") != compute_checksum(it)
            for it in filter(is_solution, notebook.cells)
        },
        answers_in(notebook, modules, references),
    )


def grade_id(cell: NotebookNode) -> str:
    return cell.metadata.nbgrader.grade_id
