"""A sample cohort: what students hand in, from the perfect to the broken."""

import re
from collections.abc import Callable, Container, Iterable
from copy import deepcopy
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import is_solution

from autograder.builder.assignment import Assignment
from autograder.builder.bundles import hidden_cases
from autograder.cells import is_check_cell, is_code_answer
from autograder.exercise import Exercise
from autograder.nbgrader_setup.strip import strip_module
from autograder.regions import REGION, without_marks
from autograder.samples.mistakes import mistaken_module
from exercise_lib.check.personal import PERSONAL, variant

Work = Callable[[Path], None]  # edits the assignment folder a student has fetched

PERFECT, IDLE = "anna", "bilal"
MISTAKEN = ("dilara", "elias", "fatima")
Mistakes = Iterable[tuple[str, str, str]]  # student, exercise, misconception
NUMBER_OF_MASTER = "123456"
TODO = re.compile(r"(?<=# TODO )(\d+\.\d+)[a-z]?")


@dataclass(frozen=True)
class Member:
    """A student of the sample."""

    student: str
    hands_in: str
    work: Work


def make_cohort(
    assignment: Assignment,
    exercises: list[Exercise],
    mistakes: Mistakes | None = None,
) -> list[Member]:
    """Return the sample cohort for an assignment.

    Args: mistakes: who makes which misconception of which exercise; default: some of them.
    """
    mistakes = sample_mistakes(exercises) if mistakes is None else mistakes

    def of(student: str) -> Sample:
        return Sample(assignment, exercises, number_for(student, exercises))

    by_id = {exercise.id: exercise for exercise in exercises}
    return [
        Member(PERFECT, "everything right", of(PERFECT).solve),
        Member(IDLE, "nothing touched", lambda folder: None),
        Member("chen", "the first half", of("chen").solve_first_half),
        *(
            Member(student, "one known mistake", of(student).mistake(by_id[exercise], name))
            for student, exercise, name in mistakes
        ),
        Member("gustav", "a syntax error in a module", of("gustav").break_syntax),
        Member("hanna", "cells deleted and duplicated", of("hanna").disturb_cells),
        Member("ivan", "a notebook cut off", of("ivan").cut_off),
        Member("jing", "a module that ends Python", of("jing").exit_at_import),
    ]


def number_for(student: str, exercises: Iterable[Exercise]) -> str:
    """Return a student number with the inputs of the master's, so that its answers are right."""
    drawn = [len(hidden_cases(it, 0)) for it in exercises if it.target == PERSONAL]

    def inputs(number: str) -> list[int]:
        return [variant(number, of) for of in drawn]

    own = inputs(NUMBER_OF_MASTER)
    return next(it for n in count() if inputs(it := f"{student}{n or ''}") == own)


