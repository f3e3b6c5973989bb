"""Prove that points follow the formula: no misconception keeps most of an exercise's points."""

from __future__ import annotations

from autograder.errors import BuildError
from autograder.exercise import Exercise
from exercise_lib.check.case import SolvedCase
from exercise_lib.check.score import percent, score

LIMIT = 2 / 3


def share_kept(cases: list[SolvedCase], misconception: str) -> float:
    """Return the share of the points that a misconception earns."""
    return score(cases, [misconception not in it.wrong for it in cases]).share


def demand_little_kept(exercise: Exercise, cases: list[SolvedCase]) -> None:
    """Demand that the solution earns something, and misconceptions less than LIMIT.

    Raises: BuildError: one keeps more, and its declaration does not say why.
    """
    if score(cases, [True] * len(cases)).share < 1:
        raise BuildError(f"{exercise.id}: no case asks for a value other than zero")
    for it in exercise.wrong:
        share = share_kept(cases, it.name)
        if share >= LIMIT and not it.mild:
            raise BuildError(
                f"{exercise.id}: the misconception {it.name!r} keeps {percent(share)} of the "
                "points. Add a case that it fails, give such a case a larger `weight`, or say in "
                "its declaration why that is fair: `mild=`."
            )
