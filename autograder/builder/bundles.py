"""Make reference bundles: run the solution and every misconception over an exercise's cases."""

from __future__ import annotations

import inspect
import itertools
import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from autograder.builder.callees import Tracer
from autograder.builder.kept import demand_little_kept
from autograder.errors import BuildError, described
from autograder.exercise import Exercise
from exercise_lib.check.bundle import Bundle, write_bundle
from exercise_lib.check.case import Case, SolvedCase
from exercise_lib.check.diagnose import equals
from exercise_lib.check.outcome import Outcome
from exercise_lib.check.personal import PERSONAL, fits
from exercise_lib.check.run import run_case
from exercise_lib.check.tree import Tree

PUBLIC_SEED = 20250412  # the date of the lecture


class ExerciseError(BuildError):
    """An exercise's declaration contradicts itself."""


def build_references(
    exercises: list[Exercise],
    folder: Path,
    seed: int,
    hidden: bool,
    say: Callable[[str], None] = lambda _: None,
) -> None:
    """Write one bundle for each exercise into `folder` and remove bundles of other exercises."""
    torch.set_num_threads(1)  # faster for tensors this small, and the same sums on any machine
    tracer = Tracer(exercises)
    for notebook, group in itertools.groupby(exercises, lambda it: it.notebook):
        for exercise in group:
            bundle = solve(exercise, seed, hidden)
            if not hidden:
                calls = tracer.callees(exercise, [it.case for it in bundle.cases])
                bundle = replace(bundle, calls=calls)
            write_bundle(bundle, folder)
        say(f"  {notebook}")
    ids = {exercise.id for exercise in exercises}
    for path in folder.glob("*.safetensors"):
        if path.stem not in ids:
            path.unlink()


def hidden_seed(folder: Path) -> int:
    """Return this course's own seed, drawn once, so that hidden cases can't be worked out."""
    path = folder / "seed"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{secrets.randbits(64)}\n")
    return int(path.read_text())


def solve(exercise: Exercise, seed: int, hidden: bool) -> Bundle:
    """Return the exercise's bundle; raises ExerciseError where its declaration is at fault."""
    names = [it.name for it in exercise.wrong]
    if len(set(names)) < len(names):
        raise ExerciseError(f"{exercise.id}: two misconceptions have one name")
    solved = solve_cases(exercise, seed, hidden)
    if not hidden:
        _demand_distinct(exercise, solved)
    elif exercise.target == PERSONAL:
        for it in solved:
            _demand_distinct(exercise, [it])
        _demand_different_answers(exercise, solved)
    if exercise.target != PERSONAL:
        demand_little_kept(exercise, solved)
    return bundle_of(exercise, solved)


def solve_cases(exercise: Exercise, seed: int, hidden: bool) -> list[SolvedCase]:
    """Draw an exercise's cases and run the solution and every misconception over them."""
    cases = draw_cases(exercise, seed, hidden)
    return [with_misconceptions(exercise, solved) for solved in cases]


def draw_cases(exercise: Exercise, seed: int, hidden: bool) -> list[SolvedCase]:
    """Draw an exercise's cases and run the solution over them."""
    cases = _cases(exercise, seed, hidden)
    return [SolvedCase(case, _expected(exercise, case), {}, hidden) for case in cases]


def public_cases(exercise: Exercise) -> list[Case]:
    """Return the cases that students have."""
    return _cases(exercise, PUBLIC_SEED, hidden=False)


def hidden_cases(exercise: Exercise, seed: int) -> list[Case]:
    """Return the hidden cases of a draw."""
    return _cases(exercise, seed, hidden=True)


def _cases(exercise: Exercise, seed: int, hidden: bool) -> list[Case]:
    if exercise.make_cases is None:
        raise ExerciseError(f"{exercise.id}: no cases are declared")
    try:
        cases = exercise.make_cases(np.random.default_rng(seed), hidden)
    except Exception as error:
        raise ExerciseError(
            f"{exercise.id}: its cases can't be made: {described(error)}"
        ) from error
    return [in_order(it, exercise.solution) for it in cases]


