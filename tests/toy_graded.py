"""The toy cohort before anything of it is graded, and a sandbox in this process: fixtures."""

import shutil

import pytest
from toy_cohort import SCORES, ToyCohort, toy_cohort
from toy_course import toy_exercises
from toy_sandbox import InKeptSandbox

from autograder.grading.run import grade, sandboxed

STUDENTS = list(SCORES)


@pytest.fixture(scope="session")
def pristine(tmp_path_factory) -> ToyCohort:
    return toy_cohort(tmp_path_factory.mktemp("cohort"), STUDENTS)


@pytest.fixture
def cohort(pristine) -> ToyCohort:
    """The cohort before anything of it is graded."""
    root = pristine.course.root
    kept = root.parent / "kept"
    if not kept.exists():
        shutil.copytree(root, kept)
    for path in root.iterdir():
        if path.name != "release":  # the sandbox has it
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(kept, root, dirs_exist_ok=True)
    return pristine


@pytest.fixture(scope="session")
def checks(pristine):
    with sandboxed(
        pristine.repository, pristine.course, toy_exercises, start=InKeptSandbox
    ) as checks:
        yield checks


def run(cohort, checks, students=STUDENTS, **options):
    """Grade; return the reports by student, and whose checks were run."""
    worked = []
    work = checks.workers.run

    def watched(function, jobs):
        for job, outcome in work(function, jobs):
            worked.append(job.student)
            yield job, outcome

    checks.workers.run = watched
    try:
        reports = grade(cohort.repository, cohort.course, students, checks, **options)
    finally:
        checks.workers.run = work
    return {it.student: it for it in reports}, worked
