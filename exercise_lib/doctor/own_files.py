"""Files of a student's own that a module imports: grading takes the assignment's modules alone."""

import ast
import sys
from collections.abc import Iterable
from importlib.metadata import packages_distributions


def imports_own(module: str, source: str, others: Iterable[str]) -> str:
    """Return what is wrong with a module that imports files of the student's own, or "".

    Args:
        module: its path, as in `exercise_lib/mel.py`.
        others: the paths of files that are no modules of the assignment, as in `helpers.py`.
    """
    try:
        names = names_imported(ast.parse(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    own = [it for it in sorted(others) if it.removesuffix(".py").replace("/", ".") in names]
    if own:
        installed = {*sys.stdlib_module_names, *packages_distributions()}
        own = [it for it in own if it.removesuffix(".py") not in installed]
    if not own:
        return ""
    return (
        f"imports {' and '.join(own)}, which grading does not take along: put what you need of it "
        f"into {module}."
    )


def names_imported(tree: ast.AST) -> set[str]:
    """Return all that code imports, wherever it does: `helpers`, `exercise_lib.helpers`."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {it.name for it in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = ["exercise_lib"] if node.level else []
            start = ".".join([*package, *([node.module] if node.module else [])])
            names |= {start, *(f"{start}.{it.name}" for it in node.names)}
    return names
