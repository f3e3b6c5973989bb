"""The commands of `python -m autograder`."""

import os
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console

from autograder.builder.build import build_assignment, check_build, generate
from autograder.builder.exercises import LoadExercises, load_exercises
from autograder.errors import BuildError
from autograder.exercise import Exercise
from autograder.grading.changes import find_changes, write_changes
from autograder.grading.moves import find_moves, read_totals
from autograder.grading.run import GradingStopped, sandboxed
from autograder.grading.workers import NoCluster, dask_workers
from autograder.lecture import lecture
from autograder.lms import names_as, systems
from autograder.nbgrader_setup.errors import NbgraderError
from autograder.nbgrader_setup.exchange import release
from autograder.nbgrader_setup.feedback import give_feedback
from autograder.nbgrader_setup.old_course import keep_apart
from autograder.paths import REPOSITORY, Course, Repository
from autograder.plan import Plan, read_plans
from autograder.reports.cohort_page import write_cohort_page
from autograder.reports.report import Report
from autograder.reports.similarity import write_similarity_page
from autograder.samples.demo import demo
from autograder.sandbox.errors import SandboxDied, SandboxUnavailable
from autograder.submissions.collect import collect_submissions, confirm
from autograder.submissions.files import Refused
from autograder.terminal import grade_with_progress, show_changes, show_grades, show_moves

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
console = Console()
here = SimpleNamespace(repository=REPOSITORY)


def fail(message: str) -> NoReturn:
    """Say what is wrong and end with status 1."""
    console.print(message, style="red", highlight=False, markup=False, soft_wrap=True)
    raise typer.Exit(1)


@app.callback()
def choose_labs(
    solutions: Annotated[
        Path | None,
        typer.Option(
            envvar="AUTOGRADER_SOLUTIONS",
            file_okay=False,
            exists=True,
            help="A folder of labs in the place of this repository's; all is built beside it.",
        ),
    ] = None,
) -> None:
    """Build, release and grade the assignments of a folder of labs."""
    if solutions:
        folder = solutions.resolve()
        here.repository = Repository(folder.parent, folder)


AssignmentOption = Annotated[
    str, typer.Option("--assignment", help="One of assignments.toml. Default: all of them.")
]


def plans(name: str = "") -> list[Plan]:
    """Return the assignments asked for; one that does not exist ends the command."""
    try:
        known = read_plans(here.repository)
    except BuildError as error:
        fail(f"The table of assignments can't be used: {error}.")
    if name and name not in known:
        fail(f"There is no assignment {name}; there are {', '.join(known)}.")
    return [known[name]] if name else list(known.values())


def courses(name: str = "") -> list[Course]:
    """Return the courses of the assignments asked for."""
    root = here.repository.course
    for note in keep_apart(root):
        console.print(note, soft_wrap=True)
    return [Course(root, plan.name) for plan in plans(name)]


def graded_courses(name: str) -> list[Course]:
    """Return those of the courses asked for in which something is graded, or end the command."""
    found = [it for it in courses(name) if it.students("autograded")]
    if not found:
        fail("Nothing is graded yet: run `python -m autograder grade`.")
    return found


def exercises_of(course: Course) -> Any:
    """Return a function that loads an assignment's exercises, in whatever process."""
    [plan] = plans(course.assignment)
    return LoadExercises(here.repository, plan.labs)


@app.command("build")
def build_command(
    assignment: AssignmentOption = "",
    check: Annotated[bool, typer.Option(help="Only say whether the generated files fit.")] = False,
) -> None:
    """Generate student modules, notebooks, reference bundles and the nbgrader course."""
    chosen, repository = plans(assignment), here.repository
    try:
        exercises = load_exercises(repository)
        if check:
            check_build(repository, exercises)
            console.print("The generated files are what the masters say.")
            return
        generate(repository, exercises, console.print)
        for plan in chosen:
            course = Course(repository.course, plan.name)
            build_assignment(repository, course, exercises, plan, console.print)
    except BuildError as error:
        fail(f"Build failed: {error}")
    known = {plan.name for plan in plans()}
    for folder in sorted(repository.course.glob("source/*/")):
        if folder.name not in known:
            console.print(
                f"{folder} is of no assignment in the table any more. It and its grades stay; "
                f"`nbgrader db assignment remove {folder.name}` forgets them.",
                soft_wrap=True,
            )


@app.command("release")
def release_command(assignment: AssignmentOption = "") -> None:
    """Generate the students' version of assignments and put it into the exchange."""
    for course in courses(assignment):
        if not course.source.is_dir():
            fail(f"{course.assignment} is not built yet: run `python -m autograder build`.")
        before = read_totals(course)
        try:
            release(here.repository, course)
        except NbgraderError as error:
            last_line = str(error).strip().splitlines()[-1]
            fail(f"{course.assignment} can't be released, what was released stays: {last_line}")
        if before:
            show_moves(find_moves(before, read_totals(course)), console)
        for path in (course.release, course.exchange):
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
    assignment: AssignmentOption = "",
    layout: Annotated[
        str, typer.Option("--as", help="moodle, canvas ... or folders. Default: by the names.")
    ] = "",
    sandbox: SandboxOption = True,
    execute: ExecuteOption = False,
    workers: WorkersOption = CORES,
    dask: DaskOption = "",
) -> None:
    """Autograde the submissions that changed, or whose checks did, and print the grades."""
    chosen = courses(assignment)
    if submissions and len(chosen) > 1:
        names = ", ".join(it.assignment for it in chosen)
        fail(f"Which assignment are these submissions of? Add --assignment, one of {names}.")
    released = [it for it in chosen if it.release.is_dir()]
    if not released:
        fail("Nothing is released yet: run `python -m autograder build`, then `release`.")
    graded = False
    for course in released:
        students = collect_into(course, submissions or course.root / "submitted", layout)
        if students:
            graded = True
            show_grades(run_grading(course, students, sandbox, execute, workers, dask), console)
            write_pages(course)
            if changes := find_changes(course, students):
                path = write_changes(course, changes)
                console.print(f"Points changed: {path}", soft_wrap=True)
    if not graded:
        fail("There are no submissions: run `nbgrader collect`, or name a folder of them.")


