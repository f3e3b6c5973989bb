"""Cases drawn afresh for one run of the grader, so that no recorded answer fits them."""

from __future__ import annotations

import dataclasses
import functools
import secrets
from collections.abc import Iterable

from autograder.exercise import Exercise
from autograder.references import bundle_of, draw_cases, with_misconceptions
from exercise_lib.checking.bundle import Bundle


class FreshBundles:
    """The exercises' bundles of this run: as many cases of each kind as students and
    `nbgrader autograde` have, with other numbers. Each is made when it is first asked for."""

    def __init__(self, exercises: Iterable[Exercise]) -> None:
        self.exercises = {it.id: it for it in exercises}

    @functools.cache  # noqa: B019  # lives as long as the run
    def bundle(self, exercise_id: str) -> Bundle:
        """Return the cases with what the solution returns."""
        exercise = self.exercises[exercise_id]
        cases = [
            solved
            for hidden in (False, True)
            for solved in draw_cases(exercise, secrets.randbits(64), hidden)
        ]
        return bundle_of(exercise, cases)

    @functools.cache  # noqa: B019
    def explained(self, exercise_id: str) -> Bundle:
        """Return the same cases, with what each misconception returns; this takes longer."""
        bundle = self.bundle(exercise_id)
        exercise = self.exercises[exercise_id]
        return dataclasses.replace(
            bundle, cases=[with_misconceptions(exercise, it) for it in bundle.cases]
        )
