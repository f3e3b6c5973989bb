"""The commands of `python -m autograder`."""

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from autograder.build import build, check_build
from autograder.collect import collect_submissions
from autograder.demo import demo
from autograder.entries import Refused
from autograder.exchange import release
from autograder.exercises import all_exercises
from autograder.export import export
from autograder.feedback import give_feedback
from autograder.grade import sandboxed
from autograder.lecture import lecture
from autograder.masters import BuildError
from autograder.repository import COURSE, DEMO_COURSE, REPOSITORY
from autograder.sandbox.sandbox import SandboxDied, SandboxUnavailable
from autograder.show import grade_with_progress, show_grades

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
console = Console()


def fail(message: str) -> NoReturn:
    """Say what is wrong and end with status 1."""
    console.print(message, style="red", highlight=False, markup=False)
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
    release(REPOSITORY, COURSE)


@app.command("grade")
def grade_command(
    submissions: Annotated[
        Path | None,
        typer.Argument(help="A zip or folder, Moodle's too. Default: what nbgrader collected."),
    ] = None,
    sandbox: Annotated[
        bool,
        typer.Option(help="Whether students' code is kept from grades, files and the network."),
    ] = True,
    execute: Annotated[
        bool,
        typer.Option("--execute", help="Run whole notebooks too, to show figures when grading."),
    ] = False,
) -> None:
    """Autograde the collected submissions and print the table of grades."""
    if not COURSE.release.is_dir():
        fail("Nothing is released yet: run `python -m autograder build`, then `release`.")
    try:
        students, notes = collect_submissions(COURSE, submissions or COURSE.root / "submitted")
    except (OSError, ValueError, Refused) as error:
        fail(f"These are no submissions: {error}")
    for note in notes:
        console.print(note, highlight=False, markup=False)
    if not students:
        fail("There are no submissions: run `nbgrader collect`, or name a folder of them.")
    try:
        with ExitStack() as stack:
            grader = None
            if sandbox:
                context = sandboxed(REPOSITORY, COURSE, all_exercises(), execute)
                grader = stack.enter_context(context)
            reports = grade_with_progress(REPOSITORY, COURSE, students, grader, console)
    except (SandboxUnavailable, SandboxDied) as error:
        fail(str(error))
    show_grades(reports, console)


@app.command("feedback")
def feedback_command() -> None:
    """Write the feedback pages and put them into the exchange."""
    give_feedback(REPOSITORY, COURSE)
    console.print(f"Feedback: {COURSE.root / 'feedback'}")


@app.command("export")
def export_command() -> None:
    """Write the grades as CSV, a line a student and a column an exercise."""
    for path in export(COURSE):
        console.print(path)


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
        lecture(REPOSITORY, all_exercises(), context.args)
    except BuildError as error:
        fail(f"The demo cannot be put together: {error}")
