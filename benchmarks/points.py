"""What wrong formulas keep of the points: `python -m benchmarks.points` prints one run."""

from collections.abc import Iterable

import torch
from rich.console import Console

from autograder.builder.bundles import PUBLIC_SEED, solve_cases
from autograder.builder.exercises import load_exercises
from autograder.builder.kept import LIMIT, share_kept
from autograder.exercise import Exercise
from autograder.paths import REPOSITORY
from benchmarks.tables import table
from exercise_lib.check.case import SolvedCase
from exercise_lib.check.personal import PERSONAL
from exercise_lib.check.score import percent

HIDDEN_SEED = 7
MOST = 10  # misconceptions named, those that keep most without a reason


def main() -> None:
    """Print how much the declared misconceptions keep, on public, hidden and all cases."""
    torch.set_num_threads(1)
    console = Console()
    exercises = [it for it in load_exercises(REPOSITORY) if it.target != PERSONAL]
    public = {it.id: solve_cases(it, PUBLIC_SEED, hidden=False) for it in exercises}
    hidden = {it.id: solve_cases(it, HIDDEN_SEED, hidden=True) for it in exercises}
    both = {name: public[name] + hidden[name] for name in public}
    rows = {}
    for name, cases in (("public", public), ("hidden", hidden), ("both", both)):
        rows[name] = figures(shares(exercises, cases).values())
    rows["both, those without a reason"] = figures(shares(exercises, both, mild=False).values())
    console.print(table(f"What misconceptions of {len(exercises)} exercises keep", rows))
    kept = shares(exercises, both, mild=False)
    most = sorted(kept, key=lambda it: -kept[it])[:MOST]
    named = {name: {"keeps": percent(kept[name])} for name in most}
    console.print(table("Those that keep most and say no reason", named))


def shares(
    exercises: Iterable[Exercise], cases: dict[str, list[SolvedCase]], mild: bool = True
) -> dict[str, float]:
    """Return what each misconception keeps. Args: mild: whether with those that say a reason."""
    return {
        f"{exercise.id}: {it.name}": share_kept(cases[exercise.id], it.name)
        for exercise in exercises
        for it in exercise.misconceptions
        if mild or not it.mild
    }


def figures(shares: Iterable[float]) -> dict[str, str]:
    """Return their number, their mean, and how many are large."""
    kept = list(shares)
    return {
        "misconceptions": str(len(kept)),
        "mean": percent(sum(kept) / len(kept)),
        "nothing": str(sum(it == 0 for it in kept)),
        "half or more": str(sum(it >= 1 / 2 for it in kept)),
        "two thirds or more": str(sum(it >= LIMIT for it in kept)),
    }


if __name__ == "__main__":
    main()
