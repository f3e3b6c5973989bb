"""Turn a declared misconception into the module file of a student who made that mistake."""

import ast
import inspect
import sys
import textwrap
from typing import Any

from autograder.exercise import Exercise


def mistaken_module(solved: str, exercise: Exercise, misconception: str) -> str:
    """Return a solved module's text with one function defined again, wrongly, at its end.

    Args:
        solved: the text of the module the exercise's target is in.
        misconception: the name of one of the exercise's misconceptions.

    Raises:
        KeyError: the exercise has no such misconception.
        ValueError: its variant needs something a student's file can't have.
    """
    variants = {it.name: it.variant for it in exercise.misconceptions}
    name = exercise.target.partition(":")[2]
    return f"{solved}\n\n{stand_alone(variants[misconception], name)}"


def stand_alone(definition: Any, name: str) -> str:
    """Return the source of a function or class under another name, after all that it uses."""
    home = vars(sys.modules[definition.__module__])
    tree = ast.parse(textwrap.dedent(inspect.getsource(definition)))
    body = tree.body[0]
    assert isinstance(body, (ast.FunctionDef, ast.ClassDef))
    body.name, body.decorator_list = name, []
    used = {node.id for node in ast.walk(body) if isinstance(node, ast.Name)} & home.keys()
    needs = [bring(used_name, home[used_name], definition.__module__) for used_name in sorted(used)]
    return "\n".join([*needs, "", ast.unparse(tree), ""])


def bring(name: str, value: Any, home: str) -> str:
    """Return the lines that make `value` known as `name` in a file of its own."""
    origin = value.__name__ if inspect.ismodule(value) else getattr(value, "__module__", None)
    if origin and origin.startswith("solutions"):
        raise ValueError(f"{name} is the solution's: a student's file can't import it")
    if inspect.ismodule(value):
        return f"import {value.__name__} as {name}"
    if origin == home:
        return stand_alone(value, name)
    if origin:
        return f"from {origin} import {value.__qualname__} as {name}"
    return f"{name} = {value!r}"
