"""What grading a cohort takes: `python -m benchmarks.grading` prints one run.

The cohort is generated: its students solved seven exercises in ten, made one of the declared
mistakes in two, and left one out.
"""

import os
import pickle
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import Annotated, Any
from unittest.mock import patch

import psutil
import typer
from distributed import Client, LocalCluster
from rich.console import Console

from autograder.builder.exercises import LoadExercises
from autograder.grading.imports import imported_modules
from autograder.grading.job import Job, Settings
from autograder.grading.worker import grade as grade_one, start_grader
from autograder.grading.run import grade, sandboxed
from autograder.paths import REPOSITORY, Course, student_modules
from autograder.reports.report import Report
from autograder.samples.random_student import student_at_random
from autograder.samples.released import release_first
from autograder.sandbox.sandbox import Child
from autograder.submissions.intake import take_in
from benchmarks import unprotected
from benchmarks.tables import table

MARKS = (50, 100, 200, 400)
ROUNDS = 5  # of measuring a submission's overhead; the fastest counts
OVERHEAD_OF = 5  # submissions

Row = dict[str, Any]


def main(
    submissions: Annotated[int, typer.Option(help="Graded in each way.")] = 100,
    most: Annotated[int, typer.Option(help="Graded to see how time and memory grow.")] = 400,
    stock: Annotated[int, typer.Option(help="Graded by nbgrader autograde.")] = 4,
    executed: Annotated[int, typer.Option(help="Graded with --execute.")] = 2,
) -> None:
    """Grade the same submissions in all ways, and more and more of them in one."""
    console = Console()
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        course = make_course(Path(name) / "course", max(submissions, most))
        students = course.students("submitted")
        ways: dict[str, Callable[[], tuple[float, int]]] = {
            "nbgrader autograde": lambda: with_nbgrader(course, students[:stock]),
            "one worker": lambda: with_workers(course, students[:submissions], 1),
            "two workers": lambda: with_workers(course, students[:submissions], 2),
            "Dask, two workers": lambda: with_dask(course, students[:submissions]),
            "one worker, --execute": lambda: with_workers(
                course, students[:executed], 1, show=True
            ),
        }
        rows: dict[str, Row] = {}
        first = 0.0
        for name, grade_all in ways.items():
            seconds, graded = grade_all()
            first = first or seconds
            rows[name] = {
                "graded": graded,
                "seconds each": f"{seconds:.2f}",
                "a minute": f"{60 / seconds:.1f}",
                "times nbgrader": f"{first / seconds:.1f}",
            }
            console.print(name, rows[name])
        console.print(table("Submissions", rows))
        console.print(table("Two workers, one run", growth(course, students[:most])))
        console.print(table("A submission's checks", overheads(course, students[:OVERHEAD_OF])))


def make_course(root: Path, submissions: int) -> Course:
    """Return a course with the assignment released and that many submissions."""
    assignment, course = release_first(REPOSITORY, root)
    unneeded = shutil.ignore_patterns("data")
    for seed in range(submissions):
        member = student_at_random(assignment, assignment.exercises, seed)
        folder = course.step("submitted", member.student)
        shutil.copytree(course.release, folder, ignore=unneeded)
        member.work(folder)
    return course


def copy_of(course: Course, students: list[str], root: Path) -> Course:
    """Return a course of its own in which these students have submitted."""
    others = shutil.ignore_patterns("submitted")
    shutil.copytree(course.root, root, ignore=others)
    copy = Course(root, course.assignment)
    for student in students:
        shutil.copytree(course.step("submitted", student), copy.step("submitted", student))
    return copy


def with_nbgrader(course: Course, students: list[str]) -> tuple[float, int]:
    """Return the seconds a submission takes in one batch of `nbgrader autograde`, and how many."""
    with tempfile.TemporaryDirectory(dir=course.root.parent) as name:
        copy = copy_of(course, students, Path(name) / "course")
        command = [sys.executable, "-m", "nbgrader", "autograde", copy.assignment]
        start = time.perf_counter()
        subprocess.run(command, cwd=copy.root, check=True, capture_output=True, env=os.environ)
        seconds = time.perf_counter() - start
    return seconds / len(students), len(students)


