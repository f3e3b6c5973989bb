"""Honest work scores the same whoever grades it: stock nbgrader, the sandbox, a Dask cluster."""

import shutil
from typing import Any

import nbformat
import pytest
from toy_nbgrader import nbgrader
from toy_sandbox import needs_bubblewrap

from autograder.builder.exercises import LoadExercises
from autograder.cells import is_check_cell
from autograder.grading.journal import read_gradebook
from autograder.grading.run import grade, sandboxed
from autograder.grading.workers import dask_workers
from autograder.paths import REPOSITORY, Course
from autograder.samples.cohort import make_cohort
from autograder.samples.random_student import student_at_random
from autograder.samples.released import release_first
from exercise_lib.check.score import ONLY_KNOWN

pytestmark = [pytest.mark.slow, needs_bubblewrap]
# Stock nbgrader gives no score to doubled checks, damaged JSON and a kernel that ends.
NOT_FOR_STOCK = {"hanna", "ivan", "jing"}
SEEDS = (1, 2, 3)


def points(course: Course) -> dict[str, dict[str, Any]]:
    """Return what each cell of each student got."""
    return {student: it.scores for student, it in read_gradebook(course).items()}


def checks_that_say(sentence: str, course: Course, student: str) -> set[str]:
    """Return the checks of a student whose table has a sentence."""
    return {
        f"{path.stem}/{cell.metadata.nbgrader.grade_id}"
        for path in course.step("autograded", student).glob("*.ipynb")
        for cell in filter(is_check_cell, nbformat.read(path, as_version=4).cells)
        if sentence in str(cell.outputs)
    }


def agree(found: dict[str, Any], others: dict[str, Any], most: dict[str, Any]) -> bool:
    """Say whether points are the same, or partial ones where both are: then by other cases."""
    return all(
        score == others[it] or (0 <= score < most[it] and 0 <= others[it] < most[it])
        for it, score in found.items()
    )


def test_honest_work_scores_the_same_everywhere(tmp_path, cluster):
    assignment, course = release_first(REPOSITORY, tmp_path / "course")
    exercises = assignment.exercises
    members = make_cohort(assignment, exercises)
    mixed = [student_at_random(assignment, exercises, seed) for seed in SEEDS]
    members += mixed
    for member in members:
        shutil.copytree(course.release, course.step("submitted", member.student))
        member.work(course.step("submitted", member.student))

    everybody = course.students("submitted")
    for student in sorted(set(everybody) - NOT_FOR_STOCK):
        nbgrader(course.root, "autograde", course.assignment, f"--student={student}")
    stock = points(course)
    assert set(stock) == set(everybody) - NOT_FOR_STOCK
    totals = {name: sum(filter(None, it.values())) for name, it in stock.items()}
    assert totals["bilal"] == 0 < min(totals[it.student] for it in mixed)
    assert max(totals[it.student] for it in mixed) < totals["anna"]

    found = []
    address, _ = cluster
    for count, start in [(1, None), (2, None), (2, lambda: dask_workers(address)[0])]:
        with sandboxed(
            REPOSITORY, course, LoadExercises(REPOSITORY), count=count, start=start
        ) as checks:
            reports = grade(REPOSITORY, course, everybody, checks, again=True)
        found.append(points(course))
        assert len(reports) == len(everybody)
    most = stock["anna"]
    for student, scores in stock.items():
        # What stock nbgrader lacks: right functions that stand in, and cases that nobody has seen.
        helped = checks_that_say("so that one mistake costs once", course, student)
        known = checks_that_say(ONLY_KNOWN, course, student)
        apart = found[0][student]
        assert all(apart[it] >= scores[it] for it in helped)
        assert all(apart[it] == 0 for it in known)
        assert agree({it: apart[it] for it in scores.keys() - helped - known}, scores, most)
    for others in found[1:]:
        assert all(agree(it, found[0][student], most) for student, it in others.items())
