"""Cases drawn afresh for one run of the grader, so that no recorded answer fits them."""

from __future__ import annotations

import ast
import dataclasses
import functools
import inspect
import random
import secrets
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from hashlib import sha256
from typing import Any

from autograder.builder.bundles import bundle_of, draw_cases, passes, public_cases
from autograder.builder.callees import Call, Tracer, gives_away
from autograder.exercise import Exercise
from autograder.grading.shared import Shared
from autograder.sandbox.protocol import Tensors, pack
from autograder.sandbox.small_convolutions import small_convolutions
from autograder.sandbox.values import write_case
from exercise_lib.check.bundle import Bundle
from exercise_lib.check.case import Case, SolvedCase, named_like
from exercise_lib.check.outcome import Outcome
from exercise_lib.check.personal import PERSONAL, calls_of
from exercise_lib.check.run import run_case


class FreshBundles:
    """The exercises' bundles of this run: as many cases of each kind as students and
    `nbgrader autograde` have, with other numbers. Each is made when it is first asked for."""

    def __init__(
        self, exercises: Iterable[Exercise], seed: str = "", shared: Shared | None = None
    ) -> None:
        """Args: seed: the same for all workers of a run; shared: what others have worked out."""
        self.exercises = {it.id: it for it in exercises}
        self.seed, self.shared = seed or secrets.token_hex(16), shared or Shared()
        self.tracer = Tracer(self.exercises.values())
        self.one_at_a_time = threading.Lock()  # solutions run with the process's random state

    def bundle(self, exercise_id: str) -> Bundle:
        """Return the cases with what the solution and, when asked, misconceptions return."""
        with self.one_at_a_time:
            return self.solved(exercise_id)

    @functools.cache  # noqa: B019
    def hidden(self, exercise_id: str) -> Bundle:
        """Return the same with the hidden cases alone; a personal answer has none."""
        bundle = self.bundle(exercise_id)
        is_personal = bundle.target == PERSONAL
        cases = [it for it in bundle.cases if it.hidden and not is_personal]
        return dataclasses.replace(bundle, cases=cases)

    def calls(self, exercise_id: str) -> list[dict[str, bool]]:
        """Return which earlier exercises the solution calls in each of the hidden cases.

        And of each whether what it returns there is the whole result; see `gives_away`.
        """
        with self.one_at_a_time:
            return self.traced(exercise_id)

    @functools.cache  # noqa: B019  # lives as long as the run
    def solved(self, exercise_id: str) -> Bundle:
        exercise = self.exercises[exercise_id]
        cases = self.shared.once(partial(self.drawn, exercise), exercise_id)
        return bundle_of(
            exercise,
            [
                dataclasses.replace(it, wrong=WrongOutcomes(self, exercise, number, it))
                for number, it in enumerate(cases)
            ],
        )

    def drawn(self, exercise: Exercise) -> list[SolvedCase]:
        """Draw the cases of an exercise, and mark those that students have."""
        seeds = (sha256(f"{self.seed} {exercise.id} {it}".encode()) for it in (False, True))
        public, hidden = (int.from_bytes(it.digest()[:8], "big") for it in seeds)
        with small_convolutions():
            drawn = draw_cases(exercise, hidden, True)
            cases = draw_cases(exercise, public, False) + named_like(public_cases(exercise), drawn)
            return mark_known(exercise, cases)

    @functools.cache  # noqa: B019
    def traced(self, exercise_id: str) -> list[dict[str, bool]]:
        exercise = self.exercises[exercise_id]
        if exercise.target == PERSONAL:  # its answer is worked out by the student
            return []
        return self.shared.once(partial(self.trace, exercise), exercise_id, "calls")

    def trace(self, exercise: Exercise) -> list[dict[str, bool]]:
        """Run the solution over the hidden cases, and note what it calls."""
        cases = [it for it in self.solved(exercise.id).cases if it.hidden]
        with small_convolutions():
            return [called_in(self.tracer.calls(exercise, it.case), it) for it in cases]

    @functools.cache  # noqa: B019
    def written(self, exercise_id: str, hidden: bool) -> tuple[list[dict[str, Any]], Tensors]:
        """Return what a child needs of the public or hidden calls, and their tensors.

        The tensors' keys say no order.
        """
        calls, inputs = asked_in(self.bundle(exercise_id), hidden), Tensors()
        order = random.sample(range(len(calls)), len(calls))
        cases = {number: write_case(calls[number], inputs) for number in order}
        return [cases[number] for number in range(len(calls))], inputs

    @functools.cache  # noqa: B019
    def callees(self, exercise_id: str) -> dict[str, str]:
        """Return the earlier exercises that the solution calls: id -> TODO number."""
        called = {name for calls in self.calls(exercise_id) for name in calls}
        return {name: it.todo for name, it in self.exercises.items() if name in called}

    def imported(self, exercise_id: str) -> dict[str, str]:
        """Return the exercises of other student modules that its own one imports."""
        names = modules_needed(self.exercises[exercise_id].target.partition(":")[0], self.texts)
        found = (it for it in self.exercises.values() if it.target.partition(":")[0] in names)
        return {it.id: it.todo for it in found}

    def is_in_cell(self, exercise_id: str) -> bool:
        """Whether an answer cell has the code of an exercise, and no module."""
        return ":" not in self.exercises[exercise_id].target

    @functools.cached_property
    def by_module(self) -> dict[str, list[str]]:
        """The exercises of each student module."""
        found: dict[str, list[str]] = {}
        for name, it in self.exercises.items():
            if not self.is_in_cell(name):
                found.setdefault(it.target.partition(":")[0], []).append(name)
        return found

    def parts(self, exercise_id: str) -> list[str]:
        """Return the functions and methods of student modules that an exercise asks for."""
        return list(self.tracer.parts[exercise_id])

    @functools.cached_property
    def texts(self) -> dict[str, str]:
        """The student modules as the course has them: `exercise_lib.mel` -> its text.

        Those of other assignments are left out, which this process may have imported as well.
        """
        packages = {
            it.solution.__module__.rpartition(".")[0]: it.target.partition(":")[0]
            for it in self.exercises.values()
            if ":" in it.target
        }
        texts = {
            f"{target.rpartition('.')[0]}{name.removeprefix(package)}": inspect.getsource(module)
            for package, target in packages.items()
            for name, module in list(sys.modules.items())
            if name.startswith(f"{package}.")
        }
        own = {it.target.partition(":")[0] for it in self.exercises.values()} & texts.keys()
        needed = own.union(*(modules_needed(it, texts) for it in own))
        return {name: text for name, text in texts.items() if name in needed}


