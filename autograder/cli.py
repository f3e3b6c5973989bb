"""The commands of `python -m autograder`."""

import os
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console

from autograder.build import build, check_build
from autograder.changes import find_changes, write_changes
from autograder.cohort_page import write_cohort_page
from autograder.collect import collect_submissions
from autograder.demo import demo
from autograder.entries import Refused
from autograder.exchange import release
from autograder.exercises import all_exercises
from autograder.export import export
from autograder.export_lms import export_canvas, export_moodle
from autograder.feedback import give_feedback, zip_for_moodle
from autograder.grade import GradingStopped, sandboxed
from autograder.gradescope import write_results, write_zip
from autograder.lecture import lecture
from autograder.masters import BuildError
from autograder.report import Report
from autograder.repository import COURSE, DEMO_COURSE, REPOSITORY
from autograder.sandbox.sandbox import SandboxDied, SandboxUnavailable
from autograder.show import grade_with_progress, show_changes, show_grades
from autograder.similarity import write_similarity_page
from autograder.workers import NoCluster, dask_workers

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
console = Console()


def fail(message: str) -> NoReturn:
    """Say what is wrong and end with status 1."""
    console.print(message, style="red", highlight=False, markup=False, soft_wrap=True)
    raise typer.Exit(1)


@app.command("build")
def build_command(
    check: Annotated[bool, typer.Option(help="Only say whether the generated files fit.")] = False,
) -> None:
    """Generate student modules, notebooks, reference bundles and the nbgrader course."""
    try:
        if check:
            check_build(REPOSITORY, all_exercises())
            console.print("The generated files are what the masters say.")
        else:
            build(REPOSITORY, COURSE, all_exercises(), console.print)
    except BuildError as error:
        fail(f"Build failed: {error}")


@app.command("release")
def release_command() -> None:
    """Generate the students' version of the assignment and put it into the exchange."""
    if not COURSE.source.is_dir():
        fail("Nothing is built yet: run `python -m autograder build`.")
    release(REPOSITORY, COURSE)
    for path in (COURSE.release, COURSE.exchange):
        console.print(path, soft_wrap=True)


WorkersOption = Annotated[
    int, typer.Option("--workers", min=1, help="How many submissions are run at the same time.")
]
DaskOption = Annotated[
    str, typer.Option("--dask", metavar="ADDRESS", help="Run them on this Dask cluster instead.")
]
SandboxOption = Annotated[
    bool, typer.Option(help="Whether students' code is kept from grades, files and the network.")
]
ExecuteOption = Annotated[
    bool, typer.Option("--execute", help="Run whole notebooks too, to show figures when grading.")
]
CORES = os.cpu_count() or 1


@app.command("grade")
def grade_command(
    submissions: Annotated[
        Path | None,
        typer.Argument(help="A zip or folder, Moodle's too. Default: what nbgrader collected."),
    ] = None,
    sandbox: SandboxOption = True,
    execute: ExecuteOption = False,
    workers: WorkersOption = CORES,
    dask: DaskOption = "",
) -> None:
    """Autograde the submissions that changed, or whose checks did, and print the grades."""
    if not COURSE.release.is_dir():
        fail("Nothing is released yet: run `python -m autograder build`, then `release`.")
    try:
        students, notes = collect_submissions(COURSE, submissions or COURSE.root / "submitted")
    except FileNotFoundError as error:
        fail(f"There is no {error.filename}.")
    except (ValueError, Refused) as error:
        fail(f"These are no submissions: {error}")
    except OSError as error:
        fail(f"The submissions can't be copied into the course: {error}. Then grade again.")
    for note in notes:
        console.print(note, highlight=False, markup=False)
    if not students:
        fail("There are no submissions: run `nbgrader collect`, or name a folder of them.")
    show_grades(run_grading(students, sandbox, execute, workers, dask), console)
    write_pages()
    if changes := find_changes(COURSE, students):
        console.print(f"Points changed: {write_changes(COURSE, changes)}", soft_wrap=True)


@app.command("regrade")
def regrade_command(
    student: Annotated[str, typer.Option(help="Only this student's submission.")] = "",
    exercise: Annotated[str, typer.Option(help="Only this exercise, `mel.log_compress`.")] = "",
    sandbox: SandboxOption = True,
    execute: ExecuteOption = False,
    workers: WorkersOption = CORES,
    dask: DaskOption = "",
) -> None:
    """Autograde submissions again, all or some, and print whose points changed."""
    students = COURSE.students("submitted")
    if student and student not in students:
        fail(f"There is no submission of {student}.")
    if exercise and exercise not in {it.id for it in all_exercises()}:
        fail(f"There is no exercise {exercise}.")
    if exercise and not sandbox:
        fail("Without the sandbox, whole notebooks are run: leave --exercise out.")
    chosen = [student] if student else students
    run_grading(chosen, sandbox, execute, workers, dask, again=True, only=exercise)
    changes = find_changes(COURSE, chosen)
    show_changes(changes, console)
    console.print(write_changes(COURSE, changes), soft_wrap=True)
    write_pages()


def write_pages() -> None:
    """Write the pages on the whole cohort and say where they are."""
    try:
        pages = write_cohort_page(COURSE), write_similarity_page(REPOSITORY, COURSE)
    except OSError as error:
        fail(f"All is graded, but its pages can't be written: {error}. Then grade again.")
    for page in pages:
        console.print(page, soft_wrap=True)


def run_grading(
    students: list[str], sandbox: bool, execute: bool, workers: int, dask: str, **options: Any
) -> list[Report]:
    """Grade under a progress bar; what stops the run is said in one message."""
    try:
        if not sandbox:
            return grade_with_progress(REPOSITORY, COURSE, students, None, console, **options)
        start = None
        if dask:
            executor, workers = dask_workers(dask)
            start = lambda: executor  # noqa: E731
        context = sandboxed(REPOSITORY, COURSE, all_exercises, execute, workers, start)
        with context as checks:
            return grade_with_progress(REPOSITORY, COURSE, students, checks, console, **options)
    except (SandboxUnavailable, SandboxDied, GradingStopped, NoCluster) as error:
        fail(str(error))


@app.command("feedback")
def feedback_command() -> None:
    """Write the feedback pages, put them into the exchange, and into a zip for Moodle."""
    if not COURSE.students("autograded"):
        fail("Nothing is graded yet: run `python -m autograder grade`.")
    give_feedback(REPOSITORY, COURSE, console.print)
    for path in filter(None, (COURSE.root / "feedback", zip_for_moodle(COURSE))):
        console.print(path, soft_wrap=True)


@app.command("export")
def export_command() -> None:
    """Write the grades for people and spreadsheets, Moodle, Canvas and Gradescope."""
    paths = [*export(COURSE), export_moodle(COURSE), export_canvas(COURSE)]
    for path in [*paths, write_results(COURSE), write_zip(REPOSITORY, COURSE)]:
        console.print(path, soft_wrap=True)


@app.command("demo")
def demo_command() -> None:
    """Run a whole course on a sample cohort, in a folder of its own."""
    try:
        demo(REPOSITORY, DEMO_COURSE, all_exercises(), console)
    except BuildError as error:
        fail(f"Build failed: {error}")


@app.command("lecture", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def lecture_command(context: typer.Context) -> None:
    """Show the lecture demo in a browser, with solved modules; options go to Voilà."""
    try:
        lecture(REPOSITORY, context.args)
    except BuildError as error:
        fail(f"The demo cannot be put together: {error}")
