"""Grade a notebook with its code in the sandbox and the verdict out of its reach.

Hidden cases are of the same kinds as public ones, both with numbers of this run: where all hidden
ones pass they decide, and public ones are run only where there is something to tell.

A child that was given a hidden case can tell it in any text that it sends later, so nothing of it
is repeated: `Misbehaved.told` and the rows that `judge` hides are sentences of the grader's own.
Public cases come last, in a child that was given none, forked when all others have ended.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from operator import attrgetter
from typing import Any

import torch
from nbformat import NotebookNode
from nbgrader.utils import is_solution

from autograder.cells import (
    checked_exercise,
    checked_name,
    is_check_cell,
    is_graded_by_hand,
    is_run,
    not_run,
)
from autograder.grading.fresh_cases import FreshBundles, asked_in
from autograder.grading.lines import Children, HelpedLine, Line, NotebookLine
from autograder.grading.outputs import read_outputs
from autograder.grading.second_try import CANT_IMPORT, Answer, SecondTries, Try, Verdict
from autograder.sandbox.errors import Misbehaved, SandboxDied
from autograder.sandbox.plain_text import plain
from autograder.sandbox.protocol import ProtocolError, Tensors
from autograder.sandbox.sandbox import Sandbox
from autograder.sandbox.values import read_outcome
from exercise_lib.check.bundle import SECONDS, Bundle
from exercise_lib.check.case import Case
from exercise_lib.check.outcome import Outcome
from exercise_lib.check.run import differ
from exercise_lib.check.time_limit import TOO_SLOW
from exercise_lib.check.tree import tensors
from exercise_lib.check.verdict import NOT_IMPORTED, judge, reject

ATTEMPTS = 3  # of a notebook, when the sandbox itself dies
SOFT = 0.8  # of a request's time, after which the child itself stops and says what was running
HIDDEN_TIME = 1.5  # times what public cases may take: imports are the first time's
PARTS = MODULES, CELLS = ("modules", "cells")  # whose checks run: modules' before any cell does
NO_TIME = f"The time for checks was used up before it came to this. {TOO_SLOW}"
TOOK_TOO_LONG = f"The code took too long with the hidden cases. {TOO_SLOW}"
NOT_CALLED = "The code can't be called with the hidden cases."


class DeadlySubmission(RuntimeError):
    """A submission ended the sandbox again and again, and an empty child does not."""


@dataclass(frozen=True)
class Grader:
    """What grades notebooks in one run: the sandbox, and the cases drawn for this run."""

    sandbox: Sandbox
    bundles: FreshBundles
    show: bool = False  # whether to run notebooks graded by hand too, for their figures

    def grade(
        self,
        notebooks: Iterable[NotebookNode],
        files: Mapping[str, bytes],
        deadline: float = math.inf,
    ) -> None:
        """Give every test cell of a submission its output.

        Args:
            notebooks: in the order in which they build on each other.
            files: the student's modules, such as `exercise_lib/mel.py`.
            deadline: of its checks, by the monotonic clock; a notebook's own limit holds too.

        Raises:
            DeadlySubmission: the sandbox dies each time, and with an empty child it does not.
            SandboxUnavailable: it does not start again, or dies with an empty child too.
        """
        first: dict[str, Future[Try]] = {}  # of all exercises with hidden cases, without help
        final: dict[str, Try] = {}  # what counts for them, of the notebooks so far
        notebooks = list(notebooks)
        attempts = [Attempt(self, it, files, deadline) for it in notebooks]
        with (
            Children(self.sandbox, files, self.bundles.texts) as children,
            ThreadPoolExecutor(1) as judges,
        ):
            judges.submit(torch.set_num_threads, 1)  # and start, before a bomb can prevent it
            for part in PARTS:
                for it in attempts:
                    work = partial(it.run_hidden, part, children.hidden, judges, first)
                    self.survive(work, children)
            children.begin_to_help()
            for it in attempts:
                self.survive(partial(it.try_again, children.helped, first, final), children)
            children.end()
            for part in PARTS:
                for it in attempts:
                    work = partial(it.run_public, part, children.public, judges, final)
                    self.survive(work, children)
            for it in attempts:
                it.write()
        if self.show:
            for notebook in notebooks:
                if any(map(is_graded_by_hand, notebook.cells)):
                    self.survive(Attempt(self, notebook, files).show, children)

    def survive(self, work: Callable[[], None], children: Children) -> None:
        """Do some work, again where the sandbox dies; raises DeadlySubmission."""
        for _ in range(ATTEMPTS):
            try:
                work()
                return
            except SandboxDied:
                children.end()
                self.sandbox.restart()  # which tries an empty child
        raise DeadlySubmission(f"they ended the sandbox {ATTEMPTS} times, as an empty one does not")


class Attempt:
    """One notebook of a submission."""

    def __init__(
        self,
        grader: Grader,
        notebook: NotebookNode,
        files: Mapping[str, bytes],
        deadline: float = math.inf,
    ) -> None:
        self.grader, self.notebook, self.files = grader, notebook, files
        self.last, self.left = deadline, grader.sandbox.limits.notebook_seconds
        self.verdicts: dict[int, Future[Verdict]] = {}  # of test cells
        self.ended: dict[str, Misbehaved] = {}  # exercises that ended their child
        self.fatal: dict[int, str] = {}  # cells that ended a child, and how: not run again
        self.raised: dict[int, str] = {}  # answers that ended in an exception
        self.begin()

    def begin(self) -> None:
        """Let the time that is left for this notebook run."""
        self.deadline = min(self.last, time.monotonic() + self.left)

    def begin_part(self, part: str, line: NotebookLine) -> None:
        """Begin with the checks of modules, or with those of cells, in a child of this line."""
        self.begin()
        if part == MODULES:
            self.ended.clear()
        else:
            self.raised.clear()
            line.begin(line.limits.check_seconds)

    def seconds(self, most: float) -> float:
        """Return how long the next request may take; raises Misbehaved when no time is left."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise Misbehaved(NO_TIME, NO_TIME)
        return min(left, most)

    def checks(self, *parts: str) -> list[tuple[int, NotebookNode]]:
        """Return the test cells of these parts with their places."""
        return [
            (it, cell)
            for it, cell in enumerate(self.notebook.cells)
            if is_check_cell(cell) and (CELLS if checked_name(cell) else MODULES) in parts
        ]

    def run_hidden(
        self,
        part: str,
        line: NotebookLine,
        judges: ThreadPoolExecutor,
        first: dict[str, Future[Try]],
    ) -> None:
        """Run the hidden cases of one part's checks, comparing one while the next one runs.

        Args:
            judges: one thread.
            first: the first tries so far; those of this notebook are added.
        """
        self.begin_part(part, line)
        for index, cell in self.checks(part):
            exercise = checked_exercise(cell)
            bundle = self.grader.bundles.hidden(exercise)
            if bundle.cases:
                answer = self.answer(line, index, cell, hidden=True)
                found = Try(answer, bundle, partial(self.verdict, bundle))
                first[exercise] = judges.submit(compared, found)
        self.left = self.deadline - time.monotonic()

    def try_again(
        self, line: HelpedLine, first: Mapping[str, Future[Try]], final: dict[str, Try]
    ) -> None:
        """Decide which try counts, the first one or one with help.

        Args:
            line: of the children that have help.
            first: what was tried without it.
            final: what counts for the exercises of other notebooks; those of this one are added.
        """
        self.begin()
        names = [checked_exercise(cell) for _, cell in self.checks(*PARTS)]
        own = {exercise: first[exercise].result() for exercise in names if exercise in first}
        again = partial(self.check_again, line)
        counting = SecondTries(self.grader.bundles, own, again, self.verdict, final)
        for exercise in own:
            counting.better(exercise)

    def run_public(
        self, part: str, line: NotebookLine, judges: ThreadPoolExecutor, final: Mapping[str, Try]
    ) -> None:
        """Run the public cases of one part's checks where the first try counts but is not all.

        Args:
            line: of a child that has seen no hidden case.
            judges: one thread.
            final: what counts, but for public cases.
        """
        self.begin_part(part, line)
        for index, cell in self.checks(part):
            exercise = checked_exercise(cell)
            counts = final.get(exercise)
            if counts is None or not (counts.is_helped or counts.is_settled):
                bundle = self.grader.bundles.bundle(exercise)
                hidden, sentence = (counts.answer, counts.sentence) if counts else ([], "")
                answer = joined(self.answer(line, index, cell, hidden=False), hidden)
                counts = Try(answer, bundle, partial(self.verdict, bundle), sentence)
            self.verdicts[index] = judges.submit(attrgetter("verdict"), counts)
        self.left = self.deadline - time.monotonic()

    def write(self) -> None:
        """Write the verdict of each check into its cell."""
        for index, verdict in self.verdicts.items():
            self.notebook.cells[index].outputs = [decisive_output(verdict.result())]

    def spoilt(self, exercise: str) -> Misbehaved | None:
        """Return what an earlier exercise did that this one calls: it would take the time again."""
        called = self.grader.bundles.callees(exercise) if self.ended else {}
        return next((self.ended[it] for it in called if it in self.ended), None)

    def answer(self, line: NotebookLine, index: int, cell: NotebookNode, hidden: bool) -> Answer:
        """Return the outcomes of a test cell's public or hidden cases, or why there are none."""
        exercise, name = checked_exercise(cell), checked_name(cell)
        bundle = self.grader.bundles.bundle(exercise)
        answer: Answer | None = self.spoilt(exercise)
        try:
            if answer is None:
                if name:
                    self.run_cells_before(line, index)
                answer = self.run_cases(line, bundle, name, hidden)
        except Misbehaved as error:
            line.drop()
            answer = self.ended[exercise] = error
        if hidden:
            return of_hidden(answer)
        return f"{answer}{self.raised_above(index)}" if isinstance(answer, str) else answer

    def check_again(
        self, line: HelpedLine, exercise: str, parts: list[str], names: list[str]
    ) -> Answer:
        """Run an exercise's hidden cases, with parts of other modules done by the helper.

        Args: names: parts that are only there; see `join`.
        """
        found = (it for it, cell in self.checks(*PARTS) if checked_exercise(cell) == exercise)
        index = next(found, None)
        name = "" if index is None else checked_name(self.notebook.cells[index])
        bundle = self.grader.bundles.bundle(exercise)
        try:
            seconds = self.seconds(self.grader.sandbox.limits.check_seconds)
            line.help_with(parts, names, seconds)
            if name or line.position:
                line.begin(seconds)  # cells took what they import from where it then was
            if index is not None and name:
                self.run_cells_before(line, index)
            return of_hidden(self.run_cases(line, bundle, name, True))
        except Misbehaved as error:
            line.drop()
            return of_hidden(error)

    def verdict(self, bundle: Bundle, answer: Answer) -> Verdict:
        """Return what decides the points of a test cell, or why nothing could be compared.

        Args: bundle: with the cases that were run.
        """
        if isinstance(answer, Misbehaved):
            return str(answer)
        if isinstance(answer, str):
            return reject(bundle, answer)
        try:
            return judge(bundle, bundle.cases, answer)
        except Exception as error:
            return f"What it returned could not be compared ({type(error).__name__})."

    def run_cells_before(self, line: Line, index: int) -> None:
        """Run the cells above that this child has not run; those that show something are left."""
        while line.position < index:
            number, cell = line.position, self.notebook.cells[line.position]
            line.position += 1
            if not is_run(cell) or number in self.fatal:
                continue
            seconds = self.seconds(line.limits.check_seconds)
            try:
                request = {"do": "run", "source": cell.source, "seconds": SOFT * seconds}
                answer, _ = line.child.ask(request, {}, seconds)
                if is_solution(cell) and answer.get("raised"):
                    self.raised[number] = plain(str(answer["raised"])[:1000])
            except Misbehaved as error:
                line.drop()
                self.fatal[number] = error.told

    def raised_above(self, index: int) -> str:
        """Return the exception that ended the last answer above a cell, as a sentence, or ""."""
        numbers = [it for it in self.raised if it < index]
        return f" The answer above raises {self.raised[max(numbers)]}" if numbers else ""

    def run_cases(self, line: Line, bundle: Bundle, name: str, hidden: bool) -> list[Outcome] | str:
        """Have the public or hidden cases run in some order, and return their outcomes.

        Returns: the outcomes, or why the code can't be called.
        """
        calls = asked_in(bundle, hidden)
        cases, inputs = self.grader.bundles.written(bundle.id, hidden)
        order = random.sample(range(len(calls)), len(calls))
        more = max(1.0, bundle.seconds / SECONDS)
        soft = bundle.seconds * (HIDDEN_TIME if hidden else 1)
        seconds = self.seconds(min(more * line.limits.check_seconds, soft / SOFT))
        request = {
            "do": "check",
            "target": bundle.target,
            "name": name,
            "cases": [cases[number] for number in order],
            "seconds": min(soft, SOFT * seconds),
        }
        answer, results = line.child.ask(request, inputs, seconds)
        if "stopped" in answer:
            raise Misbehaved(str(answer["stopped"])[:1000], TOOK_TOO_LONG)
        if "rejected" in answer:
            if name and self.fatal:
                raise Misbehaved(" ".join(self.fatal.values()))
            return plain(str(answer["rejected"])[:1000])
        outcomes = dict(zip(order, read_outcomes(answer, results, len(order)), strict=True))
        return [with_changes(outcomes[number], call) for number, call in enumerate(calls)]

    def show(self) -> None:
        """Run the notebook from top to bottom and keep what its cells show."""
        cells = [it for it in self.notebook.cells if it.cell_type == "code"]
        with Line(self.grader.sandbox, self.files) as line:
            for cell in cells:
                if is_check_cell(cell):
                    continue
                try:
                    seconds = self.seconds(line.limits.show_seconds)
                    answer, _ = line.child.ask({"do": "show", "source": cell.source}, {}, seconds)
                    cell.outputs = read_outputs(answer)
                except Misbehaved as error:
                    line.drop()
                    cell.outputs = [not_run(str(error))]
                    return


