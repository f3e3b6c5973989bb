"""Files of a student's own that modules and answers import: which of them grading takes along."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cache
from importlib.metadata import packages_distributions

from exercise_lib.doctor.needed import parsed

PACKAGE = "exercise_lib"
MOST_FILES = 20
MOST_CHARACTERS = 500_000  # of all of them
MOST_DEEP = 12  # packages in one another


def own_files(
    sources: Iterable[tuple[str, str]], others: Collection[str], read: Callable[[str], str]
) -> tuple[dict[str, str], list[str]]:
    """Follow imports from a student's modules and answers to files of their own.

    Args:
        sources: modules, as `exercise_lib/mel.py`, and notebooks, with their text or an answer's.
        others: the paths of files that are no modules of the assignment, as in `helpers.py`; the
            folder of the notebooks is their root.
        read: returns the text of such a file.

    Returns: the texts of those to be taken along, and a sentence on each that can't be.
    """
    names = {module_name(it): it for it in sorted(others)}
    taken: dict[str, str] = {}
    refused: dict[str, str] = {}
    left = list(sources) if names else []
    size = 0
    while left:
        importer, text = left.pop(0)
        for name in names_in(importer, text):
            path = names.get(name)
            if path is None or path in taken or path in refused or is_installed(path):
                continue
            if path.startswith(f"{PACKAGE}/") and path.count("/") > 1:
                refused[path] = (
                    f"{importer} imports {path}, which lies in a folder that grading takes as "
                    "released: put it beside the notebooks."
                )
                continue
            content = read(path)
            size += len(content)
            if len(taken) == MOST_FILES or size > MOST_CHARACTERS:
                much = f"{MOST_FILES} files and {MOST_CHARACTERS:,} characters".replace(",", " ")
                refused[path] = (
                    f"{importer} imports {path}, which is more than the {much} of your own that "
                    f"grading takes along: put what you need of it into {importer}."
                )
                continue
            taken[path] = content
            left.append((path, content))
    return taken, list(refused.values())


def is_installed(path: str) -> bool:
    """Whether a file has the name of what everybody has, in whose place it must not be."""
    name = path.removesuffix(".py").partition("/")[0]
    return name != PACKAGE and name in installed()


@cache
def installed() -> set[str]:
    """Return the names of Python's modules and of installed packages."""
    return {*sys.stdlib_module_names, *packages_distributions()}


def module_name(path: str) -> str:
    """Return the name by which a file beside the notebooks is imported."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def names_in(path: str, text: str) -> Iterator[str]:
    """Yield the names of modules and packages that a file may import, and of what is in them."""
    package = path.removesuffix(".py").split("/")[:-1]
    for statement in parsed(text):
        for node in ast.walk(statement):
            for name in names_imported(node, package):
                parts = name.split(".")[:MOST_DEEP]
                yield from (".".join(parts[: n + 1]) for n in range(len(parts)))


def names_imported(node: ast.AST, package: Collection[str] = (PACKAGE,)) -> Iterator[str]:
    """Yield the names of modules, or of what is in them, that an import statement names.

    Args: package: where it stands, for relative imports.
    """
    match node:
        case ast.Import(names):
            yield from (it.name for it in names)
        case ast.ImportFrom(module, names, level):
            home = list(package)[: len(package) - level + 1] if level else []
            source = ".".join(filter(None, [*home, module]))
            yield from (f"{source}.{it.name}" if source else it.name for it in names)
