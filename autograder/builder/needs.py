"""What an assignment needs of `exercise_lib`, found by what its notebooks and modules import."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

from exercise_lib.doctor.own_files import names_imported

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
    first = [it for it in always if it in texts]
    first += [it for notebook in notebooks for it in imported_by(code_of(notebook), texts)]
    found = reached(first, texts)
    modules = {f"{name.replace('.', '/')}.py" for name in found}
    return Needs(
        frozenset(modules & solved.keys()),
        frozenset(it.split(".")[1] for it in found if f"{it.replace('.', '/')}.py" not in solved),
    )


def reached(first: Iterable[str], texts: Mapping[str, str]) -> set[str]:
    """Return these modules with all that they import when they run, directly or not."""
    found: set[str] = set()
    left = list(first)
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += imported_by(texts[name], texts)
    return found


def module_name(path: Path) -> str:
    """Return the name of a module: `exercise_lib/check/__init__.py` is `exercise_lib.check`."""
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def code_of(notebook: NotebookNode) -> str:
    cells = [it.source for it in notebook.cells if it.cell_type == "code"]
    return "\n".join(TransformerManager().transform_cell(it) for it in cells)


def imported_by(text: str, known: Mapping[str, str]) -> Iterator[str]:
    """Yield the known modules that a text imports when it runs, and their packages."""
    for node in running(ast.parse(text)):
        yield from known_in(node, known)


def known_in(node: ast.AST, known: Mapping[str, str]) -> Iterator[str]:
    """Yield the known modules that a node imports, and their packages."""
    for name in names_in(node):
        parts = name.split(".")
        prefixes = (".".join(parts[: n + 1]) for n in range(len(parts)))
        yield from (it for it in prefixes if it in known)


def names_in(node: ast.AST) -> Iterator[str]:
    """Yield the names of modules, or of what is in them, that a node imports."""
    yield from names_imported(node)
    match node:
        case ast.Call(ast.Name("StudentModule"), [ast.Constant(str(name))]):
            yield f"{PACKAGE}.{name}"  # imported at its first use


def running(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a tree but those that are there for type checkers only."""
    nodes = list(ast.iter_child_nodes(tree))
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            nodes += node.orelse
        else:
            yield node
            nodes += ast.iter_child_nodes(node)
