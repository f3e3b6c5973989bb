"""Given modules that an assignment has no use for: they need student modules of other labs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

IMPORT = re.compile(r"^\s*from\s+(exercise_lib[\w.]*)\s+import\s+\(?([\w\s,]+)", re.MULTILINE)


def leave_out_strangers(
    package: Path, student_modules: Mapping[str, str], notebooks: Iterable[str]
) -> None:
    """Remove the given modules that need student modules which are not there.

    A module needs those it wraps in a `StudentModule`, and what is needed by the modules that
    it imports at its top. What notebooks and student modules import, directly or not, stays: of
    two functions in a file, they may want the one that works.

    Args:
        package: a copy of exercise_lib, which is changed.
        student_modules: those that are there, such as `exercise_lib/mel.py` -> its text.
        notebooks: the texts of their code.
    """
    own = {Path(it).stem for it in student_modules}
    paths = {dotted(package, path): path for path in package.rglob("*.py")}
    trees = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in paths.items()}
    needs = {name: set(imported(tree.body)) for name, tree in trees.items()}
    strange = {name for name, tree in trees.items() if not own.issuperset(wrapped(tree))}
    while more := {name for name in trees if name not in strange and needs[name] & strange}:
        strange |= more
    for name in strange - reached(trees, [*student_modules.values(), *notebooks]):
        paths[name].unlink()


def reached(trees: Mapping[str, ast.Module], texts: Iterable[str]) -> set[str]:
    """Return the modules that texts import, directly or not, at their top or in a function."""
    found: set[str] = set()
    new = {it for text in texts for it in imported_by(text)} & trees.keys()
    while new:
        found |= new
        new = {it for name in new for it in imported(ast.walk(trees[name]))} & trees.keys() - found
    return found


def imported_by(text: str) -> Iterator[str]:
    """Yield what the lines of a notebook import, which need not be Python."""
    for module, names in IMPORT.findall(text):
        yield module
        yield from (f"{module}.{it}" for it in re.findall(r"\w+", names))


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
            case ast.Call(
                func=ast.Name(id="map"), args=[ast.Name(id="StudentModule"), ast.Tuple(elts=names)]
            ):
                yield from (ast.literal_eval(it) for it in names)


def imported(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield the modules that these nodes import, and what they take from them."""
    for node in nodes:
        match node:
            case ast.Import(names=names):
                yield from (it.name for it in names)
            case ast.ImportFrom(module=str(module), names=names):
                yield module
                yield from (f"{module}.{it.name}" for it in names)
