"""Files of a student's own that a module imports: grading takes the assignment's modules alone."""

import ast
import sys
from collections.abc import Collection, Iterator
from importlib.metadata import packages_distributions


def imports_own(module: str, source: str, others: Collection[str]) -> str:
    """Return what is wrong with a module that imports files of the student's own, or "".

    Args:
        module: its path, as in `exercise_lib/mel.py`.
        others: the paths of files that are no modules of the assignment, as in `helpers.py`.
    """
    try:
        nodes = ast.walk(ast.parse(source)) if others else ()
        names = [f"{name}." for node in nodes for name in names_imported(node)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    starts = {it: f"{it.removesuffix('.py').replace('/', '.')}." for it in sorted(others)}
    own = [it for it, start in starts.items() if any(name.startswith(start) for name in names)]
    if own:
        installed = {*sys.stdlib_module_names, *packages_distributions()}
        own = [it for it in own if it.removesuffix(".py") not in installed]
    if not own:
        return ""
    return (
        f"imports {' and '.join(own)}, which grading does not take along: put what you need of it "
        f"into {module}."
    )


def names_imported(node: ast.AST) -> Iterator[str]:
    """Yield the names of modules, or of what is in them, that an import statement names."""
    match node:
        case ast.Import(names):
            yield from (it.name for it in names)
        case ast.ImportFrom(module, names, level):
            source = ".".join(filter(None, ["exercise_lib" if level else "", module]))
            yield from (f"{source}.{it.name}" for it in names)
