"""Compare the TODO numbers of headings and solution regions with those of the declarations."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from nbformat import NotebookNode

from autograder.builder.sections import Section, sections
from autograder.cells import checked_exercise, checked_name, is_check_cell, is_code_answer
from autograder.errors import BuildError
from autograder.exercise import Exercise

HEADING = re.compile(r"## TODO (\d+\.\d+[a-z]?)\b")
DEFINITION_OR_TODO = re.compile(
    r"^(?:def|class) (\w+)|BEGIN SOLUTION[^\n]*\n[ \t]*# TODO (\d+\.\d+[a-z]?):", re.MULTILINE
)
Place = tuple[str, str]  # a notebook or module, and a function or class in it


def audit_todos(
    notebooks: Mapping[str, NotebookNode],
    modules: Mapping[str, str],
    exercises: Iterable[Exercise],
) -> None:
    """Raise BuildError unless all TODO numbers are those that the exercises declare.

    An exercise 1.6 may have regions 1.6a and 1.6b, a heading 1.6 stand above exercises 1.6a and
    1.6b. A file in which no exercise is solved may have any numbers. The message lists all that is
    wrong.
    """
    declared = {exercise.id: exercise for exercise in exercises}
    problems, places = [], defaultdict(list)
    regions = {name: regions_of(text) for name, text in modules.items()}
    for name, notebook in notebooks.items():
        answers = [cell.source for cell in notebook.cells if is_code_answer(cell)]
        regions[name] = [region for source in answers for region in regions_of(source)]
        for section in sections(notebook):
            problems += heading_problems(name, section, declared)
        for cell in filter(is_check_cell, notebook.cells):
            exercise = declared[checked_exercise(cell)]
            places[place(exercise, name, checked_name(cell))].append(exercise)
    found = defaultdict(list)
    for name, of in regions.items():
        for definition, number in of:
            found[name, definition].append(number)
    solved_in = {file for file, _ in places}
    for where in {**places, **found}:
        if where[0] in solved_in:
            problems += region_problems(where, found[where], places[where], declared.values())
    if problems:
        raise BuildError("\n".join(problems))


def place(exercise: Exercise, notebook: str, function: str) -> Place:
    """Return where an exercise is solved."""
    module, is_module, attribute = exercise.target.partition(":")
    return (f"{module.replace('.', '/')}.py", attribute) if is_module else (notebook, function)


def regions_of(text: str) -> list[Place]:
    """Return each solution region as the outermost function or class around it and its number."""
    found, definition = [], ""
    for name, number in DEFINITION_OR_TODO.findall(text):
        if number:
            found.append((definition, number))
        definition = name or definition
    return found


def heading_problems(name: str, section: Section, declared: Mapping[str, Exercise]) -> list[str]:
    """Compare a heading `## TODO 1.6` with the exercises that are checked below it."""
    heading = HEADING.match(section.heading)
    if not heading:
        return []
    below = [declared[checked_exercise(it)] for it in section.checks]
    if not below:
        return [f"{name}: no check below the heading TODO {heading[1]}"]
    return [
        f"{name}: {it.id}, declared as TODO {it.todo}, is checked below the heading "
        f"TODO {heading[1]}"
        for it in below
        if not is_part(it.todo, heading[1])
    ]


def region_problems(
    where: Place, numbers: list[str], here: list[Exercise], everywhere: Iterable[Exercise]
) -> list[str]:
    """Compare the regions of a function or class with the exercises that are solved in it."""
    file, definition = where
    missing = [it for it in here if not any(is_part(number, it.todo) for number in numbers)]
    unknown = [
        number
        for number in numbers
        if not any(is_part(number, it.todo) for it in here or everywhere)
    ]
    in_it = f"{file}: {definition}" if definition else file
    if missing:
        stated = ", ".join(f"{it.id} as TODO {it.todo}" for it in missing)
        has = ", ".join(f"TODO {number}" for number in numbers) or "no TODO"
        return [f"{in_it} has {has}, but the declarations state {stated}"]
    return [f"{in_it} has TODO {number}, which is not declared for it" for number in unknown]


def is_part(number: str, whole: str) -> bool:
    """Whether a number is another one or a part of it, as 1.6a is of 1.6."""
    return re.fullmatch(rf"{re.escape(whole)}[a-z]?", number) is not None
