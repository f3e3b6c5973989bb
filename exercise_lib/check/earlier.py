"""What to say of earlier exercises that one calls and that do not pass."""

from __future__ import annotations

from collections.abc import Mapping


def called(todos: Mapping[str, str]) -> str:
    """Name exercises as a student knows them. Args: todos: id -> TODO number."""
    names = [f"`{name.rpartition('.')[2]}` (TODO {todo})" for name, todo in todos.items()]
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def mend_first(todos: Mapping[str, str]) -> str:
    """Say which earlier exercises are to be mended before this one."""
    they, them = ("do", "them") if len(todos) > 1 else ("does", "that")
    return f"This calls {called(todos)}, which {they} not pass yet: mend {them} first."


def stood_in(todos: Mapping[str, str]) -> str:
    """Say that this was checked with other code in the place of failing earlier exercises."""
    they, them = ("do", "them") if len(todos) > 1 else ("does", "that")
    return (
        f"This calls {called(todos)}, which {they} not pass: mend {them}. "
        f"Here the course's own stood in the place of yours, so that one mistake costs once."
    )