def collect_into(course: Course, source: Path, layout: str = "") -> list[str]:
    """Copy submissions into a course and return whose they are; say what could not be used."""
    try:
        say = partial(console.print, highlight=False, markup=False)
        students, notes = collect_submissions(course, source, names_as(layout), say)
    except KeyError:
        fail(f"There is no layout {layout}: say moodle, canvas or another file of autograder/lms.")
    except FileNotFoundError as error:
        fail(f"There is no {error.filename}.")
    except (ValueError, Refused) as error:
        fail(f"These are no submissions: {error}")
    except OSError as error:
        fail(f"The submissions can't be copied into the course: {error}. Then grade again.")
    for note in notes:
        console.print(note, highlight=False, markup=False)
    return students


@app.command("regrade")
def regrade_command(
    student: Annotated[str, typer.Option(help="Only this student's submission.")] = "",
    exercise: Annotated[str, typer.Option(help="Only this exercise, by its id.")] = "",
    assignment: AssignmentOption = "",
    sandbox: SandboxOption = True,
    execute: ExecuteOption = False,
    workers: WorkersOption = CORES,
    dask: DaskOption = "",
) -> None:
    """Autograde submissions again, all or some, and print whose points changed."""
    found = [it for it in courses(assignment) if not student or student in it.students("submitted")]
    if student and not found:
        fail(f"There is no submission of {student}.")
    chosen = [it for it in found if not exercise or exercise in ids(exercises_of(it)())]
    if exercise and not chosen:
        fail(f"There is no exercise {exercise}.")
    if exercise and not sandbox:
        fail("Without the sandbox, whole notebooks are run: leave --exercise out.")
    for course in chosen:
        students = [student] if student else course.students("submitted")
        options = {"again": True, "only": exercise}
        run_grading(course, students, sandbox, execute, workers, dask, **options)
        changes = find_changes(course, students)
        show_changes(changes, console)
        console.print(write_changes(course, changes), soft_wrap=True)
        write_pages(course)


def ids(exercises: Iterable[Exercise]) -> set[str]:
    return {it.id for it in exercises}


def write_pages(course: Course) -> None:
    """Write the pages on the whole cohort and say where they are."""
    try:
        pages = write_cohort_page(course), write_similarity_page(here.repository, course)
    except OSError as error:
        fail(f"All is graded, but its pages can't be written: {error}. Then grade again.")
    for page in pages:
        console.print(page, soft_wrap=True)


def run_grading(
    course: Course,
    students: list[str],
    sandbox: bool,
    execute: bool,
    workers: int,
    dask: str,
    **options: Any,
) -> list[Report]:
    """Grade under a progress bar; what stops the run is said in one message."""
    repository = here.repository
    try:
        if not sandbox:
            return grade_with_progress(repository, course, students, None, console, **options)
        start = None
        if dask:
            executor, workers = dask_workers(dask)
            start = lambda: executor  # noqa: E731
        exercises = exercises_of(course)
        with sandboxed(repository, course, exercises, execute, workers, start) as checks:
            return grade_with_progress(repository, course, students, checks, console, **options)
    except (SandboxUnavailable, SandboxDied, GradingStopped, NoCluster) as error:
        fail(str(error))


@app.command("confirm")
def confirm_command(
    student: Annotated[str, typer.Argument(help="Whose submission can't be read.")],
    assignment: AssignmentOption = "",
) -> None:
    """Let the 0 of a submission in which nothing could be read go into the grade files."""
    found = [it for it in courses(assignment) if student in it.students("submitted")]
    if not found:
        fail(f"There is no submission of {student}.")
    for course in found:
        confirm(course, student)
        console.print(f"{student}: confirmed. Export again.", highlight=False, markup=False)


@app.command("feedback")
def feedback_command(assignment: AssignmentOption = "") -> None:
    """Write the feedback pages, also into the exchange and for learning-management systems."""
    for course in graded_courses(assignment):
        give_feedback(here.repository, course, console.print)
        console.print(course.root / "feedback", soft_wrap=True)
        for path in [path for it in systems() for path in it.give_feedback(course)]:
            console.print(path, soft_wrap=True)


@app.command("export")
def export_command(assignment: AssignmentOption = "") -> None:
    """Write the grades for people, spreadsheets and learning-management systems."""
    for course in graded_courses(assignment):
        for path in [path for it in systems() for path in it.export(here.repository, course)]:
            console.print(path, soft_wrap=True)


@app.command("demo")
def demo_command(assignment: AssignmentOption = "") -> None:
    """Run a whole course on a sample cohort, in a folder of its own; default: one assignment."""
    repository, plan = here.repository, plans(assignment)[0]
    course = Course(repository.demo_course, plan.name)
    try:
        demo(repository, course, load_exercises(repository), plan, console)
    except BuildError as error:
        fail(f"Build failed: {error}")


@app.command("lecture", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def lecture_command(context: typer.Context) -> None:
    """Show the lecture demo in a browser, with solved modules; options go to Voilà."""
    try:
        lecture(here.repository, context.args)
    except BuildError as error:
        fail(f"The demo cannot be put together: {error}")