def asked_in(bundle: Bundle, hidden: bool) -> list[Case]:
    """Return the public or the hidden calls of a bundle; a personal answer's call is public."""
    if bundle.target == PERSONAL:
        return [] if hidden else calls_of(bundle.target, bundle.cases)
    return [it.case for it in bundle.cases if it.hidden == hidden]


class WrongOutcomes(Mapping[str, Outcome]):
    """What those misconceptions return that fail a case; each runs when it is asked for."""

    def __init__(
        self, bundles: FreshBundles, exercise: Exercise, number: int, solved: SolvedCase
    ) -> None:
        """Args: number: of the case."""
        self.variants = {it.name: it.variant for it in exercise.wrong}
        self.bundles, self.key, self.solved = bundles, (exercise.id, number), solved
        self.known: dict[str, Outcome | None] = {}  # None: it passes the case

    def __getitem__(self, name: str) -> Outcome:
        """Return a misconception's outcome; raises KeyError where it passes."""
        with self.bundles.one_at_a_time:
            if name not in self.known:
                work = partial(self.run, self.variants[name])
                self.known[name] = self.bundles.shared.once(work, *self.key, name)
            found = self.known[name]
        if found is None:
            raise KeyError(name)
        return found

    def run(self, variant: Any) -> Outcome | None:
        """Return what a misconception returns, None where it passes."""
        with small_convolutions():
            outcome = run_case(variant, self.solved.case)
        passed = passes(outcome, self.solved.expected, self.solved.case)
        return None if passed else outcome

    def __iter__(self) -> Iterator[str]:
        """Yield all misconceptions, those that pass too."""
        return iter(self.variants)

    def __len__(self) -> int:
        return len(self.variants)


def called_in(calls: Iterable[Call], solved: SolvedCase) -> dict[str, bool]:
    """Return which exercises are called in a case, and whether one gives its result away."""
    found: dict[str, bool] = {}
    for call in calls:
        found[call.exercise] = found.get(call.exercise, False) or gives_away(call, solved)
    return found


def modules_needed(name: str, texts: Mapping[str, str]) -> set[str]:
    """Return those modules among `texts` that one of them imports, directly or not."""
    needed: set[str] = set()
    left = [name]
    while left:
        module = left.pop()
        package = module.rpartition(".")[0]
        for node in ast.walk(ast.parse(texts.get(module, ""))):
            if isinstance(node, ast.ImportFrom):
                found = f"{package}.{node.module}" if node.level else f"{node.module}"
                if found in texts and found not in {*needed, name}:
                    needed.add(found)
                    left.append(found)
    return needed


def mark_known(exercise: Exercise, cases: list[SolvedCase]) -> list[SolvedCase]:
    """Mark the cases without random numbers, which students have with their answers.

    Where all main cases are such, there is nothing better, and none is marked.
    """
    public = {asked(it) for it in public_cases(exercise)}
    marked = [dataclasses.replace(it, known=asked(it.case) in public) for it in cases]
    fresh = any(not (it.known or it.is_minor) for it in marked)
    return marked if fresh else cases


def asked(case: Case) -> tuple[bytes, bytes]:
    """Return what a case asks of a student's code, to compare it."""
    inputs: Tensors = {}
    return pack(write_case(case, inputs), inputs)
