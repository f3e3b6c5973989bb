"""Earlier exercises that one calls: what to say when they do not pass."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from exercise_lib.check.outcome import Outcome
from exercise_lib.check.result import CheckResult

MOST = 3  # exercises that are named


def is_unwritten(todo: str, outcomes: Iterable[Outcome]) -> bool:
    """Whether an exercise itself, and not only what it calls, is still to be written."""
    own = re.compile(rf"TODO {re.escape(todo)}[a-z]?\b")
    raised = [it.raised for it in outcomes if it.raised is not None]
    return any(it.is_todo and own.match(it.message) for it in raised)


def mend_first(todos: Mapping[str, str]) -> str:
    """Say which earlier exercises are to be mended. Args: todos: id -> TODO number."""
    they, them = ("do", "them") if len(todos) > 1 else ("does", "that")
    return f"This needs {listed(todos)}, which {they} not pass yet: mend {them} first."


def stood_in(todos: Mapping[str, str]) -> str:
    """Say that other code stood in the place of earlier exercises."""
    return f"{mend_first(todos)} Here the course's own stood in, so that one mistake costs once."


def listed(todos: Mapping[str, str]) -> str:
    """Name exercises as a student knows them, the first few."""
    names = [f"`{name.rpartition('.')[2]}` (TODO {todo})" for name, todo in todos.items()]
    *most, last = [*names[:MOST], *([f"{len(names) - MOST} more"] if len(names) > MOST else [])]
    return f"{', '.join(most)} and {last}" if most else last


def add(result: CheckResult, sentence: str) -> None:
    """Add a sentence to the message; what follows its first line is code."""
    first, newline, code = result.message.partition("\n")
    result.message = f"{first} {sentence}".strip() + newline + code
