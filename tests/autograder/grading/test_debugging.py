"""A debugging task from its master to the feedback: worth nothing until it is mended."""

import shutil
from collections.abc import Iterator
from types import SimpleNamespace

import nbformat
import pytest
from nbformat import NotebookNode
from toy_course import ASSIGNMENT
from toy_mending import HANDED_OUT, NOTEBOOK, mending_exercises, mending_repository
from toy_nbgrader import nbgrader, scores
from toy_sandbox import InThisProcess, needs_bubblewrap

from autograder.builder.assignment import read_assignment
from autograder.builder.build import write_course
from autograder.builder.bundles import PUBLIC_SEED, build_references
from autograder.builder.proof import prove
from autograder.grading.run import grade, sandboxed
from autograder.nbgrader_setup.exchange import release
from autograder.nbgrader_setup.feedback import give_feedback
from autograder.paths import Course
from autograder.plan import read_plans
from autograder.samples.cohort import make_cohort
from exercise_lib.doctor import diagnosis as doctor

RENAMED = HANDED_OUT.replace("(x", "(it").replace("x <=", "it <=")
MENDED = HANDED_OUT.replace("min(x, 1.0)", "x")
HANDED_IN = {  # student -> the answer cell, and what it earns
    "anna": (None, 1.0),
    "bilal": (HANDED_OUT, 0.0),
    "chen": (RENAMED, 0.0),
    "dilara": (MENDED, 1.0),
    "elias": (MENDED.replace("log10", "log"), 0.0),
    "fatima": (MENDED.replace("20 *", "30 *"), 0.0),
}
NOT_MENDED = "Not mended yet: your code does what was handed out."


@pytest.fixture(scope="module")
def released(tmp_path_factory) -> SimpleNamespace:
    """The course when its assignment is out."""
    root = tmp_path_factory.mktemp("mending")
    repository = mending_repository(root / "repository")
    course = Course(root / "course", ASSIGNMENT)
    exercises = mending_exercises()
    plan = read_plans(repository)[ASSIGNMENT]
    assignment = read_assignment(repository, exercises, plan)
    build_references(exercises, repository.references, PUBLIC_SEED, hidden=False)
    build_references(exercises, repository.hidden / ASSIGNMENT, 1, hidden=True)
    write_course(repository, course, assignment)
    release(repository, course)
    return SimpleNamespace(**locals())


def answer_of(notebook: NotebookNode) -> NotebookNode:
    [cell] = [it for it in notebook.cells if it.id == "answer-decibels"]
    return cell


@pytest.fixture(scope="module")
def graded(released) -> Iterator[SimpleNamespace]:
    """A cohort graded by stock nbgrader and then in the sandbox."""
    course = released.course
    [anna] = [it for it in make_cohort(released.assignment, released.exercises, [])
              if it.student == "anna"]  # fmt: skip
    for student, (source, _) in HANDED_IN.items():
        folder = course.step("submitted", student)
        shutil.copytree(course.release, folder)
        anna.work(folder)
        if source:
            path = folder / f"{NOTEBOOK}.ipynb"
            notebook = nbformat.read(path, as_version=4)
            answer_of(notebook).source = source
            nbformat.write(notebook, path)
    nbgrader(course.root, "autograde", ASSIGNMENT, "--create")
    stock = scores(course)
    with sandboxed(released.repository, course, mending_exercises, start=InThisProcess) as checks:
        reports = grade(released.repository, course, list(HANDED_IN), checks)
        give_feedback(released.repository, course)
        yield SimpleNamespace(
            course=course, stock=stock, reports={it.student: it for it in reports}
        )


def test_students_get_the_broken_code_and_solved_notebooks_the_mended(released):
    student = answer_of(released.assignment.student_notebooks[NOTEBOOK])
    assert student.source == HANDED_OUT
    for path in released.course.release.glob("*.ipynb"):
        assert answer_of(nbformat.read(path, as_version=4)).source == HANDED_OUT
    prove(released.repository, released.assignment, solved=True)
    prove(released.repository, released.assignment, solved=False)


def test_the_doctor_lists_what_is_not_mended(released, tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "examine_environment", lambda: [])
    folder = tmp_path / "lecture7"
    shutil.copytree(released.course.release, folder)
    path = folder / f"{NOTEBOOK}.ipynb"
    assert doctor.examine(folder).todos == {path.name: ["TODO 4.1"]}
    notebook = nbformat.read(path, as_version=4)
    answer_of(notebook).source = MENDED
    nbformat.write(notebook, path)
    assert doctor.examine(folder).todos == {}


@needs_bubblewrap
def test_stock_nbgrader_and_the_sandbox_give_nothing_for_what_was_handed_out(graded):
    expected = {student: points for student, (_, points) in HANDED_IN.items()}
    assert graded.stock == expected
    assert {name: it.score for name, it in graded.reports.items()} == expected


@needs_bubblewrap
def test_untouched_code_is_no_misconception(graded):
    own = {student: it.exercises[-1] for student, it in graded.reports.items()}
    for student in ("bilal", "chen"):
        assert own[student].misconceptions == {} and NOT_MENDED in own[student].reason
    assert own["elias"].misconceptions == {"natural": "You take the natural logarithm."}
    assert own["fatima"].misconceptions == {"factor": "Every value is 1.5 times the expected one."}
    assert NOT_MENDED not in own["fatima"].reason
    pages = {it: (graded.course.step("feedback", it) / "summary.html").read_text() for it in own}
    assert "not mended yet" in pages["bilal"] and "not mended yet" not in pages["elias"]
    shown = (graded.course.step("feedback", "bilal") / f"{NOTEBOOK}.html").read_text()
    assert NOT_MENDED in shown and "a loud one" in shown
