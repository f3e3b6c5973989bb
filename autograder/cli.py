"""The commands of `python -m autograder`.

What only some of them need is imported where it is needed: grading a course in which nothing has
changed would otherwise be all imports.
"""

import os
import webbrowser
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial, wraps
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any, NoReturn, ParamSpec, TypeVar

import typer

from autograder.alone import InUse, alone
from autograder.errors import BuildError
from autograder.gradebook import has_due_date, is_known
from autograder.grading.changes import find_changes, write_changes
from autograder.grading.run import GradingStopped, patiently, sandboxed
from autograder.grading.workers import NoCluster, dask_workers
from autograder.lms import names_as, read_row, systems
from autograder.lms.system import System
from autograder.nbgrader_setup.errors import NbgraderError
from autograder.nbgrader_setup.old_course import keep_apart
from autograder.nbgrader_setup.students import enter_names
from autograder.paths import OWN_CONFIG, REPOSITORY, Course, Repository
from autograder.plan import Plan, read_plans
from autograder.reports.groups import owner_of
from autograder.reports.pages import write_cohort
from autograder.reports.report import Report, read_report
from autograder.sandbox.errors import SandboxDied, SandboxUnavailable
from autograder.submissions.collect import collect_submissions, confirm
from autograder.submissions.files import Refused
from autograder.submissions.fingerprint import fingerprint_of_grading
from autograder.submissions.roster import read_roster
from autograder.submissions.times import unreadable_due_dates
from autograder.terminal import (
    PlainConsole,
    grade_with_progress,
    show_changes,
    show_grades,
    show_late,
    show_moves,
    show_preview,
)
from autograder.words import plural
from exercise_lib.files import write_text

P = ParamSpec("P")
app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
console = PlainConsole()
here = SimpleNamespace(repository=REPOSITORY)
MOST_NOTES = 20  # on submissions
STEPS = {"submitted": "handed in", "autograded": "graded"}
Found = TypeVar("Found")


def writes(command: Callable[P, None]) -> Callable[P, None]:
    """Let a command that writes into the course run while no other one does; a dry run doesn't."""

    @wraps(command)
    def alone_there(*arguments: P.args, **options: P.kwargs) -> None:
        if options.get("dry_run"):
            return command(*arguments, **options)
        name = command.__name__.removesuffix("_command")
        [course, *_] = courses()
        try:
            with alone(course.root, name):
                command(*arguments, **options)
        except InUse as error:
            fail(str(error))

    return alone_there


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
    """Return the courses of the assignments asked for, in order."""
    for note in keep_apart(here.repository.course):
        console.print(note, soft_wrap=True)
    if (here.repository.course / OWN_CONFIG).exists():
        from autograder.nbgrader_setup.settings import read_own_config

        try:
            read_own_config(here.repository.course)
        except BuildError as error:
            fail(str(error))
    return courses_as_they_are(name)


def courses_as_they_are(name: str) -> list[Course]:
    """Return the courses of the assignments asked for, and move nothing."""
    return [Course(here.repository.course, plan.name) for plan in plans(name)]


def released(found: list[Course]) -> list[Course]:
    """Return those of the courses that are released, or end the command."""
    there = [it for it in found if it.release.is_dir()]
    if not there:
        fail("Nothing is released yet: run `python -m autograder build`, then `release`.")
    return there


def graded_courses(name: str) -> list[Course]:
    """Return those of the courses asked for in which something is graded, or end the command."""
    found = [it for it in courses(name) if it.students("autograded")]
    if not found:
        fail("Nothing is graded yet: run `python -m autograder grade`.")
    return found


def exercises_of(course: Course) -> Any:
    """Return a function that loads an assignment's exercises, in whatever process."""
    from autograder.builder.exercises import LoadExercises

    [plan] = plans(course.assignment)
    return LoadExercises(here.repository, plan.labs)


