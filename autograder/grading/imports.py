"""What a release imports, for the sandbox to have it warm."""

import ast
from pathlib import Path

from IPython.core.inputtransformer2 import TransformerManager

from autograder.cells import is_run
from autograder.own_notebooks import read_own


def imported_modules(release: Path) -> list[str]:
    """Return what the release's modules and notebooks import first, without `exercise_lib`."""
    texts = [path.read_text(encoding="utf-8") for path in release.glob("exercise_lib/*.py")]
    for path in release.glob("*.ipynb"):
        cells = filter(is_run, read_own(path).cells)
        texts += [TransformerManager().transform_cell(cell.source) for cell in cells]
    names = {
        name for text in texts for node in ast.parse(text).body for name in names_imported(node)
    }
    return sorted(it for it in names if it.partition(".")[0] != "exercise_lib")


def names_imported(node: ast.AST) -> list[str]:
    """Return the modules that an import statement names."""
    if isinstance(node, ast.Import):
        return [it.name for it in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
