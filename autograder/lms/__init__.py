"""Names in downloads, grades and feedback in the files that learning-management systems exchange.

A system is one file of this folder with a `System` in it; there is no other list of them.
"""

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module

from autograder.lms.system import System
from autograder.submissions.participants import Participant, ReadName
from autograder.submissions.roster import Listed


@cache
def systems() -> list[System]:
    """Return every system in the order of the files' names."""
    names = sorted(it.name for it in pkgutil.iter_modules(__path__, f"{__name__}."))
    values = [value for name in names for value in vars(import_module(name)).values()]
    return [it for it in values if isinstance(it, System)]


def read_name(name: str) -> tuple[Participant, str] | None:
    """Return what the first system that knows such a name reads in it; see `System.read_name`."""
    return next(filter(None, (it.read_name(name) for it in systems())), None)


def read_row(row: Mapping[str, str]) -> tuple[Participant, Listed] | None:
    """Return what the first system that knows such a line reads in it; see `System.read_row`."""
    return next(filter(None, (it.read_row(row) for it in systems())), None)


def names_as(layout: str) -> ReadName:
    """Return how names are read where somebody says of which system a download is.

    `folders` stands for a folder or zip for each student.

    Raises: KeyError for other names.
    """
    known: dict[str, ReadName] = {"": read_name, "folders": lambda name: None}
    for it in systems():
        if it.layout:
            known[type(it).__name__.lower()] = it.read_name
    return known[layout]