@app.command("build")
@writes
def build_command(
    assignment: AssignmentOption = "",
    check: Annotated[bool, typer.Option(help="Only say whether the generated files fit.")] = False,
) -> None:
    """Generate student modules, notebooks, reference bundles and the nbgrader course."""
    from autograder.builder.build import build_assignment, check_build, generate
    from autograder.builder.exercises import load_exercises

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
@writes
def release_command(assignment: AssignmentOption = "") -> None:
    """Generate the students' version of assignments and put it into the exchange."""
    from autograder.grading.moves import find_moves, read_totals
    from autograder.nbgrader_setup.exchange import release

    for course in courses(assignment):
        if not course.source.is_dir():
            fail(f"{course.assignment} is not built yet: run `python -m autograder build`.")
        before = read_totals(course)
        try:
            exchange, notes = release(here.repository, course)
        except NbgraderError as error:
            last_line = str(error).strip().splitlines()[-1]
            fail(f"{course.assignment} can't be released, what was released stays: {last_line}")
        if before:
            show_moves(find_moves(before, read_totals(course)), console)
        for note in notes:
            console.print(note, highlight=False, markup=False, soft_wrap=True)
        for path in (course.release, exchange):
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
LIST = "A CSV file: Moodle's grading worksheet, Canvas's gradebook or group set."
NO_SANDBOX = (
    "Without the sandbox: what is graded now can give itself points, and read and change your "
    "files, the gradebook too. Do this only for code that you trust."
)


@app.command("grade")
@writes
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
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be graded: nothing is written.")
    ] = False,
) -> None:
    """Autograde the submissions that changed, or whose checks did, and print the grades."""
    chosen = courses_as_they_are(assignment) if dry_run else courses(assignment)
    if submissions and len(chosen) > 1:
        names = ", ".join(it.assignment for it in chosen)
        fail(f"Which assignment are these submissions of? Add --assignment, one of {names}.")
    graded = False
    for course in released(chosen):
        source = submissions or course.root / "submitted"
        if dry_run:
            from autograder.grading.preview import preview

            show_preview(*read_submissions(preview, course, source, layout), console)
            continue
        students, notes = read_submissions(collect_submissions, course, source, layout)
        show_notes(course, notes)
        if students:
            graded = True
            check_due_dates(course)
            enter_names(course, students)
            settle_and_show(course)
            show_grades(run_grading(course, students, sandbox, execute, workers, dask), console)
            show_late(late_penalties(course), console)
            write_pages(course)
            if changes := find_changes(course, students):
                path = write_changes(course, changes)
                console.print(f"Points changed: {path}", soft_wrap=True)
    if not graded and not dry_run:
        fail("There are no submissions: run `nbgrader collect`, or name a folder of them.")


@app.command("students")
@writes
def students_command(
    path: Annotated[Path, typer.Argument(metavar="LIST", exists=True, dir_okay=False, help=LIST)],
    assignment: AssignmentOption = "",
) -> None:
    """Take names, addresses and groups from the list of a learning-management system."""
    from autograder.submissions.lists import participants_in, read_rows, take_list

    chosen = courses(assignment)
    numbered_anew = {type(it).__name__.lower() for it in systems() if it.numbers_anew}
    if len(chosen) > 1 and participants_in(path, read_row) & numbered_anew:
        names = ", ".join(it.assignment for it in chosen)
        fail(f"Which assignment is this list of? Add --assignment, one of {names}.")
    rows = read_rows(path)
    for course in chosen:
        students = take_list(course, path, read_row)
        if not students:
            fail(f"{path} is no list that is known: give Moodle's grading worksheet or Canvas's.")
        for it in systems():
            it.keep_list(course, rows)
        enter_names(course, course.students("autograded"))
        count = plural(len(students), "student")
        console.print(f"{count}: {course.participants('students')}", soft_wrap=True)


