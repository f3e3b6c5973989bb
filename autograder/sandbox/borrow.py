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
from exercise_lib.check.target import load_target

PACKAGE = "exercise_lib"
GONE = object()
Calls = dict[tuple[str, str], Callable[..., Any]]  # (module, function or class) -> what it does


class Borrower:
    """What is done by another child, and what stood there before."""

    def __init__(self) -> None:
        self.before: list[tuple[Any, str, Any]] = []  # whose attribute, its name and value
        self.calls: dict[Callable[..., Any], Any] = {}  # what stands in -> for what
        self.is_spoilt = False  # some was missing: what is there in its place can not be taken back

    def borrow(self, parts: Iterable[str], peer: Peer) -> None:
        """Let these parts of the student's modules be answered by the other end from now on.

        Args: parts: such as `exercise_lib.mel:frame`; of a class whose constructor is one of them
            all is borrowed, else only the methods named.
        """
        parts = list(parts)
        homes = {module: self.home(module) for module, _, _ in map(split, parts)}
        calls: Calls = {}
        for part in parts:
            module, owner, method = split(part)
            found = getattr(homes[module], owner, None)
            if not method or f"{module}:{owner}.__init__" in parts or not inspect.isclass(found):
                calls[module, owner] = partial(peer.call, f"{module}:{owner}")
                self.calls[calls[module, owner]] = found
            else:
                self.borrow_method(found, method, partial(peer.call_method, part))
        self.substitute(calls)
        for (module, owner), call in calls.items():
            self.put(homes[module], owner, call)
        self.is_spoilt = self.is_spoilt or None in self.calls.values()

    def give_back(self) -> None:
        """Put everything back, also in modules that were imported since."""
        for owner, name, value in reversed(self.before):
            if value is GONE:
                delattr(owner, name)
            else:
                setattr(owner, name, value)
        for module in students_modules():
            for key, value in list(vars(module).items()):
                if type(value) is partial and value in self.calls:
                    setattr(module, key, self.calls[value])
        self.before.clear()
        self.calls.clear()

    def put(self, owner: Any, name: str, value: Any) -> None:
        """Let a module or class have another attribute."""
        self.before.append((owner, name, vars(owner).get(name, GONE)))
        setattr(owner, name, value)

    def home(self, name: str) -> ModuleType:
        """Return a student's module; an empty one where it can't be imported."""
        try:
            load_target(f"{name}:__name__")
        except Exception:
            self.is_spoilt = True
            sys.modules[name] = ModuleType(name)
            package, _, last = name.rpartition(".")
            setattr(importlib.import_module(package), last, sys.modules[name])
        return sys.modules[name]

    def substitute(self, calls: Calls) -> None:
        """Put calls in the place of functions and classes that modules have from other modules."""
        for module in students_modules():
            for key, value in list(vars(module).items()):
                known = inspect.isfunction(value) or inspect.isclass(value)
                home = (value.__module__, value.__qualname__) if known else ("", "")
                if home[0] != module.__name__ and home in calls:
                    self.put(module, key, calls[home])

    def borrow_method(self, owner: type, name: str, call: Callable[..., Any]) -> None:
        """Put a call in the place of a method; it is given the instance and what made that."""
        construct = owner.__init__  # type: ignore[misc]

        def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
            object.__setattr__(self, "made_with", [args, kwargs])
            construct(self, *args, **kwargs)

        def method(self: Any, *args: Any, **kwargs: Any) -> Any:
            return call(self, self.made_with, *args, **kwargs)

        self.put(owner, "__init__", __init__)
        self.put(owner, name, method)


def students_modules() -> list[ModuleType]:
    """Return those modules of the package that were imported after this one: all of a student's.

    Others are not looked at: the memory of whatever is looked at is copied.
    """
    since = list(takewhile(lambda it: it != __name__, reversed(sys.modules)))
    found = (sys.modules[it] for it in since if it.partition(".")[0] == PACKAGE)
    return [it for it in found if isinstance(it, ModuleType)]
