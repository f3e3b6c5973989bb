"""What a check costs the student who waits: `python -m benchmarks.checking` prints one run."""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from rich.console import Console

from autograder.builder.exercises import load_exercises
from autograder.exercise import Exercise
from autograder.paths import REPOSITORY
from benchmarks.tables import table
from exercise_lib.check.bundle import read_bundle
from exercise_lib.check.run import run_case
from exercise_lib.check.verdict import REFERENCES, judge

ROUNDS = 5
SLOWEST = 5


def main() -> None:
    """Measure importing the checks, and each check."""
    console = Console()
    torch_only, with_check = import_seconds()
    console.print(
        f"import torch {torch_only:.2f} s, with exercise_lib.check.verdict {with_check:.2f} s: "
        f"ratio {with_check / torch_only:.2f} (medians of {ROUNDS})"
    )
    seconds = {it.id: check_seconds(it) for it in load_exercises(REPOSITORY)}
    slowest = sorted(seconds, key=lambda it: -seconds[it])[:SLOWEST]
    rows = {it: {"seconds": f"{seconds[it]:.3f}"} for it in slowest}
    rows[f"all {len(seconds)}"] = {"seconds": f"{sum(seconds.values()):.3f}"}
    console.print(table(f"A check (medians of {ROUNDS}; the {SLOWEST} slowest)", rows))


def import_seconds() -> tuple[float, float]:
    """Return the median seconds of a process importing torch, and torch with our check."""
    times: dict[str, list[float]] = {
        "import torch": [],
        "import torch, exercise_lib.check": [],
    }
    for _ in range(ROUNDS):
        for code, measured in times.items():
            measured.append(seconds_of(lambda c=code: subprocess.run([sys.executable, "-c", c])))
    first, second = (statistics.median(measured) for measured in times.values())
    return first, second


def check_seconds(exercise: Exercise) -> float:
    """Return the median seconds from reading an exercise's bundle to its result."""

    def check() -> None:
        bundle = read_bundle(exercise.id, REFERENCES)
        judge(bundle, bundle.cases, [run_case(exercise.solution, it.case) for it in bundle.cases])

    check()
    return statistics.median(seconds_of(check) for _ in range(ROUNDS))


def seconds_of(work: Callable[[], object]) -> float:
    """Return how long one call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