def read_submissions(
    read: Callable[..., tuple[list[Found], list[str]]], course: Course, source: Path, layout: str
) -> tuple[list[Found], list[str]]:
    """Return what `read` found of submissions to a course, and what could not be used.

    Args: read: `collect_submissions` or `preview`.
    """
    try:
        say = partial(console.print, highlight=False, markup=False)
        [plan] = plans(course.assignment)
        return read(course, source, names_as(layout), say, plan.late)
    except KeyError:
        fail(f"There is no layout {layout}: say moodle, canvas or another file of autograder/lms.")
    except FileNotFoundError as error:
        fail(f"There is no {error.filename}.")
    except (ValueError, Refused) as error:
        fail(f"These are no submissions: {error}")
    except OSError as error:
        fail(f"The submissions can't be copied into the course: {error}. Then grade again.")


def show_notes(course: Course, notes: list[str]) -> None:
    """Print what could not be used; where that is much, the rest goes into a file."""
    for note in notes[:MOST_NOTES]:
        console.print(note, highlight=False, markup=False, soft_wrap=True)
    if len(notes) > MOST_NOTES:
        path = write_text(course.collected / "notes.txt", "\n".join(notes) + "\n")
        console.print(f"{len(notes) - MOST_NOTES} more: {path}", soft_wrap=True)


@app.command("regrade")
@writes
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
    known = released(courses(assignment))
    found = owners_of(known, student) if student else dict.fromkeys(known, "")
    chosen = [it for it in found if not exercise or exercise in ids(it)]
    if exercise and not chosen:
        fail(f"There is no exercise {exercise}.")
    if exercise and not sandbox:
        fail("Without the sandbox, whole notebooks are run: leave --exercise out.")
    for course in chosen:
        students = [found[course]] if student else course.students("submitted")
        check_due_dates(course)
        settle_and_show(course)
        options = {"again": True, "only": exercise}
        run_grading(course, students, sandbox, execute, workers, dask, **options)
        changes = find_changes(course, students)
        show_changes(changes, console)
        show_late(late_penalties(course), console)
        console.print(write_changes(course, changes), soft_wrap=True)
        write_pages(course)


def ids(course: Course) -> set[str]:
    """Return the exercises of an assignment."""
    return {it.id for it in exercises_of(course)()}


def write_pages(course: Course) -> None:
    """Write the pages and tables on the whole cohort and say where they are."""
    grading = fingerprint_of_grading(here.repository, course, "pages")
    try:
        pages = write_cohort(here.repository, course, grading)
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
            console.print(NO_SANDBOX, style="red", soft_wrap=True)
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
    except Exception:
        if is_known(course):
            raise
        fail(
            f"{course.gradebook} knows nothing of {course.assignment}, which is released. Put the "
            "gradebook back from a copy: points given by hand are nowhere else. Without one, run "
            "`python -m autograder release`, and grade again."
        )


def check_due_dates(course: Course) -> None:
    """End the command where the list has a due date that can't be read."""
    if wrong := unreadable_due_dates(read_roster(course)):
        fail(
            f"{course.participants('students')}: no due date can be read in {', '.join(wrong)}. "
            "Write it as 2026-07-01T23:59:00+02:00."
        )


def late_penalties(course: Course) -> dict[str, float]:
    """Bring penalties up to date; return whoever is late -> how many points are taken off."""
    [plan] = plans(course.assignment)
    if not plan.late and not has_due_date(course):
        return {}
    from autograder.nbgrader_setup.lateness import update_penalties

    try:
        return patiently(lambda: update_penalties(here.repository, course))
    except GradingStopped as error:
        fail(str(error))


@app.command("confirm")
@writes
def confirm_command(
    student: Annotated[str, typer.Argument(help="Whose submission can't be read.")],
    assignment: AssignmentOption = "",
) -> None:
    """Let the 0 of a submission in which nothing could be read go into the grade files."""
    for course, owner in owners_of(courses(assignment), student).items():
        report = course.report(owner)
        if report.exists() and not read_report(report).unreadable:
            say = f"{owner}: {course.assignment} could be read, there is nothing to confirm."
            console.print(say, highlight=False, markup=False, soft_wrap=True)
            continue
        confirm(course, owner)
        console.print(f"{owner}: confirmed. Export again.", highlight=False, markup=False)


