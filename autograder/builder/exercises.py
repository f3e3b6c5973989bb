"""The exercises that labs declare, a file each."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from autograder.builder.answers import broken_answer
from autograder.errors import BuildError, described
from autograder.labs import Lab, package_of
from autograder.paths import Repository

if TYPE_CHECKING:
    from autograder.exercise import Exercise

Order = tuple[str, list[int], str]


def load_exercises(repository: Repository, labs: Iterable[Lab] | None = None) -> list[Exercise]:
    """Return the exercises of some labs, or of all, in the order of the notebooks.

    Raises: BuildError: a file can't be imported, declares no exercise, one of another name, or one
        whose id is taken.
    """
    from autograder.exercise import Exercise

    package = package_of(repository.solutions)
    found = []
    declared: dict[str, str] = {}  # id -> where
    for lab in repository.labs if labs is None else labs:
        for path in lab.exercises:
            where = f"{lab.name}/exercises/{path.name}"
            try:
                module = import_module(f"{package}.{lab.name}.exercises.{path.stem}")
            except Exception as error:
                raise BuildError(f"{where} can't be imported: {described(error)}") from error
            exercise = getattr(module, "exercise", None)
            if not isinstance(exercise, Exercise):
                raise BuildError(f"{where} declares no `exercise`")
            if exercise.id.rpartition(".")[2] != path.stem:
                raise BuildError(f"{where} declares {exercise.id}: name the file as the exercise")
            if declared.setdefault(exercise.id, where) != where:
                raise BuildError(
                    f"{where}: the id {exercise.id} is taken by {declared[exercise.id]}. Give this "
                    "exercise another one, and its file the name that goes with it."
                )
            broken = handed_out(exercise, f"{package}.{lab.name}.exercises")
            found.append(replace(exercise, notebook=lab.notebook, handed_out=broken))
    return sorted(found, key=order)


def handed_out(exercise: Exercise, package: str) -> Any:
    """Return the broken code that an exercise hands out, None where students get a stub."""
    if exercise.target != "notebook":
        return None
    return broken_answer(package, exercise.solution.__name__)


@dataclass(frozen=True)
class LoadExercises:
    """Loads the exercises of some labs in whatever process: a worker knows its own cases by it."""

    repository: Repository
    labs: tuple[Lab, ...] | None = None

    def __call__(self) -> list[Exercise]:
        return load_exercises(self.repository, self.labs)


def order(exercise: Exercise) -> Order:
    """Return where an exercise stands: by notebook, then by TODO, "2.7b" after "2.7a"."""
    numbers = [int(it) for it in re.findall(r"\d+", exercise.todo)]
    return exercise.notebook, numbers, exercise.todo
