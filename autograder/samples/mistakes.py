"""Turn a declared misconception into the module file of a student who made that mistake."""

import ast
import inspect
import symtable
import sys
import textwrap
from typing import Any

from autograder.exercise import Exercise


def mistaken_module(solved: str, exercise: Exercise, misconception: str) -> str:
    """Return a solved module's text with one function defined again, wrongly, at its end.

    Args:
        solved: the text of the module the exercise's target is in.
        misconception: the name of one of the exercise's misconceptions.

    Raises: KeyError when the exercise has no such misconception.
    """
    variants = {it.name: it.variant for it in exercise.misconceptions}
    module, _, name = exercise.target.partition(":")
    return f"{solved}\n\n{stand_alone(variants[misconception], name, module)}"


def stand_alone(definition: Any, name: str, module: str) -> str:
    """Return the source of a function or class under another name, after all that it uses.

    Args: module: the student module it is written into, `exercise_lib.mel`, or "notebook".
    """
    solution = f"{definition.__module__.partition('.')[0]}.{module}"
    home = vars(sys.modules[definition.__module__])
    tree = ast.parse(textwrap.dedent(inspect.getsource(definition)))
    body = tree.body[0]
    assert isinstance(body, (ast.FunctionDef, ast.ClassDef))
    body.name, body.decorator_list = name, []
    source = ast.unparse(tree)
    used = names_used(symtable.symtable(source, name, "exec")) & home.keys()
    itself = [f"{it} = {name}" for it in used if home[it] is definition]  # it calls itself
    used = {it for it in used if home[it] is not definition}
    needs = [bring(it, home[it], definition.__module__, solution) for it in sorted(used)]
    return "\n".join([*filter(None, needs), "", source, *itself, ""])


def names_used(scope: symtable.SymbolTable) -> set[str]:
    """Return the names that a module's text, or a scope inside it, takes from the module."""
    is_module = scope.get_type() == "module"
    symbols = [it for it in scope.get_symbols() if it.is_referenced()]
    own = {it.get_name() for it in symbols if is_module or it.is_global()}
    return own.union(*map(names_used, scope.get_children()))


def bring(name: str, value: Any, home: str, solution: str) -> str:
    """Return the lines that make `value` known as `name` at the end of the solved module.

    Args:
        home: the module of declarations it is used in; the student gets what its lab declares.
        solution: the solved module; the student's file has all of it.
    """
    package = home.partition(".")[0]
    if inspect.ismodule(value):
        if value.__name__ == solution:
            # A module with several mistakes keeps the namespace from before the first one.
            solved = f"globals().get({name!r}) or SimpleNamespace(**globals())"
            return f"from types import SimpleNamespace\n{name} = {solved}"
        return f"import {value.__name__.removeprefix(package + '.')} as {name}"
    if not (inspect.isfunction(value) or inspect.isclass(value)):
        return f"import torch\n{name} = {value!r}"  # which may be a type of torch's
    if value.__module__ == solution:
        return f"{name} = {value.__qualname__}"
    if value.__module__ is None:  # of a given cell: the student's notebook has it, too
        return ""
    if value.__module__.rpartition(".")[0] == home.rpartition(".")[0]:
        return stand_alone(value, name, solution.partition(".")[2])
    place, of_students = value.__module__, solution.rpartition(".")[0]
    if place.startswith(f"{package}."):  # another student module, beside theirs
        place = place.removeprefix(of_students if of_students != package else f"{package}.")
    return f"from {place} import {value.__qualname__} as {name}"
