"""Put the course's own functions and methods in the place of a student's, without their code."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable, Iterable
from functools import partial
from itertools import takewhile
from types import ModuleType
from typing import Any

from autograder.sandbox.remote import Peer, split
from exercise_lib.check.own_modules import PACKAGE
from exercise_lib.check.target import load_target

Calls = dict[tuple[str, str], Callable[..., Any]]  # (module, function or class) -> what it does


def forget_modules() -> None:
    """Let the student's modules be imported anew, and all given ones that may have parts of them.

    So nothing is left of what was borrowed before, whatever kept it when they were imported.
    """
    for name in students_modules():
        package, _, last = name.rpartition(".")
        vars(sys.modules[package]).pop(last, None)
    for name in students_modules():
        del sys.modules[name]


def borrow(parts: Iterable[str], peer: Peer) -> None:
    """Let these parts of the student's modules be answered by the other end from now on.

    Args: parts: such as `exercise_lib.mel:frame`; of a class whose constructor is one of them all
        is borrowed, else only the methods named.
    """
    parts = list(parts)
    homes = {module: home(module) for module, _, _ in map(split, parts)}
    calls: Calls = {}
    for part in parts:
        module, owner, method = split(part)
        found = getattr(homes[module], owner, None)
        if not method or f"{module}:{owner}.__init__" in parts or not inspect.isclass(found):
            calls[module, owner] = partial(peer.call, f"{module}:{owner}")
        else:
            borrow_method(found, method, partial(peer.call_method, part))
    substitute(calls)
    for (module, owner), call in calls.items():
        setattr(homes[module], owner, call)


def home(name: str) -> ModuleType:
    """Return a student's module; an empty one where it can't be imported."""
    try:
        load_target(f"{name}:__name__")
    except Exception:
        sys.modules[name] = ModuleType(name)
        package, _, last = name.rpartition(".")
        setattr(importlib.import_module(package), last, sys.modules[name])
    return sys.modules[name]


def substitute(calls: Calls) -> None:
    """Put calls in the place of functions and classes that modules have from other modules."""
    for name in students_modules():
        module = sys.modules[name]
        for key, value in list(vars(module).items()):
            known = inspect.isfunction(value) or inspect.isclass(value)
            home = (value.__module__, value.__qualname__) if known else ("", "")
            if home[0] != name and home in calls:
                setattr(module, key, calls[home])


def students_modules() -> list[str]:
    """Return those modules of the package that were imported after this one: all of a student's.

    Others are not looked at: the memory of whatever is looked at is copied.
    """
    since = list(takewhile(lambda it: it != __name__, reversed(sys.modules)))
    return [it for it in since if it.startswith(f"{PACKAGE}.")]


def borrow_method(owner: type, name: str, call: Callable[..., Any]) -> None:
    """Put a call in the place of a method; it is given the instance and what that was made with."""
    construct = owner.__init__  # type: ignore[misc]

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        object.__setattr__(self, "made_with", [args, kwargs])
        construct(self, *args, **kwargs)

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return call(self, self.made_with, *args, **kwargs)

    owner.__init__ = __init__  # type: ignore[misc]
    setattr(owner, name, method)
