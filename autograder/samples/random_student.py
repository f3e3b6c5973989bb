"""Students at random: each exercise is solved, solved otherwise, mistaken or left out."""

import ast
from pathlib import Path
from random import Random
from typing import Any

import nbformat

from autograder.builder.assignment import Assignment
from autograder.cells import checked_exercise, checked_name, is_check_cell
from autograder.exercise import Exercise
from autograder.samples.cohort import Member, Sample, module_of, number_for
from autograder.samples.mistakes import stand_alone

WEIGHTS = (5, 2, 2, 1)  # of the solution, another solution, a misconception, nothing


def stub(name: str) -> str:
    return f"def {name}(*_, **__):\n    raise NotImplementedError('TODO')\n"


def is_complete(text: str) -> bool:
    """Whether a definition that was taken out of the grader needs nothing of it."""
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return "autograder" not in text and "solutions." not in text


def choose(exercise: Exercise, name: str, random: Random) -> str:
    """Return what a student wrote for an exercise, or "" for the solution."""
    mistakes = [it.variant for it in exercise.misconceptions]
    kinds: list[Any] = ["", exercise.variants, mistakes, stub(name)]
    [found] = random.choices(kinds, WEIGHTS)
    if not found or isinstance(found, str):
        return found or ""
    text = stand_alone(random.choice(found), name, exercise.target.partition(":")[0])
    return text if is_complete(text) else ""


def student_at_random(assignment: Assignment, exercises: list[Exercise], seed: int) -> Member:
    """Return a student whose work a seed decides."""
    random, student = Random(seed), f"random{seed:03}"
    modules: dict[str, str] = {}
    cells: dict[tuple[str, str], str] = {}
    for exercise in exercises:
        if module := module_of(exercise):
            text = choose(exercise, exercise.target.partition(":")[2], random)
            modules[module] = modules.get(module, "") + f"\n\n{text}"
            continue
        notebook = assignment.solved_notebooks[exercise.notebook]
        checks = filter(is_check_cell, notebook.cells)
        name = next(checked_name(it) for it in checks if checked_exercise(it) == exercise.id)
        [answer] = [it.id for it in notebook.cells if it.source.startswith(f"def {name}(")]
        if text := choose(exercise, name, random):
            cells[exercise.notebook, answer] = text

    def work(folder: Path) -> None:
        Sample(assignment, exercises, number_for(student, exercises)).solve(folder)
        for module, text in modules.items():
            with (folder / module).open("a", encoding="utf-8") as file:
                file.write(text)
        for (name, answer), text in cells.items():
            path = folder / f"{name}.ipynb"
            notebook = nbformat.read(path, as_version=4)
            next(it for it in notebook.cells if it.id == answer).source = text
            nbformat.write(notebook, path)

    return Member(student, "a bit of everything", work)
