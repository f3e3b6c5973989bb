"""A course changes after its release, before and after grading: five changes, through nbgrader."""

import dataclasses
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

import pytest
from toy_by_hand import give, in_exports, in_gradebook
from toy_cohort import ToyCohort, toy_cohort
from toy_course import ASSIGNMENT, toy_exercises
from toy_sandbox import InKeptSandbox, needs_bubblewrap

from autograder.builder.assignment import read_assignment
from autograder.builder.build import write_course
from autograder.builder.bundles import PUBLIC_SEED, build_references
from autograder.decisions import FULL, accept, decide, read_decisions
from autograder.exercise import Exercise
from autograder.grading.moves import Total, find_moves, read_totals
from autograder.grading.run import grade, sandboxed
from autograder.grading.settle import settle
from autograder.nbgrader_setup.errors import NbgraderError
from autograder.nbgrader_setup.exchange import release
from autograder.nbgrader_setup.structure import follow
from autograder.paths import Course
from exercise_lib.check.case import Case

pytestmark = [needs_bubblewrap, pytest.mark.xdist_group("midterm")]
STUDENTS = ["anna", "bilal"]

TRIPLE = """

# %%
def triple(x):
    ### BEGIN SOLUTION
    # TODO 1.2: three times x
    return 3 * x
    ### END SOLUTION


# %% cell="check-triple"
check("toy.triple", triple)
"""


def solve_triple(x):
    return 3 * x


def added(masters: dict[str, str], peak: Exercise, double: Exercise) -> list[Exercise]:
    triple = Exercise(
        "toy.triple", "Triple", "notebook", solve_triple, "1.2", 2, 1, 5, notebook=double.notebook
    )
    triple.make_cases = lambda rng, hidden: [Case("a number", args={"x": 5.0 if hidden else 2.0})]
    masters["lab01_double"] += TRIPLE
    return [peak, double, triple]


def dropped(masters: dict[str, str], peak: Exercise, double: Exercise) -> list[Exercise]:
    masters["lab01_double"] = "# %% [markdown]\n# # Double\n\n# %%\nprint('nothing to do')\n"
    return [peak]


def reworded(masters: dict[str, str], peak: Exercise, double: Exercise) -> list[Exercise]:
    masters["lab00_peak"] = masters["lab00_peak"].replace(
        "# ### BEGIN", "# In one sentence, why?\n#\n# ### BEGIN"
    )
    masters["lab01_double"] = masters["lab01_double"].replace("twice x", "two times x")
    return [peak, dataclasses.replace(double, title="Twice as much")]


def renamed(masters: dict[str, str], peak: Exercise, double: Exercise) -> list[Exercise]:
    masters["lab01_double"] = masters["lab01_double"].replace("toy.double", "toy.twice")
    return [peak, dataclasses.replace(double, id="toy.twice")]


def worth_more(masters: dict[str, str], peak: Exercise, double: Exercise) -> list[Exercise]:
    masters["lab00_peak"] = masters["lab00_peak"].replace("points=2", "points=4")
    return [peak, dataclasses.replace(double, points=3)]


@dataclass(frozen=True)
class Expected:
    """Of anna, who solved all and has 1.5 of 2 for her question: at the release, and graded."""

    released: Total
    graded: Total


CHANGES: dict[Callable, Expected] = {
    added: Expected(Total(3.5, 6, frozenset({"toy.triple"})), Total(3.5, 6)),
    dropped: Expected(Total(2.5, 3), Total(2.5, 3)),
    reworded: Expected(Total(3.5, 4), Total(3.5, 4)),
    renamed: Expected(Total(3.5, 4), Total(3.5, 4)),
    worth_more: Expected(Total(7, 8), Total(7, 8)),
}


@pytest.fixture(scope="module")
def released(tmp_path_factory) -> ToyCohort:
    return toy_cohort(tmp_path_factory.mktemp("released"), STUDENTS)


@pytest.fixture(scope="module")
def graded(released, tmp_path_factory) -> ToyCohort:
    """The cohort after grading, anna's question by hand too."""
    cohort = released.copy(tmp_path_factory.mktemp("graded"))
    grade_all(cohort, toy_exercises())
    give(cohort, "anna", "question", 1.5, "Nearly.")
    return cohort


def grade_all(cohort: ToyCohort, exercises: list[Exercise]) -> dict:
    start = InKeptSandbox
    with sandboxed(cohort.repository, cohort.course, lambda: exercises, start=start) as checks:
        return {it.student: it for it in grade(cohort.repository, cohort.course, STUDENTS, checks)}


def build_changed(cohort: ToyCohort, change: Callable) -> list[Exercise]:
    """Change masters and exercises; write the course's source anew."""
    repository = cohort.repository
    paths = {it.name: it.folder / "notebook.py" for it in repository.labs}
    masters = {name: path.read_text() for name, path in paths.items()}
    exercises = change(masters, *toy_exercises())
    for name, path in paths.items():
        path.write_text(masters[name])
    build_references(exercises, repository.references, PUBLIC_SEED, hidden=False)
    build_references(exercises, repository.hidden / ASSIGNMENT, 1, hidden=True)
    write_course(repository, cohort.course, read_assignment(repository, exercises))
    return exercises


