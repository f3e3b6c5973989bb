"""nbgrader's feedback pages, made by one exporter for all students of a run."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import SubmittedAssignment, SubmittedNotebook
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import is_grade, is_solution, is_task

from autograder.nbgrader_setup.settings import course_config
from autograder.own_notebooks import read_own
from autograder.paths import Course, Repository
from autograder.sandbox.plain_text import plain
from autograder.submissions.answers import fence
from autograder.submissions.unpack import KEPT
from exercise_lib.files import write_text


class FeedbackPages:
    """Makes the pages of a course; what is the same for all students is made once."""

    def __init__(self, repository: Repository, course: Course) -> None:
        self.course = course
        config = course_config(repository, course)
        converter = GenerateFeedback(coursedir=CourseDirectory(config=config), config=config)
        self.exporter = converter.exporter_class(config=converter.config)
        self.warm_up()

    def warm_up(self) -> None:
        """Make the pages of the release, which the students' share most of their cells with."""
        for path in sorted(self.course.release.glob("*.ipynb")):
            notebook = read_own(path)
            for cell in notebook.cells:
                cell.metadata.get("nbgrader", {}).update(score=0, points=0)
            self.html(notebook, path.stem, score=0, max_score=0, late_penalty=0)

    def write(self, submission: SubmittedAssignment, as_typed: bool) -> list[Path]:
        """Write `feedback/<student>/<assignment>/*.html` for the notebooks that are autograded.

        Beside them goes what nbgrader keeps of a submission, by which its exchange knows them.

        Args: as_typed: whether Markdown that the student wrote is left as it is.
        """
        student = submission.student.id
        autograded, folder = (self.course.step(it, student) for it in ("autograded", "feedback"))
        pages = []
        for submitted in submission.notebooks:
            path = autograded / f"{submitted.name}.ipynb"
            if path.exists():
                notebook = read_own(path)
                if as_typed:
                    leave_as_typed(notebook)
                page = self.page(notebook, submitted, student)
                pages.append(write_text(folder / f"{submitted.name}.html", page))
        for name in KEPT:
            if (autograded / name).exists():
                shutil.copyfile(autograded / name, folder / name)
        return pages

    def page(self, notebook: NotebookNode, submitted: SubmittedNotebook, student: str) -> str:
        """Return the page of one notebook."""
        add_grades(notebook, submitted)
        penalty = submitted.late_submission_penalty or 0
        return self.html(
            notebook,
            submitted.name,
            student=student,
            score=submitted.score - penalty,
            max_score=submitted.max_score,
            late_penalty=penalty,
        )

    def html(self, notebook: NotebookNode, name: str, **about: Any) -> str:
        """Return a page; `about` is what nbgrader's template shows on top of it."""
        known = {"assignment": self.course.assignment, "notebook": name}
        resources = {
            "unique_key": name,
            "metadata": {"name": name, "path": ""},
            "nbgrader": known | about,
        }
        page, _ = self.exporter.from_notebook_node(notebook, resources)
        return plain(page)  # a student's cells may hold control characters


def leave_as_typed(notebook: NotebookNode) -> None:
    """Let a page show the Markdown of answers as text."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and is_solution(cell):
            cell.source, cell.attachments = fence(cell.source), {}


def add_grades(notebook: NotebookNode, submitted: SubmittedNotebook) -> None:
    """Put points and comments into a notebook's metadata, where nbgrader's template reads them."""
    grades = {it.name: it for it in submitted.grades}
    comments = {it.name: it for it in submitted.comments}
    for cell in notebook.cells:
        about = cell.metadata.get("nbgrader", {})
        if is_solution(cell) or is_task(cell):
            about["comment"] = comments[about["grade_id"]].comment
        if is_grade(cell) or is_task(cell):
            grade = grades[about["grade_id"]]
            about["score"], about["points"] = grade.score, grade.max_score
