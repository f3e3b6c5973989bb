"""Grading in the sandbox leaves in the gradebook what nbgrader's own autograder leaves there."""

import shutil
import sqlite3
from contextlib import closing

import nbformat
import pytest
from nbgrader.api import Gradebook
from toy_course import ASSIGNMENT, toy_exercises
from toy_graded import STUDENTS
from toy_sandbox import InKeptSandbox, needs_bubblewrap

from autograder.grading.journal import Standing, automatic_scores, read_gradebook
from autograder.grading.run import grade, sandboxed
from autograder.nbgrader_setup import settings
from autograder.paths import Course

pytestmark = [needs_bubblewrap, pytest.mark.xdist_group("grade")]

ROWS = {
    "student": "SELECT id, first_name, last_name, email FROM student",
    "submitted_assignment": """
        SELECT student_id, timestamp, extension, assignment.name FROM submitted_assignment
        JOIN assignment ON assignment.id = submitted_assignment.assignment_id""",
    "submitted_notebook": """
        SELECT student_id, notebook.name, flagged, late_submission_penalty FROM submitted_notebook
        JOIN notebook ON notebook.id = submitted_notebook.notebook_id
        JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id""",
    "grade": """
        SELECT student_id, base_cell.name, auto_score, manual_score, extra_credit,
               needs_manual_grade FROM grade
        JOIN base_cell ON base_cell.id = grade.cell_id
        JOIN submitted_notebook ON submitted_notebook.id = grade.notebook_id
        JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id""",
    "comment": """
        SELECT student_id, base_cell.name, auto_comment, manual_comment FROM comment
        JOIN base_cell ON base_cell.id = comment.cell_id
        JOIN submitted_notebook ON submitted_notebook.id = comment.notebook_id
        JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id""",
}


def rows(course: Course) -> dict[str, list]:
    """Return all that the gradebook has of submissions."""
    with closing(sqlite3.connect(course.root / "gradebook.db")) as gradebook:
        return {
            name: sorted(gradebook.execute(query).fetchall(), key=repr)
            for name, query in ROWS.items()
        }


def by_hand(submission) -> int:
    """Return how many cells wait for a person."""
    return sum(it.needs_manual_grade for notebook in submission.notebooks for it in notebook.grades)


def hand_in_oddly(course: Course) -> None:
    """Let students be late, early, without a notebook, and with an answer to grade by hand."""
    for student, time in (
        ("anna", "2026-01-02 10:00:00 UTC"),
        ("hanna", "2025-12-01 10:00:00 UTC"),
    ):
        (course.step("submitted", student) / "timestamp.txt").write_text(time)
    (course.step("submitted", "gustav") / "01_double.ipynb").unlink()
    path = course.step("submitted", "bilal") / "00_peak.ipynb"
    notebook = nbformat.read(path, as_version=4)
    answer = next(
        it for it in notebook.cells if it.metadata.get("nbgrader", {}).get("grade_id") == "question"
    )
    answer.source = "An answer of my own."
    nbformat.write(notebook, path)


def test_the_gradebook_has_the_rows_that_nbgraders_autograder_leaves(cohort, monkeypatch):
    configure = settings.configure_execution

    def configure_late_policy(config) -> None:
        configure(config)
        config.LateSubmissionPlugin.penalty_method = "zero"

    monkeypatch.setattr(settings, "configure_execution", configure_late_policy)
    course = cohort.course
    hand_in_oddly(course)
    with Gradebook(course.gradebook_url) as gradebook:
        gradebook.update_or_create_assignment(ASSIGNMENT, duedate="2026-01-01 10:00:00 UTC")
    stock = Course(course.root.parent / "stock", ASSIGNMENT)
    shutil.copytree(course.root, stock.root)
    grade(cohort.repository, stock, STUDENTS)
    with sandboxed(cohort.repository, course, toy_exercises, start=InKeptSandbox) as checks:
        grade(cohort.repository, course, STUDENTS, checks)
        expected = rows(stock)
        assert rows(course) == expected
        assert {it[3] for it in expected["submitted_notebook"] if it[0] == "anna"} == {1.0}
        assert {it[2] for it in expected["comment"]} == {None, "No response."}

        for each in (stock, course):
            with Gradebook(each.gradebook_url) as gradebook:
                found = gradebook.find_grade("question", "00_peak", ASSIGNMENT, "bilal")
                found.manual_score, found.needs_manual_grade = 1.5, False
                comment = gradebook.find_comment("question", "00_peak", ASSIGNMENT, "bilal")
                comment.manual_comment = "Nearly."
                gradebook.db.commit()
        grade(cohort.repository, stock, STUDENTS, again=True)
        grade(cohort.repository, course, STUDENTS, checks, again=True)
        assert rows(course) == rows(stock)
        with Gradebook(course.gradebook_url) as gradebook:
            standings = {
                it.student.id: Standing(automatic_scores(it), it.score, by_hand(it))
                for it in gradebook.assignment_submissions(ASSIGNMENT)
            }
        assert read_gradebook(course) == standings


def test_the_autograded_folder_has_the_files_that_nbgraders_autograder_leaves(cohort):
    course = cohort.course
    stock = Course(course.root.parent / "stock files", ASSIGNMENT)
    shutil.copytree(course.root, stock.root)
    grade(cohort.repository, stock, ["anna"])
    with sandboxed(cohort.repository, course, toy_exercises, start=InKeptSandbox) as checks:
        grade(cohort.repository, course, ["anna"], checks)
    expected, found = (read_folder(it.step("autograded", "anna")) for it in (stock, course))
    assert found == expected


def read_folder(folder) -> dict[str, object]:
    """Return each file's bytes and mode; of notebooks what the grader did not write."""
    return {
        path.relative_to(folder).as_posix(): (
            without_results(path) if path.suffix == ".ipynb" else path.read_bytes(),
            oct(path.stat().st_mode),
        )
        for path in folder.rglob("*")
        if path.is_file()
    }


def without_results(path) -> list[tuple]:
    """Return a notebook's cells without outputs and the times at which a kernel ran them."""
    cells = nbformat.read(path, as_version=4).cells
    for cell in cells:
        cell.metadata.pop("execution", None)
    return [(it.id, it.cell_type, it.source, it.metadata) for it in cells]
