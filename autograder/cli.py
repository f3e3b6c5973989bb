"""The commands of `python -m autograder`."""

import os
from functools import partial
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console

from autograder.build.build import build, check_build
from autograder.build.exercises import load_exercises
from autograder.build.masters import BuildError
from autograder.grading.changes import find_changes, write_changes
from autograder.grading.run import GradingStopped, sandboxed
from autograder.grading.workers import NoCluster, dask_workers
from autograder.lecture import lecture
from autograder.lms import read_name, systems
from autograder.nbgrader_setup.exchange import release
from autograder.nbgrader_setup.feedback import give_feedback
from autograder.paths import COURSE, DEMO_COURSE, REPOSITORY
from autograder.reports.cohort_page import write_cohort_page
from autograder.reports.report import Report
from autograder.reports.similarity import write_similarity_page
from autograder.samples.demo import demo
from autograder.sandbox.sandbox import SandboxDied, SandboxUnavailable
from autograder.submissions.collect import collect_submissions
from autograder.submissions.files import Refused
from autograder.terminal import grade_with_progress, show_changes, show_grades

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
            check_build(REPOSITORY, load_exercises(REPOSITORY))
            console.print("The generated files are what the masters say.")
        else:
            build(REPOSITORY, COURSE, load_exercises(REPOSITORY), console.print)
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
        source = submissions or COURSE.root / "submitted"
        students, notes = collect_submissions(COURSE, source, read_name)
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
    if exercise and exercise not in {it.id for it in load_exercises(REPOSITORY)}:
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
        context = sandboxed(
            REPOSITORY, COURSE, partial(load_exercises, REPOSITORY), execute, workers, start
        )
        with context as checks:
            return grade_with_progress(REPOSITORY, COURSE, students, checks, console, **options)
    except (SandboxUnavailable, SandboxDied, GradingStopped, NoCluster) as error:
        fail(str(error))


@app.command("feedback")
def feedback_command() -> None:
    """Write the feedback pages, also into the exchange and for learning-management systems."""
    give_feedback(REPOSITORY, COURSE)
    console.print(COURSE.root / "feedback", soft_wrap=True)
    for path in [path for it in systems() for path in it.give_feedback(COURSE)]:
        console.print(path, soft_wrap=True)


@app.command("export")
def export_command() -> None:
    """Write the grades for people, spreadsheets and learning-management systems."""
    for path in [path for it in systems() for path in it.export(REPOSITORY, COURSE)]:
        console.print(path, soft_wrap=True)


@app.command("demo")
def demo_command() -> None:
    """Run a whole course on a sample cohort, in a folder of its own."""
    try:
        demo(REPOSITORY, DEMO_COURSE, load_exercises(REPOSITORY), console)
    except BuildError as error:
        fail(f"Build failed: {error}")


@app.command("lecture", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def lecture_command(context: typer.Context) -> None:
    """Show the lecture demo in a browser, with solved modules; options go to Voilà."""
    try:
        lecture(REPOSITORY, context.args)
    except BuildError as error:
        fail(f"The demo cannot be put together: {error}")
