"""The function that an answer cell of a solved notebook defines."""

from __future__ import annotations

import ast
import functools
import inspect
import re
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from autograder.labs import Lab
from autograder.regions import as_handed_out

CELL = re.compile(r"^# %%(?: (\[\w+\]))?.*\n", re.MULTILINE)
IMPORT = re.compile(r"^(?:from [\w.]+ )?import \w.*", re.MULTILINE)


def answer(package: str, function: str) -> Callable[..., Any]:
    """Return a function that a lab's solved notebook defines, with what it uses of the notebook.

    Args: package: `__package__` of the exercise that asks.

    Raises: LookupError: no cell of the notebook defines it.
    """
    solutions, lab, _ = package.split(".")
    return defined(function, code_cells(solutions, lab), solutions)


def broken_answer(package: str, function: str) -> Callable[..., Any] | None:
    """Return a function as a debugging task hands it out; None for any other answer."""
    solutions, lab, _ = package.split(".")
    sources = code_cells(solutions, lab)
    released = [as_handed_out(it) for it in sources]
    if all(a == b for a, b in zip(sources, released, strict=True) if defines(b, function)):
        return None
    return defined(function, released, solutions)


def code_cells(solutions: str, lab: str) -> list[str]:
    """Return the code of a lab's solved notebook."""
    master = Lab(Path(sys.modules[solutions].__path__[0], lab)).master
    return list(code_as_of(master, master.stat().st_mtime_ns))


@functools.lru_cache
def code_as_of(master: Path, modified: int) -> tuple[str, ...]:
    """Return the code of a master; it is read again when it was modified.

    Its cells are found by their markers: each worker of the grader needs them, and jupytext takes
    a second to be imported and read them. Magics stay the comments that they are in a master.
    """
    _, *parts = CELL.split(master.read_text(encoding="utf-8"))
    cells = zip(parts[::2], parts[1::2], strict=True)
    return tuple(text.strip("\n") for kind, text in cells if not kind)


def defined(function: str, sources: list[str], solutions: str) -> Callable[..., Any]:
    """Return a function that some cells define.

    Raises: LookupError: no cell defines it.
    """
    names: dict[str, Any] = {}
    define(function, sources, solutions, names)
    if function not in names:
        raise LookupError(f"no cell of the notebook defines {function}")
    return names[function]


def defines(source: str, function: str) -> bool:
    return re.search(rf"^def {function}\(", source, re.MULTILINE) is not None


def define(name: str, sources: list[str], solutions: str, names: dict[str, Any]) -> None:
    """Add to `names` what the cells define or import as `name`, and whatever that uses of them."""
    for source in sources:
        if defines(source, name):
            exec(compile(source, "notebook.py", "exec"), names)
            for needed in inspect.getclosurevars(names[name]).unbound:
                define(needed, sources, solutions, names)
        for line in IMPORT.findall(source):
            [node] = ast.parse(line).body
            assert isinstance(node, (ast.Import, ast.ImportFrom))
            for it in node.names:
                if name == (it.asname or it.name):
                    names[name] = imported(node, it.name, solutions)


def imported(node: ast.Import | ast.ImportFrom, name: str, solutions: str) -> Any:
    """Return what an import statement brings; a student module comes solved."""
    if isinstance(node, ast.Import):
        return import_module(name)
    for module in (f"{solutions}.{node.module}.{name}", f"{node.module}.{name}"):
        try:
            return import_module(module)
        except ModuleNotFoundError as error:
            if error.name != module and not module.startswith(str(error.name)):
                raise
    return getattr(import_module(str(node.module)), name)
