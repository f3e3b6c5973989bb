"""Honest work scores the same whoever grades it: stock nbgrader, the sandbox, a Dask cluster."""

import shutil
from functools import partial
from typing import Any

import pytest
from toy_course import ASSIGNMENT
from toy_nbgrader import nbgrader
from toy_sandbox import needs_bubblewrap

from autograder.builder.assignment import read_assignment
from autograder.builder.build import write_course
from autograder.builder.bundles import build_references, hidden_seed
from autograder.builder.exercises import load_exercises
from autograder.grading.journal import read_gradebook
from autograder.grading.run import grade, sandboxed
from autograder.grading.workers import dask_workers
from autograder.nbgrader_setup.exchange import release
from autograder.paths import REPOSITORY, Course
from autograder.samples.cohort import make_cohort
from autograder.samples.random_student import student_at_random

pytestmark = [pytest.mark.slow, needs_bubblewrap]
# Stock nbgrader gives no score to doubled checks, damaged JSON and a kernel that ends.
NOT_FOR_STOCK = {"hanna", "ivan", "jing"}
SEEDS = (1, 2, 3)


def points(course: Course) -> dict[str, dict[str, Any]]:
    """Return what each cell of each student got."""
    return {student: it.scores for student, it in read_gradebook(course).items()}


def test_honest_work_scores_the_same_everywhere(tmp_path, cluster):
    exercises = load_exercises(REPOSITORY)
    assignment, course = (
        read_assignment(REPOSITORY, exercises),
        Course(tmp_path / "course", ASSIGNMENT),
    )
    seed = hidden_seed(REPOSITORY.hidden)
    build_references(exercises, REPOSITORY.hidden / ASSIGNMENT, seed, hidden=True)
    write_course(REPOSITORY, course, assignment)
    release(REPOSITORY, course)
    members = make_cohort(assignment, exercises)
    mixed = [student_at_random(assignment, exercises, seed) for seed in SEEDS]
    members += mixed
    for member in members:
        shutil.copytree(course.release, course.step("submitted", member.student))
        member.work(course.step("submitted", member.student))

    everybody = course.students("submitted")
    for student in sorted(set(everybody) - NOT_FOR_STOCK):
        nbgrader(course.root, "autograde", ASSIGNMENT, f"--student={student}")
    stock = points(course)
    assert set(stock) == set(everybody) - NOT_FOR_STOCK
    totals = {name: sum(filter(None, it.values())) for name, it in stock.items()}
    assert totals["bilal"] == 0 < min(totals[it.student] for it in mixed)
    assert max(totals[it.student] for it in mixed) < totals["anna"]

    found = []
    address, _ = cluster
    for count, start in [(1, None), (2, None), (2, lambda: dask_workers(address)[0])]:
        with sandboxed(
            REPOSITORY, course, partial(load_exercises, REPOSITORY), count=count, start=start
        ) as checks:
            reports = grade(REPOSITORY, course, everybody, checks, again=True)
        found.append(points(course))
        assert len(reports) == len(everybody)
    assert {name: found[0][name] for name in stock} == stock
    assert found[1] == found[0] and found[2] == found[0]