def sample_mistakes(exercises: list[Exercise]) -> Mistakes:
    """Return a mistake for each of a few students, in exercises far from each other."""
    able = [it for it in exercises if module_of(it) and it.misconceptions]
    for number, student in enumerate(MISTAKEN):
        exercise = able[number * len(able) // len(MISTAKEN)]
        yield student, exercise.id, exercise.misconceptions[0].name


@dataclass(frozen=True)
class Sample:
    """Ways to work on a fetched assignment folder."""

    assignment: Assignment
    exercises: list[Exercise]
    number: str  # the student number to type

    @property
    def graded(self) -> list[str]:
        """The notebooks with exercises, in the order of their names."""
        return sorted({exercise.notebook for exercise in self.exercises})

    def solve(self, folder: Path) -> None:
        self.solve_modules(folder, self.assignment.solved_modules)
        self.solve_notebooks(folder, self.graded)

    def solve_first_half(self, folder: Path) -> None:
        """Solve the first half of the exercises, in the order of the notebooks."""
        half = self.exercises[: len(self.exercises) // 2]
        todos = {it.todo for it in half}
        for module in {module_of(it) for it in half} - {""}:
            text = partly_solved(self.assignment.solved_modules[module], todos)
            (folder / module).write_text(text, encoding="utf-8")
        self.solve_notebooks(folder, {it.notebook for it in half}, todos)

    def mistake(self, exercise: Exercise, misconception: str) -> Work:
        """Return the work of a student with one misconception and no other mistake."""
        module = module_of(exercise)
        solved = without_marks(self.assignment.solved_modules[module])
        text = mistaken_module(solved, exercise, misconception)

        def work(folder: Path) -> None:
            self.solve(folder)
            (folder / module).write_text(text, encoding="utf-8")

        return work

    def break_syntax(self, folder: Path) -> None:
        self.solve(folder)
        self.append_to_last_module(folder, "\n\ndef unfinished(:\n")

    def exit_at_import(self, folder: Path) -> None:
        self.solve(folder)
        self.append_to_last_module(folder, "\n\nimport os\n\nos._exit(0)\n")

    def disturb_cells(self, folder: Path) -> None:
        """Delete the last notebook's last answer, delete its first check and double its last."""
        self.solve(folder)
        path = folder / f"{self.graded[-1]}.ipynb"
        notebook = nbformat.read(path, as_version=4)
        checks = [cell for cell in notebook.cells if is_check_cell(cell)]
        answers = [cell for cell in notebook.cells if is_code_answer(cell)]
        gone = [*answers[-1:], *checks[:-1][:1]]
        copy = deepcopy(checks[-1])
        copy.id = "copy"
        notebook.cells = [it for it in notebook.cells if it not in gone] + [copy]
        nbformat.write(notebook, path)

    def cut_off(self, folder: Path) -> None:
        self.solve(folder)
        path = folder / f"{self.graded[-1]}.ipynb"
        text = path.read_text(encoding="utf-8")
        path.write_text(text[: len(text) // 2], encoding="utf-8")

    def append_to_last_module(self, folder: Path, text: str) -> None:
        module = [module_of(it) for it in self.exercises if module_of(it)][-1]
        with (folder / module).open("a", encoding="utf-8") as file:
            file.write(text)

    def solve_modules(self, folder: Path, modules: Iterable[str]) -> None:
        for module in modules:
            text = without_marks(self.assignment.solved_modules[module])
            (folder / module).write_text(text, encoding="utf-8")

    def solve_notebooks(
        self, folder: Path, names: Iterable[str], todos: Container[str] | None = None
    ) -> None:
        """Answer in notebooks: everything, or only the cells of these TODOs."""
        for name in names:
            path = folder / f"{name}.ipynb"
            notebook = nbformat.read(path, as_version=4)
            solved = {cell.id: cell for cell in self.assignment.solved_notebooks[name].cells}
            for cell in filter(is_solution, notebook.cells):
                if todos is not None and not is_of(todos, solved[cell.id].source):
                    continue
                cell.source = answer(solved[cell.id]).replace(NUMBER_OF_MASTER, self.number)
            nbformat.write(notebook, path)


def answer(solved: NotebookNode) -> str:
    """Return what a student would write where the master has this answer cell."""
    if solved.cell_type == "markdown":
        return "A student's answer in words, for a person to grade."
    return without_marks(solved.source)


def partly_solved(master: str, todos: Container[str]) -> str:
    """Return a module with the regions of these TODOs solved and all others as handed out."""

    def solved(region: re.Match[str]) -> str:
        return region["solution"][1:] if is_of(todos, region[0]) else region[0]

    text = REGION.sub(solved, master)
    return strip_module(text) if REGION.search(text) else text


def is_of(todos: Container[str], region: str) -> bool:
    """Whether a region belongs to one of these TODOs: 10.4 has 10.4a and 10.4b, too."""
    found = TODO.search(region)
    return found is not None and (found[0] in todos or found[1] in todos)


def module_of(exercise: Exercise) -> str:
    """Return the file of the exercise's target, `exercise_lib/mel.py`; "" for a notebook's."""
    module, _, attribute = exercise.target.partition(":")
    return f"{module.replace('.', '/')}.py" if attribute else ""