def with_workers(
    course: Course,
    students: list[str],
    count: int,
    show: bool = False,
    start: Callable[[], Executor] | None = None,
    done: Callable[[Report], None] = lambda _: None,
) -> tuple[float, int]:
    """Return the same for the sandboxed grader, the start of its workers included."""
    with tempfile.TemporaryDirectory(dir=course.root.parent) as name:
        copy = copy_of(course, students, Path(name) / "course")
        begin = time.perf_counter()
        with sandboxed(REPOSITORY, copy, LoadExercises(REPOSITORY), show, count, start) as checks:
            grade(REPOSITORY, copy, students, checks, done)
            seconds = time.perf_counter() - begin
    return seconds / len(students), len(students)


def with_dask(course: Course, students: list[str]) -> tuple[float, int]:
    """Return the same for a Dask cluster of this machine; starting the cluster does not count."""
    with (
        LocalCluster(2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        return with_workers(course, students, 2, start=client.get_executor)


def growth(course: Course, students: list[str]) -> dict[str, Row]:
    """Return time and memory when so and so many submissions of one run are graded."""
    rows: dict[str, Row] = {}
    start = time.perf_counter()
    done = 0

    def note(_: Report) -> None:
        nonlocal done
        done += 1
        if done in MARKS:
            seconds = time.perf_counter() - start
            this = psutil.Process()
            workers = sum(megabytes(it) for it in this.children(recursive=True))
            rows[f"{done} submissions"] = {
                "seconds": f"{seconds:.0f}",
                "seconds each": f"{seconds / done:.2f}",
                "MB of the writer": f"{megabytes(this):.0f}",
                "MB of all workers": f"{workers:.0f}",
            }

    with_workers(course, students, 2, done=note)
    return rows


def megabytes(process: psutil.Process) -> float:
    """Return the memory of a process; what it shares counts in parts."""
    return process.memory_full_info().pss / 1e6


def overheads(course: Course, students: list[str]) -> dict[str, Row]:
    """Compare the checks of submissions in the sandbox with the same requests in a bare child."""
    settings = Settings(course.release.resolve(), LoadExercises(REPOSITORY))
    modules = student_modules(course.release)
    start_grader(settings)
    ask = Child.ask
    rows: dict[str, Row] = {}
    for student in students:
        take_in(course, student)
        job = read_job(student, course.step("intake", student), modules)
        requests: list[Any] = []

        def record(child: Child, request: Any, tensors: Any, seconds: float, r=requests) -> Any:
            r.append(({**request, "token": ""}, tensors))
            return ask(child, request, tensors, seconds)

        with patch.object(Child, "ask", record):
            run_checks(settings, job)
        within = min(run_checks(settings, job).seconds for _ in range(ROUNDS))
        bare = min(bare_seconds(course, job.modules, requests))
        rows[student] = {
            "sandbox, ms": f"{within * 1000:.0f}",
            "bare, ms": f"{bare * 1000:.0f}",
            "overhead, ms": f"{(within - bare) * 1000:.0f}",
        }
    median = statistics.median(float(it["overhead, ms"]) for it in rows.values())
    rows["median"] = {"overhead, ms": f"{median:.0f}"}
    return rows


def bare_seconds(course: Course, modules: dict[str, bytes], requests: list[Any]) -> list[float]:
    """Return what each round of `benchmarks.unprotected` takes."""
    with tempfile.TemporaryDirectory(dir=course.root.parent) as name:
        folder = Path(name)
        shutil.copytree(course.release, folder, dirs_exist_ok=True)
        for path, text in modules.items():
            (folder / path).write_bytes(text)
        students = [it.removesuffix(".py").replace("/", ".") for it in modules]
        content = requests, students, imported_modules(course.release)
        (folder / unprotected.REQUESTS).write_bytes(pickle.dumps(content))
        command = [sys.executable, "-m", unprotected.__name__, str(ROUNDS)]
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY.root), "EXERCISE_QUICK": "1"}
        done = subprocess.run(
            command, cwd=folder, env=environment, check=True, capture_output=True, text=True
        )
    return [float(it) for it in done.stdout.split()]


if __name__ == "__main__":
    typer.run(main)