def of_hidden(answer: Answer) -> Answer:
    """Return what came of hidden cases; where that is no outcomes, without its words."""
    if isinstance(answer, Misbehaved):
        return Misbehaved(answer.told, answer.told)
    if isinstance(answer, str):
        return CANT_IMPORT if answer.startswith(NOT_IMPORTED) else NOT_CALLED
    return answer


def joined(public: Answer, hidden: Answer) -> Answer:
    """Return the outcomes of all cases of a bundle in their order, or why there are none."""
    if isinstance(public, list) and isinstance(hidden, list):
        return [*public, *hidden]
    return hidden if isinstance(public, list) else public


def compared(found: Try) -> Try:
    """Return a try after its cases were compared."""
    _ = found.passed
    return found


def read_outcomes(answer: Mapping[str, Any], tensors: Tensors, count: int) -> list[Outcome]:
    """Return the outcomes a child sent; raises Misbehaved where they are none."""
    outcomes = answer.get("outcomes")
    try:
        if type(outcomes) is not list or len(outcomes) != count:
            raise ProtocolError("not one outcome for each case")
        return [read_outcome(it, tensors) for it in outcomes]
    except ProtocolError as error:
        raise Misbehaved(f"It returned what can't be read: {error}.") from error


def with_changes(outcome: Outcome, call: Case) -> Outcome:
    """Compare the arguments here too: of itself, a child may say that it left them as they were."""
    left = outcome.left
    changed = [it for it in call.args if differ(left.get(it, []), tensors(call.args[it]))]
    names = [it for it in call.args if it in changed or it in outcome.mutated]
    return replace(outcome, mutated=tuple(names))


def decisive_output(result: Verdict) -> NotebookNode:
    """Return a result as the one output of its test cell: its points and the table."""
    if isinstance(result, str):
        return not_run(result)
    points = min(max(float(result), 0.0), result.max_points)
    data = NotebookNode({**result._repr_mimebundle_(), "text/plain": repr(points)})
    output = {"output_type": "execute_result", "data": data, "metadata": NotebookNode()}
    return NotebookNode({**output, "execution_count": None})
