"""The engine's wings import in one direction, and it names nothing of what it teaches."""

import ast
import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from itertools import pairwise
from pathlib import Path

import pytest

from autograder.builder.exercises import load_exercises
from autograder.paths import REPOSITORY, ROOT
from autograder.plan import read_plans

ENGINE = ROOT / "autograder"
LAYERS = (  # each may import itself and those before it; "" are the modules in no folder
    "sandbox", "", "submissions", "reports", "nbgrader_setup", "builder", "grading", "lms",
    "terminal", "lecture", "solved_site", "samples", "cli",
)  # fmt: skip
GENERATED = {"course", "demo_course", "hidden"}


def modules() -> dict[str, Path]:
    """Return the engine's modules by name, without its package's."""
    found = {}
    for path in ENGINE.rglob("*.py"):
        parts = path.relative_to(ENGINE).with_suffix("").parts
        if parts[0] not in GENERATED and parts != ("__init__",):
            found[".".join(it for it in parts if it != "__init__")] = path
    return found


MODULES = modules()


def layer(module: str) -> str:
    top = module.partition(".")[0]
    return top if top in LAYERS else ""


def imports(path: Path) -> Iterator[str]:
    """Yield what a module imports, by full names."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (it.name for it in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            yield from (f"{node.module}.{it.name}" for it in node.names)


def own(name: str) -> str:
    """Return the engine's module that a full name is of, or ""."""
    parts = name.removeprefix("autograder.").split(".")
    names = [".".join(parts[: n + 1]) for n in range(len(parts))]
    return next((it for it in reversed(names) if it in MODULES), "")


GRAPH = {
    name: {own(it) for it in imports(path) if it.startswith("autograder.")} - {"", name}
    for name, path in MODULES.items()
}


def test_every_module_has_a_layer():
    folders = {name.partition(".")[0] for name in MODULES if "." in name}
    assert folders <= set(LAYERS)


@pytest.mark.parametrize("name", sorted(set(MODULES) - {"__main__"}))
def test_a_module_imports_its_own_layer_and_lower_ones(name):
    for needed in GRAPH[name]:
        assert LAYERS.index(layer(needed)) <= LAYERS.index(layer(name)), f"{name} needs {needed}"


def test_there_is_no_circle():
    order = list(TopologicalSorter(GRAPH).static_order())
    assert len(order) == len(GRAPH)


def test_the_sandbox_imports_exercise_lib_and_itself():
    for name, path in MODULES.items():
        if layer(name) == "sandbox":
            for it in imports(path):
                assert not it.startswith("autograder") or it.startswith("autograder.sandbox"), name
                assert not it.startswith("solutions"), name


def test_the_layers_are_those_of_the_guide():
    guide = (ENGINE / "README.md").read_text()
    folders = [it for it in LAYERS if it and (ENGINE / it).is_dir()]
    places = [guide.index(f"| `{it}/` |") for it in folders]
    assert all(a > b for a, b in pairwise(places)), "highest first"


def content() -> set[str]:
    """Return the names of labs, notebooks, exercises, assignments and data sets."""
    labs = REPOSITORY.labs
    names = {it.name for it in labs} | {it.notebook for it in labs} | set(read_plans(REPOSITORY))
    names |= {it.id for it in load_exercises(REPOSITORY)}
    names |= {name for lab in labs for name in lab.data}
    return names - {"attention"} | {"pretrained", "16000", "16_000", "22050", "22_050"}


def test_the_engine_names_nothing_that_it_teaches():
    word = re.compile("|".join(rf"(?<![\w.]){re.escape(it)}(?![\w.])" for it in content()))
    found = []
    for path in [*MODULES.values(), *ENGINE.rglob("*.j2")]:
        tree = path.read_text()
        code = without_docstrings(tree) if path.suffix == ".py" else tree
        found += [f"{path.relative_to(ROOT)}: {it}" for it in word.findall(code)]
    assert not found


def without_docstrings(text: str) -> str:
    """Return a module as Python would read it, without comments and docstrings, which may name
    an example."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(
            node
        ):
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)