def owners_of(found: list[Course], student: str, step: str = "submitted") -> dict[Course, str]:
    """Return course -> whose submission counts there for a student, or end the command."""
    owners = {it: owner for it in found if (owner := owner_of(it, student, step))}
    if not owners:
        fail(f"Nothing of {student} is {STEPS[step]}.")
    for owner in {*owners.values()} - {student}:
        say = f"{student} is in a group, for which the submission of {owner} counts."
        console.print(say, highlight=False, markup=False, soft_wrap=True)
    return owners


ExerciseArgument = Annotated[
    str, typer.Argument(help="An exercise by its id, or a question by that of its cell.")
]


@app.command("full")
@writes
def full_command(exercise: ExerciseArgument, assignment: AssignmentOption = "") -> None:
    """Give everybody full points for an exercise."""
    from autograder.decisions import FULL, decide

    decide_and_show(exercise, assignment, lambda it, _: decide(it, exercise, FULL))


@app.command("dropped")
@writes
def dropped_command(exercise: ExerciseArgument, assignment: AssignmentOption = "") -> None:
    """Let an exercise count for nobody."""
    from autograder.decisions import DROPPED, decide

    decide_and_show(exercise, assignment, lambda it, _: decide(it, exercise, DROPPED))


@app.command("counted")
@writes
def counted_command(exercise: ExerciseArgument, assignment: AssignmentOption = "") -> None:
    """Let an exercise count again as it was graded."""
    from autograder.decisions import decide

    decide_and_show(exercise, assignment, lambda it, _: decide(it, exercise, ""))


StudentArgument = Annotated[str, typer.Argument(help="Whose solution.")]


@app.command("accept")
@writes
def accept_command(
    student: StudentArgument, exercise: ExerciseArgument, assignment: AssignmentOption = ""
) -> None:
    """Give one student the points of a right solution that the check refuses."""
    from autograder.decisions import accept

    decide_and_show(exercise, assignment, lambda it, who: accept(it, exercise, who, True), student)


@app.command("unaccept")
@writes
def unaccept_command(
    student: StudentArgument, exercise: ExerciseArgument, assignment: AssignmentOption = ""
) -> None:
    """Let a student's check count again."""
    from autograder.decisions import accept

    decide_and_show(exercise, assignment, lambda it, who: accept(it, exercise, who, False), student)


def decide_and_show(
    exercise: str, assignment: str, write: Callable[[Course, str], None], student: str = ""
) -> None:
    """Write a decision, let it hold, and print whose grade moves.

    Args: write: given the course, and whose submission counts for the student.
    """
    from autograder.grading.moves import exercises_in

    found = [it for it in graded_courses(assignment) if exercise in exercises_in(it)]
    if not found:
        fail(f"There is no exercise {exercise} in what is graded.")
    if len(found) > 1:
        names = ", ".join(it.assignment for it in found)
        fail(f"Which assignment? Add --assignment, one of {names}.")
    [course] = found
    owner = owners_of(found, student, "autograded")[course] if student else ""
    settle_and_show(course)  # refuses a wrong file before more is written into it
    try:
        write(course, owner)
    except BuildError as error:
        fail(str(error))
    settle_and_show(course, always=True)


def settle_and_show(course: Course, always: bool = False) -> None:
    """Let the decisions on exercises hold, and print whose grade moves.

    Args: always: also where nobody's does.
    """
    if not course.decisions.exists():
        return
    from autograder.decisions import is_settled

    try:
        if not always and is_settled(course):
            return
        from autograder.grading.settle import settle

        moves = settle(here.repository, course)
    except BuildError as error:
        fail(str(error))
    if moves or always:
        show_moves(moves, console)


