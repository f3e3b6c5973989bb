"""What a release imports, for the sandbox to have it warm, and what answers do."""

import ast
import inspect
import re
from collections.abc import Iterable
from pathlib import Path

from IPython.core.inputtransformer2 import TransformerManager

from autograder.cells import is_run
from autograder.exercise import Exercise
from autograder.own_notebooks import read_own
from exercise_lib.check.own_modules import PACKAGE

IN_A_FUNCTION = re.compile(r"^ +(import|from) ", re.MULTILINE)


def imported_modules(release: Path, show: bool = False) -> list[str]:
    """Return what the release's modules and notebooks import first.

    Args: show: whether to return what cells that only show something use, too.
    """
    texts = [path.read_text(encoding="utf-8") for path in release.glob("exercise_lib/*.py")]
    shown = []
    for path in release.glob("*.ipynb"):
        for cell in read_own(path).cells:
            if cell.cell_type == "code":
                (texts if is_run(cell) else shown).append(cell.source)
    names = all_imported(texts)
    if not show:
        return sorted(names)
    given = [path.read_text(encoding="utf-8") for path in release.glob("exercise_lib/*/**/*.py")]
    parts = [parts_used(names, it) for it in map(parsed, [*given, *shown])]
    return sorted(names.union(all_imported(shown), *parts))


def imported_by_answers(exercises: Iterable[Exercise]) -> list[str]:
    """Return what the course's own answers, right and wrong, import only when they are called."""
    paths = {inspect.getsourcefile(it.make_cases) for it in exercises if it.make_cases}
    texts = [Path(it).read_text(encoding="utf-8") for it in paths if it]
    found: set[str] = set()
    for tree in map(parsed, filter(IN_A_FUNCTION.search, texts)):
        functions = [it for it in ast.walk(tree) if isinstance(it, ast.FunctionDef)]
        names = {name for it in functions for node in it.body for name in names_imported(node)}
        found |= names | parts_used(names, tree)
    return sorted(found)


def all_imported(texts: Iterable[str]) -> set[str]:
    """Return the modules that some programs import first."""
    return {name for it in map(parsed, texts) for node in it.body for name in names_imported(node)}


def parsed(source: str) -> ast.Module:
    """Return the program of a module or a cell, whose magics become calls."""
    try:
        return ast.parse(source)
    except SyntaxError:
        return ast.parse(TransformerManager().transform_cell(source))


def names_imported(node: ast.AST) -> list[str]:
    """Return the modules that an import statement names; those of the package are its parts."""
    if isinstance(node, ast.Import):
        return [it.name for it in node.names]
    if not (isinstance(node, ast.ImportFrom) and node.module):
        return []
    if node.module == PACKAGE:
        return [f"{PACKAGE}.{it.name}" for it in node.names]
    return [node.module]


def parts_used(modules: set[str], tree: ast.AST) -> set[str]:
    """Return what is used of some modules, such as `librosa.feature.rms`.

    A package that imports its parts when they are first used would do so in every child.
    """
    used = (ast.unparse(it) for it in ast.walk(tree) if isinstance(it, ast.Attribute))
    dotted = (it for it in used if it.replace(".", "").isidentifier())
    return {it for it in dotted if it.partition(".")[0] in modules}