SLOW = {reworded, worth_more}  # proved more strictly after grading, below


@pytest.mark.parametrize(
    "change", [pytest.param(it, marks=[pytest.mark.slow] * (it in SLOW)) for it in CHANGES]
)
def test_a_change_after_the_release_is_graded_as_it_is_now(released, tmp_path, change):
    cohort = released.copy(tmp_path)
    exercises = build_changed(cohort, change)
    release(cohort.repository, cohort.course)
    reports = grade_all(cohort, exercises)
    most = CHANGES[change].graded.most
    assert {it.max_score for it in reports.values()} == {most}
    checks = sum(it.points for it in exercises)
    lost = 2 if change is added else 0  # who handed in before could not answer it
    assert reports["anna"].score == checks - lost and reports["bilal"].score == 0
    assert reports["anna"].to_grade_by_hand == 1 and reports["bilal"].to_grade_by_hand == 0
    assert [it.id for it in reports["anna"].exercises] == [it.id for it in exercises]
    assert not any(it.failures for it in reports.values())


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_after_grading_says_whose_grade_moves_and_keeps_hand_grades(
    graded, tmp_path, change
):
    cohort, expected = graded.copy(tmp_path), CHANGES[change]
    before = read_totals(cohort.course)
    exercises = build_changed(cohort, change)
    release(cohort.repository, cohort.course)
    now = read_totals(cohort.course)
    assert now["anna"] == expected.released
    moved = {it.student: it.to_grade for it in find_moves(before, now)}
    waiting = sorted(expected.released.waiting)
    still = {} if change in (reworded, renamed) else {"anna": waiting, "bilal": waiting}
    assert moved == still
    assert in_exports(cohort)

    reports = grade_all(cohort, exercises)
    assert read_totals(cohort.course)["anna"] == expected.graded
    assert reports["bilal"].score == 0 and reports["bilal"].to_grade_by_hand == 0
    question = in_gradebook(cohort)["anna", "question"]
    assert question["manual_score"] == (3 if change is worth_more else 1.5)
    assert "Nearly." in question["comments"]
    assert {it.id for it in reports["anna"].exercises} == {it.id for it in exercises}


def files(course: Course) -> dict[str, bytes]:
    return {
        it.relative_to(course.release).as_posix(): it.read_bytes()
        for it in course.release.rglob("*")
        if it.is_file()
    }


def dump(course: Course) -> list[str]:
    with closing(sqlite3.connect(course.root / "gradebook.db")) as gradebook:
        return list(gradebook.iterdump())


def left_over(course: Course) -> list[str]:
    return [it.name for it in course.root.iterdir() if it.name.startswith(".")]


def test_a_release_that_fails_leaves_all_as_it_was(graded, tmp_path, monkeypatch):
    cohort = graded.copy(tmp_path)
    course = cohort.course
    before = files(course), dump(course)
    build_changed(cohort, dropped)
    source = course.source / "01_double.ipynb"
    good = source.read_text()
    source.write_text("no notebook")
    with pytest.raises(NbgraderError):
        release(cohort.repository, course)
    assert (files(course), dump(course)) == before and left_over(course) == []

    source.write_text(good)

    def follow_and_fail(session, *rows):
        follow(session, *rows)
        monkeypatch.setattr(session, "commit", fail)

    def fail():
        raise OSError("no space left")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="no space left"):
        patch.setattr("autograder.nbgrader_setup.release.follow", follow_and_fail)
        release(cohort.repository, course)
    assert (files(course), dump(course)) == before and left_over(course) == []

    release(cohort.repository, course)
    assert "check-double" not in "".join(it.decode("latin-1") for it in files(course).values())


@pytest.mark.parametrize(
    ("change", "followed", "said"),
    [
        (renamed, {"toy.twice": ["bilal"]}, "toy.double holds for toy.twice."),
        (dropped, {}, "toy.double ended with it."),
    ],
)
def test_decisions_follow_a_renamed_exercise_and_end_with_a_dropped_one(
    graded, tmp_path, change, followed, said
):
    cohort = graded.copy(tmp_path)
    repository, course = cohort.repository, cohort.course
    accept(course, "toy.double", "bilal", True)
    decide(course, "question", FULL)
    settle(repository, course)
    before = read_totals(course)
    build_changed(cohort, change)
    _, notes = release(repository, course)
    assert notes == [f"What was decided on {said}"]
    assert read_decisions(course).accepted == followed
    assert read_decisions(course).everybody == {"question": FULL}
    if change is renamed:
        assert read_totals(course) == before
    else:
        assert read_totals(course)["bilal"] == Total(2, 3)
    assert settle(repository, course) == []