def in_order(case: Case, solution: Any) -> Case:
    """Return a case with its arguments in the solution's order, if they can be given so."""
    names: list[str] = []
    if case.probe in ("call", "figure"):
        names = list(inspect.signature(solution).parameters)
    elif case.probe in ("module", "method", "statistics"):
        called = getattr(solution, case.options.get("method", "forward"), None)
        _, *names = inspect.signature(called).parameters if called else ["", *list(case.args)[:1]]
    args, init = sorted_by(names, case.args), case.init
    options = dict(case.options)
    if args:
        options["in_order"] = True
    if init and (init := sorted_by(list(inspect.signature(solution).parameters), init)):
        options["init_in_order"] = True
    return replace(case, args=args or case.args, init=init or case.init, options=options)


def sorted_by(names: list[str], args: dict[str, Tree]) -> dict[str, Tree]:
    """Return arguments in the order of these names, or none if one between is left out."""
    found = {name: args[name] for name in names if name in args}
    return found if list(found) == names[: len(args)] else {}


def with_misconceptions(exercise: Exercise, solved: SolvedCase) -> SolvedCase:
    """Add what those misconceptions return that fail the case."""
    outcomes = {it.name: run_case(it.variant, solved.case) for it in exercise.wrong}
    wrong = {
        name: outcome
        for name, outcome in outcomes.items()
        if not passes(outcome, solved.expected, solved.case)
    }
    return replace(solved, wrong=wrong)


def bundle_of(exercise: Exercise, solved: list[SolvedCase]) -> Bundle:
    """Return an exercise as data, with these cases."""
    return Bundle(
        id=exercise.id,
        title=exercise.title,
        target=exercise.target,
        todo=exercise.todo,
        points=exercise.points,
        misconceptions={
            it.name: it.sentence for it in exercise.misconceptions if not it.neighbour_of
        },
        cases=solved,
        neighbours={it.name: it.neighbour_of for it in exercise.misconceptions if it.neighbour_of},
        seconds=exercise.seconds,
    )


def _expected(exercise: Exercise, case: Case) -> Outcome:
    expected = run_case(exercise.solution, case)
    where = f"{exercise.id}, case {case.name!r}"
    if case.raises:
        if not case.is_refused(expected.raised):
            raise ExerciseError(f"{where}: the solution does not raise {case.raises}")
    elif expected.raised is not None:
        raise ExerciseError(f"{where}: the solution raises {expected.raised}")
    return expected


def passes(outcome: Outcome, expected: Outcome, case: Case) -> bool:
    if case.raises:
        return case.is_refused(outcome.raised)
    return equals(outcome, expected, case.rtol, case.atol)


def _demand_distinct(exercise: Exercise, solved: list[SolvedCase]) -> None:
    """Demand that every misconception fails a case and that no two fail in the same way."""
    names = [it.name for it in exercise.wrong]
    for index, name in enumerate(names):
        if not any(name in it.wrong for it in solved):
            raise ExerciseError(f"{exercise.id}: no case catches the misconception {name!r}")
        for other in names[:index]:
            if all(_same(it, name, other) for it in solved):
                raise ExerciseError(
                    f"{exercise.id}: no case tells the misconceptions {other!r} and {name!r} apart"
                )


def _demand_different_answers(exercise: Exercise, variants: list[SolvedCase]) -> None:
    """Demand that the answer to one variant of a personal input is wrong for every other one."""
    for first, second in itertools.permutations(variants, 2):
        if fits(first, second.expected):
            raise ExerciseError(
                f"{exercise.id}: {first.case.name!r} and {second.case.name!r} have one answer"
            )


def _same(solved: SolvedCase, name: str, other: str) -> bool:
    a, b = solved.wrong.get(name), solved.wrong.get(other)
    if a is None or b is None:
        return a is b
    return equals(a, b, solved.case.rtol, solved.case.atol)
