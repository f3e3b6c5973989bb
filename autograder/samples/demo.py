"""The whole course on a sample cohort, from the masters to grades and feedback pages."""

import os
import shutil
import time

from rich.console import Console

from autograder.builder.build import generate, prepare_assignment, write_course
from autograder.builder.exercises import LoadExercises
from autograder.errors import BuildError
from autograder.exercise import Exercise
from autograder.grading.run import sandboxed
from autograder.lms.csv_files import CSV_FILES
from autograder.nbgrader_setup.exchange import collect, fetch, release, submit
from autograder.nbgrader_setup.feedback import give_feedback
from autograder.paths import Course, Repository
from autograder.plan import Plan
from autograder.reports.cohort_page import write_cohort_page
from autograder.reports.report import Report
from autograder.reports.similarity import write_similarity_page
from autograder.samples.cohort import IDLE, PERFECT, make_cohort
from autograder.sandbox.errors import SandboxUnavailable
from autograder.terminal import grade_with_progress, show_grades


def demo(
    repository: Repository,
    course: Course,
    exercises: list[Exercise],
    plan: Plan,
    console: Console,
) -> None:
    """Build, release, let the sample cohort submit, collect, grade, and give grades back.

    The cohort proves what a build does: all that is solved earns its points, a stub none.

    Args: course: a folder of the demo's own; it is emptied first.
    """
    start = time.monotonic()
    shutil.rmtree(course.root, ignore_errors=True)
    generate(repository, exercises, console.print)
    assignment = prepare_assignment(repository, exercises, plan)
    write_course(repository, course, assignment)
    console.print("Releasing the assignment")
    release(repository, course)

    cohort = make_cohort(assignment, assignment.exercises)
    console.print(f"{len(cohort)} students fetch it, work, and submit")
    for member in cohort:
        home = course.root / "home" / member.student
        member.work(fetch(repository, course, member.student, home))
        submit(repository, course, member.student, home)
    students = collect(repository, course)

    try:
        count = min(os.cpu_count() or 1, len(students))
        exercises_again = LoadExercises(repository, plan.labs)
        with sandboxed(
            repository, course, exercises_again, count=count, say=console.print
        ) as checks:
            console.print("Grading")
            reports = grade_with_progress(repository, course, students, checks, console)
    except SandboxUnavailable as error:
        console.print(f"Grading without the sandbox. {error}")
        reports = grade_with_progress(repository, course, students, None, console)
    demand_proof(reports)
    console.print("Writing feedback pages")
    give_feedback(repository, course, console.print)
    paths = CSV_FILES.export(repository, course)
    pages = write_cohort_page(course), write_similarity_page(repository, course)

    show_grades(reports, console, {it.student: it.hands_in for it in cohort})
    console.print(
        f"""
Grades      {paths[0]}
            {paths[1]}
Feedback    {course.root}/feedback/<student>/{course.assignment}/*.html
Reports     {course.reports}/<student>.json
Cohort      {pages[0]}
            {pages[1]}
Formgrader  cd {course.root}; jupyter lab; then Nbgrader > Formgrader
{time.monotonic() - start:.0f} seconds in all""",
        highlight=False,
        soft_wrap=True,
    )


def demand_proof(reports: list[Report]) -> None:
    """Raise BuildError unless the perfect student has all points and the idle one has none."""
    by_student = {it.student: it.exercises for it in reports}
    lost = [it.id for it in by_student[PERFECT] if it.points != it.max_points]
    found = [it.id for it in by_student[IDLE] if it.points]
    if lost or found:
        raise BuildError(f"solutions that lose points: {lost}; stubs that earn some: {found}")
