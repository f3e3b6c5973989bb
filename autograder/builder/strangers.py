"""Given modules that an assignment has no use for: they need student modules of other labs."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path


def leave_out_strangers(package: Path, student_modules: Iterable[str]) -> None:
    """Remove the given modules that need student modules which are not there.

    A module needs those it wraps by `StudentModule("name")`, and what is needed by the modules that
    it imports at its top.

    Args:
        package: a copy of exercise_lib, which is changed.
        student_modules: those that are there, such as `exercise_lib/mel.py`.
    """
    own = {Path(it).stem for it in student_modules}
    paths = {dotted(package, path): path for path in package.rglob("*.py")}
    trees = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in paths.items()}
    needs = {name: set(imported(tree)) for name, tree in trees.items()}
    strange = {name for name, tree in trees.items() if not own.issuperset(wrapped(tree))}
    while more := {name for name in trees if name not in strange and needs[name] & strange}:
        strange |= more
    for name in strange:
        paths[name].unlink()


def dotted(package: Path, path: Path) -> str:
    """Return a module's name, such as `exercise_lib.images.unet`."""
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def wrapped(tree: ast.Module) -> Iterator[str]:
    """Yield the student modules that a module wraps."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="StudentModule"), args=[ast.Constant(value=str(name))]):
                yield name


def imported(tree: ast.Module) -> Iterator[str]:
    """Yield the modules that a module imports when it is imported, and what it takes from them."""
    for node in tree.body:
        match node:
            case ast.Import(names=names):
                yield from (it.name for it in names)
            case ast.ImportFrom(module=str(module), names=names):
                yield module
                yield from (f"{module}.{it.name}" for it in names)
