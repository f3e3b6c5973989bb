"""What an assignment needs of `exercise_lib`, found by what its notebooks and modules import."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

PACKAGE = "exercise_lib"
ALWAYS = ("exercise_lib.check", "exercise_lib.doctor")  # students call them in a terminal, too


@dataclass(frozen=True)
class Needs:
    """Student modules by path, `exercise_lib/mel.py`, and given folders by name, `speech`."""

    modules: frozenset[str]
    folders: frozenset[str]


def find_needs(
    notebooks: Iterable[NotebookNode], solved: Mapping[str, str], exercise_lib: Path
) -> Needs:
    """Follow the imports from notebooks through student modules and given folders.

    Args:
        solved: the text of each student module by its path, `exercise_lib/mel.py`.
        exercise_lib: the package with the given folders.
    """
    texts = {module_name(Path(path)): text for path, text in solved.items()}
    for path in exercise_lib.glob("*/**/*.py"):
        name = module_name(path.relative_to(exercise_lib.parent))
        texts[name] = path.read_text(encoding="utf-8")
    always = (*ALWAYS, *(f"{name}.__main__" for name in ALWAYS))
    left = [it for it in always if it in texts]
    left += [it for notebook in notebooks for it in imported_by(code_of(notebook), "", texts)]
    found: set[str] = set()
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += imported_by(texts[name], name, texts)
    modules = {f"{name.replace('.', '/')}.py" for name in found}
    return Needs(
        frozenset(modules & solved.keys()),
        frozenset(it.split(".")[1] for it in found if f"{it.replace('.', '/')}.py" not in solved),
    )


def module_name(path: Path) -> str:
    """Return the name of a module: `exercise_lib/check/__init__.py` is `exercise_lib.check`."""
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def code_of(notebook: NotebookNode) -> str:
    cells = [it.source for it in notebook.cells if it.cell_type == "code"]
    return "\n".join(TransformerManager().transform_cell(it) for it in cells)


def imported_by(text: str, name: str, known: Mapping[str, str]) -> Iterator[str]:
    """Yield the known modules that a text imports when it runs.

    Args: name: of the module whose text it is, for relative imports.
    """
    for node in running(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (it.name for it in node.names if it.name in known)
        elif isinstance(node, ast.ImportFrom):
            package = PACKAGE if node.level else ""
            source = ".".join(filter(None, [package, node.module]))
            for target in [source, *(f"{source}.{it.name}" for it in node.names)]:
                if target in known:
                    yield target


def running(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a tree but those that are there for type checkers only."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        yield node
        yield from running(node)
