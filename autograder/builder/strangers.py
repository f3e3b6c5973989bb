"""Given modules of no use for an assignment: nothing in it needs them, or they need others."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from nbformat import NotebookNode

from autograder.builder.needs import code_of, imported_by, known_in, module_name, reached

WHOLE = frozenset({"check", "doctor", "environment", "train"})  # folders of which modules are named


def leave_out_strangers(
    package: Path, student_modules: Mapping[str, str], notebooks: Iterable[NotebookNode]
) -> None:
    """Remove the given modules that need student modules which are not there.

    A module needs those it wraps in a `StudentModule`, and what is needed by the modules that
    it imports at its top. What notebooks and student modules import, directly or not, stays: of
    two functions in a file, they may want the one that works.

    Args:
        package: a copy of exercise_lib, which is changed.
        student_modules: those that are there, such as `exercise_lib/mel.py` -> its text.
    """
    own = {Path(it).stem for it in student_modules}
    paths, texts = read_modules(package)
    trees = {name: ast.parse(text) for name, text in texts.items()}
    needs = {
        name: {it for node in tree.body for it in known_in(node, texts)}
        for name, tree in trees.items()
    }
    strange = {name for name, tree in trees.items() if not own.issuperset(wrapped(tree))}
    while more := {name for name in trees if name not in strange and needs[name] & strange}:
        strange |= more
    wanted = [*student_modules.values(), *map(code_of, notebooks)]
    first = [it for text in wanted for it in imported_by(text, texts)]
    for name in strange - reached(first, texts):
        paths[name].unlink()


def leave_out_unused(
    package: Path, student_modules: Mapping[str, str], notebooks: Iterable[NotebookNode]
) -> None:
    """Remove what nothing imports, of the given folders that no notebook imports from itself.

    Args: as of `leave_out_strangers`.
    """
    paths, texts = read_modules(package)
    named = [it for notebook in notebooks for it in imported_by(code_of(notebook), texts)]
    whole = WHOLE | {folder_of(it) for it in named}
    first = [it for it in texts if folder_of(it) in whole]
    first += [it for text in student_modules.values() for it in imported_by(text, texts)]
    for name in texts.keys() - reached(first, texts):
        paths[name].unlink()


def read_modules(package: Path) -> tuple[dict[str, Path], dict[str, str]]:
    """Return path and text of each given module by its name."""
    paths = {module_name(it.relative_to(package.parent)): it for it in package.rglob("*/*.py")}
    return paths, {name: path.read_text(encoding="utf-8") for name, path in paths.items()}


def folder_of(module: str) -> str:
    """Return the folder of exercise_lib in which a module lies."""
    return module.split(".")[1]


def wrapped(tree: ast.Module) -> Iterator[str]:
    """Yield the student modules that a module wraps."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="StudentModule"), args=[ast.Constant(value=str(name))]):
                yield name
            case ast.Call(
                func=ast.Name(id="map"), args=[ast.Name(id="StudentModule"), ast.Tuple(elts=names)]
            ):
                yield from (ast.literal_eval(it) for it in names)
