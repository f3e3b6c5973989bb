"""What grading a cohort takes: `python -m benchmarks.grading` prints one run.

The cohort is generated: its students solved seven exercises in ten, made one of the declared
mistakes in two, and left one out. Every figure is of whole commands, their start included;
processor time is that of all their processes.
"""

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import psutil
import typer
from distributed import Client, LocalCluster
from rich.console import Console

from autograder.builder.exercises import LoadExercises
from autograder.grading.run import grade, sandboxed
from autograder.paths import REPOSITORY, Course
from autograder.reports.report import Report
from autograder.samples.random_student import student_at_random
from autograder.samples.released import release_first
from benchmarks.processes import Cost, cost_of
from benchmarks.tables import table

MARKS = (50, 100, 200, 400)
FEW = 4  # submissions of a run that is compared with a longer one
ALL_CELLS = "--ExecuteOrExplain.skip_cells_with_tag=none"  # those that only show something, too

Row = dict[str, Any]
console = Console()


def main(
    submissions: Annotated[int, typer.Option(help="Graded in each way.", min=FEW + 1)] = 20,
    most: Annotated[int, typer.Option(help="Graded to see how time and memory grow; 0: not.")] = 0,
    stock: Annotated[int, typer.Option(help="Graded by nbgrader autograde.")] = 3,
    dask: Annotated[bool, typer.Option(help="Whether to grade on a Dask cluster, too.")] = True,
) -> None:
    """Run the commands of an instructor, and nbgrader's, on the same submissions."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        course = make_course(Path(name) / "course", max(submissions, most))
        students = course.students("submitted")
        few = copy_of(course, students[:FEW], Path(name) / "few")
        one = copy_of(course, students[:submissions], Path(name) / "one")
        two = copy_of(course, students[:submissions], Path(name) / "two")
        executed = copy_of(course, students[:stock], Path(name) / "executed")

        by_nbgrader = with_nbgrader(course, students[:stock])
        by_few = autograder(few, "grade", "--workers", "1")
        by_one = autograder(one, "grade", "--workers", "1")
        by_two = autograder(two, "grade", "--workers", "2")
        ways = {"nbgrader autograde": (by_nbgrader, stock), "one worker": (by_one, submissions)}
        ways["two workers"] = by_two, submissions
        show("Submissions", compared(ways, by_nbgrader.elapsed / stock))

        first_pages = autograder(two, "feedback")
        same_pages = autograder(two, "feedback")
        pages = (first_pages.processor - same_pages.processor) / submissions
        rows: dict[str, Row] = {
            "a further hand-in": processor(
                (by_one.processor - by_few.processor) / (submissions - FEW)
            ),
            "the first result": {"elapsed, s": f"{by_two.first:.1f}"},
            "nothing to do": shown(autograder(two, "grade")),
            "one student again": shown(autograder(two, "regrade", "--student", students[0])),
            "feedback, a student": processor(pages),
            "feedback, nothing changed": shown(same_pages),
            "export": shown(autograder(two, "export")),
        }
        show("Commands", rows)
        all_cells = with_nbgrader(course, students[:stock], ALL_CELLS)
        execute = autograder(executed, "grade", "--execute", "--workers", "1")
        ways = {"nbgrader, all cells": (all_cells, stock), "--execute": (execute, stock)}
        show("Notebooks run for their figures", compared(ways, all_cells.elapsed / stock))
        if dask:  # last: the cluster leaves processes behind that are waited for
            ways = {"Dask, two workers": (with_dask(course, students[:submissions]), submissions)}
            show("Elsewhere", compared(ways, by_nbgrader.elapsed / stock))
        if most:
            show("Two workers, one run", growth(course, students[:most]))


def show(title: str, rows: dict[str, Row]) -> None:
    console.print(table(title, rows))


def compared(ways: dict[str, tuple[Cost, int]], first: float) -> dict[str, Row]:
    """Return what each way took a submission, and how many times less than `first` seconds."""
    return {
        name: {
            "graded": count,
            "elapsed each, s": f"{cost.elapsed / count:.2f}",
            "processor each, s": f"{cost.processor / count:.2f}",
            "times faster": f"{first / (cost.elapsed / count):.1f}",
        }
        for name, (cost, count) in ways.items()
    }


def shown(cost: Cost) -> Row:
    return {"elapsed, s": f"{cost.elapsed:.1f}", **processor(cost.processor)}


def processor(seconds: float) -> Row:
    return {"processor, s": f"{seconds:.2f}"}


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


def autograder(course: Course, *command: str) -> Cost:
    """Return what a command of `python -m autograder` takes on a course."""
    start = [sys.executable, "-m", "benchmarks.commands", str(course.root), *command]
    return cost_of(start, REPOSITORY.root, look_for="graded")


def with_nbgrader(course: Course, students: list[str], *options: str) -> Cost:
    """Return what one batch of `nbgrader autograde` takes."""
    with tempfile.TemporaryDirectory(dir=course.root.parent) as name:
        copy = copy_of(course, students, Path(name) / "course")
        command = [sys.executable, "-m", "nbgrader", "autograde", copy.assignment, *options]
        return cost_of(command, copy.root)


def with_dask(course: Course, students: list[str]) -> Cost:
    """Return the elapsed time on a Dask cluster of this machine, whose start does not count."""
    with (
        LocalCluster(2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster, set_as_default=False) as client,
        tempfile.TemporaryDirectory(dir=course.root.parent) as name,
    ):
        copy = copy_of(course, students, Path(name) / "course")
        exercises, start = LoadExercises(REPOSITORY), time.perf_counter()
        with sandboxed(REPOSITORY, copy, exercises, False, 2, client.get_executor) as checks:
            grade(REPOSITORY, copy, students, checks)
            return Cost(time.perf_counter() - start, float("nan"))


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

    with tempfile.TemporaryDirectory(dir=course.root.parent) as name:
        copy = copy_of(course, students, Path(name) / "course")
        with sandboxed(REPOSITORY, copy, LoadExercises(REPOSITORY), count=2) as checks:
            grade(REPOSITORY, copy, students, checks, note)
    return rows


def megabytes(process: psutil.Process) -> float:
    """Return the memory of a process, 0 once it has ended; what it shares counts in parts."""
    try:
        return process.memory_full_info().pss / 1e6
    except psutil.NoSuchProcess:
        return 0.0


if __name__ == "__main__":
    os.environ.pop("PYTHONPATH", None)
    typer.run(main)
