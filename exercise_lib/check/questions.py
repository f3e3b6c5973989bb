"""`input()` has nobody to ask in a check: what depends on it is lost, and nothing else is."""

from __future__ import annotations

import ast
import builtins
import contextlib
import sys
from collections.abc import Iterator
from typing import NoReturn

from exercise_lib.check.places import shown_path

WHAT_TO_DO = "nobody answers input() in a check or in grading: write the value into the code"
UNTOUCHED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
HERE = f"__import__('sys').modules[{__name__!r}]"
PATTERN = ast.parse(f"try: pass\nexcept {HERE}.NobodyAnswers: {HERE}.leave_out()").body[0]
assert isinstance(PATTERN, ast.Try)
LEAVE_OUT = PATTERN.handlers
ACTIVE: list[list[str]] = []  # where statements were left out, for each program that runs


class NobodyAnswers(EOFError):
    """Code has called `input()`."""

    place = ""


def refuse(prompt: object = "") -> NoReturn:
    """Raise NobodyAnswers in the place of asking."""
    frame, error = sys._getframe(1), NobodyAnswers(WHAT_TO_DO)
    error.place = f"{shown_path(frame.f_code.co_filename)}, line {frame.f_lineno}"
    raise error


@contextlib.contextmanager
def nobody_answers() -> Iterator[list[str]]:
    """Let `input()` raise NobodyAnswers; the list is of the places that were left out for it."""
    places: list[str] = []
    ACTIVE.append(places)
    ask, builtins.input = builtins.input, refuse
    try:
        yield places
    finally:
        builtins.input = ask
        ACTIVE.pop()


def leave_out() -> None:
    """Note the place of the exception that is handled."""
    error = sys.exc_info()[1]
    if isinstance(error, NobodyAnswers) and ACTIVE:
        ACTIVE[-1].append(error.place)


class WithoutQuestions(ast.NodeTransformer):
    """Lets a program go on after a statement that asks, as if that stood not there."""

    def visit_Module(self, tree: ast.Module) -> ast.Module:
        """Return the program with each statement that is no definition in a `try`."""
        tree.body = [it if is_untouched(it) else tried(it) for it in tree.body]
        return tree


def is_untouched(statement: ast.stmt) -> bool:
    """Whether a statement asks nothing, or must stand first."""
    first = isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
    text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return first or text or isinstance(statement, UNTOUCHED)


def tried(statement: ast.stmt) -> ast.stmt:
    """Return a statement that does nothing where the given one asks."""
    pattern = ast.Try(body=[statement], handlers=LEAVE_OUT, orelse=[], finalbody=[])
    return ast.copy_location(pattern, statement)


def left_out(places: list[str]) -> str:
    """Say which statements were left out."""
    return f"Left out: {' and '.join(places[:3])}; {WHAT_TO_DO}."
