"""A student's module that is imported when it is first used: a broken one breaks what uses it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from exercise_lib.check.run import describe_exception


class BrokenModule(ImportError):
    """A student's module can't be imported; the message names its file, line and fault."""


class StudentModule:
    """Stands for `exercise_lib.<name>`."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        try:
            module = import_module(f"exercise_lib.{self._name}")
        except Exception as error:  # whatever a student's file raises
            why = str(describe_exception(error)).splitlines()[0]
            raise BrokenModule(f"exercise_lib/{self._name}.py can't be imported: {why}") from error
        return getattr(module, attribute)
