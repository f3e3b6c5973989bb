"""What a check and a submission cost: `make bench` prints seconds and ratios from one run."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from autograder.assignment import read_assignment
from autograder.build import write_course
from autograder.cohort import Sample
from autograder.exchange import release
from autograder.exercise import Exercise
from autograder.exercises import all_exercises
from autograder.grade import grade
from autograder.references import build_references, hidden_seed
from autograder.repository import ASSIGNMENT, REPOSITORY, Course
from exercise_lib.check import REFERENCES, judge
from exercise_lib.checking.bundle import read_bundle
from exercise_lib.checking.run import run_case

ROUNDS = 5
STUDENTS = ("one", "two", "three")


def seconds(work) -> float:
    """Return how long one call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def import_seconds() -> tuple[float, float]:
    """Return the median seconds of a process importing torch, and torch with our check."""
    times: dict[str, list[float]] = {"import torch": [], "import torch, exercise_lib.check": []}
    for _ in range(ROUNDS):
        for code, measured in times.items():
            measured.append(seconds(lambda c=code: subprocess.run([sys.executable, "-c", c])))
    first, second = (statistics.median(measured) for measured in times.values())
    return first, second


def check_seconds(exercise: Exercise) -> float:
    """Return the median seconds from reading an exercise's bundle to its result."""

    def check() -> None:
        bundle = read_bundle(exercise.id, REFERENCES)
        judge(bundle, bundle.cases, [run_case(exercise.solution, it.case) for it in bundle.cases])

    check()
    return statistics.median(seconds(check) for _ in range(ROUNDS))


def submission_seconds(exercises: list[Exercise]) -> tuple[list[float], list[float]]:
    """Return seconds of each perfect submission, by `nbgrader autograde` and by our grader."""
    assignment = read_assignment(REPOSITORY, exercises)
    build_references(exercises, REPOSITORY.hidden, hidden_seed(REPOSITORY.hidden), hidden=True)
    with tempfile.TemporaryDirectory() as name:
        course = Course(Path(name) / "course")
        write_course(REPOSITORY, course, assignment)
        release(REPOSITORY, course)
        sample = Sample(assignment, exercises)
        for student in STUDENTS:
            folder = course.step("submitted", student)
            folder.parent.mkdir(parents=True)
            subprocess.run(["cp", "-r", str(course.release), str(folder)], check=True)
            sample.solve(folder)
        stock, ours = [], []
        for student in STUDENTS:
            command = [sys.executable, "-m", "nbgrader", "autograde", ASSIGNMENT, "--force"]
            command += ["--student", student]
            stock.append(
                seconds(
                    lambda c=command: subprocess.run(
                        c, cwd=course.root, check=True, capture_output=True, env=os.environ
                    )
                )
            )
            ours.append(seconds(lambda s=student: grade(REPOSITORY, course, [s], again=True)))
    return stock, ours


def main() -> None:
    console = Console()
    exercises = all_exercises()
    torch_only, with_check = import_seconds()
    console.print(
        f"import torch {torch_only:.2f} s, with exercise_lib.check {with_check:.2f} s: "
        f"ratio {with_check / torch_only:.2f} (medians of {ROUNDS})"
    )
    checks = sorted(((check_seconds(it), it.id) for it in exercises), reverse=True)
    table = Table(title=f"Seconds for a check (medians of {ROUNDS}; the 5 slowest)")
    table.add_column("exercise")
    table.add_column("seconds", justify="right")
    for measured, exercise_id in checks[:5]:
        table.add_row(exercise_id, f"{measured:.3f}")
    table.add_row(f"all {len(checks)}", f"{sum(measured for measured, _ in checks):.3f}")
    console.print(table)
    stock, ours = submission_seconds(exercises)
    ratios = [a / b for a, b in zip(stock, ours, strict=True)]
    console.print(
        f"a submission: nbgrader autograde {statistics.median(stock):.1f} s, "
        f"python -m autograder grade {statistics.median(ours):.1f} s: "
        f"ratio {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
    )


if __name__ == "__main__":
    main()
