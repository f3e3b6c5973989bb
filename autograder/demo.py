"""The whole course on a sample cohort, from the masters to grades and feedback pages."""

import os
import shutil
import time

from rich.console import Console

from autograder.build import build
from autograder.cohort import make_cohort
from autograder.cohort_page import write_cohort_page
from autograder.exchange import collect, fetch, release, submit
from autograder.exercise import Exercise
from autograder.exercises import all_exercises
from autograder.export import export
from autograder.feedback import give_feedback
from autograder.grade import sandboxed
from autograder.repository import Course, Repository
from autograder.sandbox.sandbox import SandboxUnavailable
from autograder.show import grade_with_progress, show_grades
from autograder.similarity import write_similarity_page


def demo(
    repository: Repository, course: Course, exercises: list[Exercise], console: Console
) -> None:
    """Build, release, let the sample cohort submit, collect, grade, and give grades back.

    Args: course: a folder of the demo's own; it is emptied first.
    """
    start = time.monotonic()
    shutil.rmtree(course.root, ignore_errors=True)
    assignment = build(repository, course, exercises, console.print)
    console.print("Releasing the assignment")
    release(repository, course)

    cohort = make_cohort(assignment, exercises)
    console.print(f"{len(cohort)} students fetch it, work, and submit")
    for member in cohort:
        home = course.root / "home" / member.student
        member.work(fetch(repository, course, member.student, home))
        submit(repository, course, member.student, home)
    students = collect(repository, course)

    try:
        count = min(os.cpu_count() or 1, len(students))
        with sandboxed(
            repository, course, all_exercises, count=count, say=console.print, ahead=count
        ) as checks:
            console.print("Grading")
            reports = grade_with_progress(repository, course, students, checks, console)
    except SandboxUnavailable as error:
        console.print(f"Grading without the sandbox. {error}")
        reports = grade_with_progress(repository, course, students, None, console)
    console.print("Writing feedback pages")
    give_feedback(repository, course, console.print)
    paths = export(course)
    pages = write_cohort_page(course), write_similarity_page(repository, course)

    show_grades(reports, console, {it.student: it.hands_in for it in cohort})
    console.print(
        f"""
Grades      {paths[0]}
            {paths[1]}
Feedback    {course.root}/feedback/<student>/lecture7/*.html
Reports     {course.reports}/<student>.json
Cohort      {pages[0]}
            {pages[1]}
Formgrader  cd {course.root}; jupyter lab; then Nbgrader > Formgrader
{time.monotonic() - start:.0f} seconds in all""",
        highlight=False,
        soft_wrap=True,
    )