@app.command("feedback")
@writes
def feedback_command(assignment: AssignmentOption = "") -> None:
    """Write the feedback pages, also into the exchange and for learning-management systems."""
    from autograder.nbgrader_setup.feedback import give_feedback

    for course in graded_courses(assignment):
        check_due_dates(course)
        settle_and_show(course)
        late_penalties(course)
        say = partial(console.print, highlight=False, markup=False, soft_wrap=True)
        failed = give_feedback(here.repository, course, say)
        console.print(course.root / "feedback", soft_wrap=True)
        failed += show_files({it: partial(it.give_feedback, course) for it in systems()})
        if failed:
            fail(f"All but that of {', '.join(failed)} is written.")


@app.command("export")
@writes
def export_command(assignment: AssignmentOption = "") -> None:
    """Write the grades for people, spreadsheets and learning-management systems."""
    for course in graded_courses(assignment):
        check_due_dates(course)
        settle_and_show(course)
        late_penalties(course)
        repository = here.repository
        failed = show_files({it: partial(it.export, repository, course) for it in systems()})
        for system in systems():
            if type(system).__name__ not in failed:
                for said in system.remarks(course):
                    console.print(said, highlight=False, markup=False, soft_wrap=True)
        if failed:
            fail(f"All but that of {', '.join(failed)} is written.")


def show_files(written: Mapping[System, Callable[[], list[Path]]]) -> list[str]:
    """Have each system's files written and print where they are; return the systems that failed."""
    failed = []
    for system, write in written.items():
        try:
            for path in write():
                console.print(path, soft_wrap=True)
        except Exception as error:  # one system's files are not another's
            name = type(system).__name__
            console.print(f"{name}: {type(error).__name__}: {error}", markup=False, soft_wrap=True)
            failed.append(name)
    return failed


@app.command("demo")
def demo_command(assignment: AssignmentOption = "") -> None:
    """Run a whole course on a sample cohort, in a folder of its own; default: one assignment."""
    from autograder.builder.exercises import load_exercises
    from autograder.samples.demo import demo

    repository, plan = here.repository, plans(assignment)[0]
    course = Course(repository.demo_course, plan.name)
    try:
        demo(repository, course, load_exercises(repository), plan, console)
    except BuildError as error:
        fail(f"Build failed: {error}")


@app.command("lecture")
def lecture_command(
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write the stage, recorded, as one file."),
    ] = None,
    port: Annotated[int, typer.Option(help="Default: any that is free.")] = 0,
    browser: Annotated[bool, typer.Option(help="Whether a browser is opened.")] = True,
) -> None:
    """Show the stage for the lecture hall in a browser, with solved modules."""
    from autograder.lecture.page import write_recorded
    from autograder.lecture.scenes import find_scenes, import_solved
    from autograder.lecture.server import StageServer

    try:
        found = find_scenes(here.repository)
        import_solved(here.repository)
    except BuildError as error:
        fail(f"The stage can't be put together: {error}.")
    if not found:
        fail("No lab has a folder scenes.")
    if html:
        with console.status("") as status:
            write_recorded(found, html, lambda said: status.update(said))
        size = html.stat().st_size / 1e6
        console.print(f"{html}: {size:.1f} MB", soft_wrap=True)
        return
    with StageServer(found, port) as server, suppress(KeyboardInterrupt):
        console.print(f"{server.address} (end with Ctrl-C)", soft_wrap=True)
        if browser:
            webbrowser.open(server.address)
        server.serve_forever()


@app.command("preview")
def preview_command(
    folder: Annotated[
        Path | None, typer.Argument(help="Where the pages go. Default: build/preview.")
    ] = None,
) -> None:
    """Run all notebooks, solved, and write them as a site that needs neither Python nor network."""
    from autograder.solved_site.site import INDEX, Site

    repository = here.repository
    folder = folder or repository.root / "build" / "preview"
    try:
        site = Site(repository, folder)
        site.write(lambda said: console.print(said, highlight=False, markup=False, soft_wrap=True))
    except BuildError as error:
        fail(f"The notebooks can't be shown: {error}.")
    except OSError as error:
        fail(f"{error.filename or folder} can't be written: {error.strerror or error}.")
    console.print(folder / INDEX, soft_wrap=True)
    if site.failed:
        fail(f"All but {', '.join(site.failed)} are written.")
