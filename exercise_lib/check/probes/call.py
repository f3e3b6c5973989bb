"""Call the function."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from exercise_lib.check.case import Case
from exercise_lib.check.tree import Tree


def probe(target: Any, args: dict[str, Tree], case: Case) -> Tree:
    """Call the function with the arguments.

    With `options["in_order"]`, set by the build, by position where parameters have other names.
    """
    return called(target, args, bool(case.options.get("in_order")))


def called(function: Callable[..., Any], args: dict[str, Tree], in_order: bool = True) -> Tree:
    """Call with arguments by name, or, if they are in order, by position where names are others."""
    by_position = in_order and is_renamed(function, args)
    return function(*args.values()) if by_position else function(**args)


def constructed(target: Callable[..., Any], case: Case) -> Any:
    """Return the instance that a target makes of `case.init`, as `called` does."""
    return called(target, case.init, bool(case.options.get("init_in_order")))


def is_renamed(definition: Callable[..., Any], args: dict[str, Tree]) -> bool:
    """Say whether arguments fit a function's parameters by their order and not by their names."""
    try:
        signature = inspect.signature(definition)
    except (TypeError, ValueError):  # it is none, or has no parameters that can be read
        return False
    return not fits(signature, **args) and fits(signature, *args.values())


def fits(signature: inspect.Signature, *args: Any, **named: Any) -> bool:
    try:
        signature.bind(*args, **named)
    except TypeError:
        return False
    return True
