"""A student's module that can't be imported breaks what is made of it, which names it, alone."""

import ast
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from toy_course import TESTS

from autograder.paths import REPOSITORY
from exercise_lib.check.bundle import read_bundle
from exercise_lib.environment.variables import HIDDEN_VARIABLE

PROGRAM = TESTS / "toy_broken_modules.py"
SOLVED = [path for lab in REPOSITORY.labs for path in lab.modules]
MODULES = [path.stem for path in SOLVED]
BROKEN = (  # a module's text, and what importing it raises
    ('"""Mine."""\n\ndef open(\n', "SyntaxError"),
    ('"""Mine."""\n\nimport no_such_module\n', "ModuleNotFoundError"),
)
MADE_OF = {  # what PROGRAM makes -> the students' modules in it
    "recorded player": set(),
    "kept alignments": set(),
    "Tacotron": {"tacotron2"},
    "Tacotron 1": {"tacotron1"},
    "Tacotron found": {"tacotron2"},
    "Vocos": set(),
    "Vocos found": set(),
    "HiFi-GAN": {"generator"},
    "scores": {"attention"},
    "Tacotron training": {"mel", "tacotron2"},
    "Vocos training": {"losses", "mel"},
    "HiFi-GAN training": {"discriminators", "generator", "losses", "mel"},
    "speaking player": {"mel", "tacotron2"},
    "CLIP": {"clip"},
    "CLIP training": {"clip"},
    "VQ-VAE training": {"quantization"},
    "residual books": {"quantization"},
    "VAE training": {"diffusion"},
    "diffusion training": {"diffusion"},
    "CLAP": {"clip"},
    "CLAP training": {"clap", "clip"},
    "codec": set(),
    "codec training": {"encodec"},
    "SEANet": {"encodec"},
    "transformer": {"dit"},
    "flow training": {"clip", "dit", "flow"},
    "prior": {"dit"},
    "prior training": {"clip", "dit", "unclip"},
    "decoder training": {"clip", "dit", "flow", "unclip"},
    "Jukebox": set(),
    "Jukebox training": {"quantization", "vq_music"},
}
USE_STUDENTS = ("models", "alignment_player")


pytestmark = pytest.mark.xdist_group("broken modules")  # one worker starts the program, once


@pytest.fixture(scope="module")
def solved(tmp_path_factory) -> Path:
    """Return a copy of the package with solved modules."""
    root = tmp_path_factory.mktemp("broken")
    skip = shutil.ignore_patterns("__pycache__")
    shutil.copytree(REPOSITORY.exercise_lib, root / "exercise_lib", ignore=skip)
    for path in SOLVED:
        shutil.copy(path, root / "exercise_lib" / path.name)
    shutil.copytree(REPOSITORY.data / "references", root / "data" / "references")
    for name in ("mini", "pretrained", "attention", "captions", "clip", "vae"):
        (root / "data" / name).symlink_to(REPOSITORY.data / name)
    return root


@pytest.fixture(scope="module")
def program(solved) -> Iterator[subprocess.Popen[str]]:
    """Start PROGRAM on a copy of the package."""
    environment = {key: it for key, it in os.environ.items() if key != HIDDEN_VARIABLE}
    with subprocess.Popen(
        [sys.executable, str(PROGRAM)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=solved,
        env={**environment, "PYTHONPATH": str(solved), "PYTHONDONTWRITEBYTECODE": "1"},
        text=True,
    ) as program:
        yield program


def look(program: subprocess.Popen[str], path: Path, text: str, names: list[str]) -> dict:
    """Return what PROGRAM finds with another text in a file."""
    program.stdin.write(json.dumps([str(path), text, names]) + "\n")
    program.stdin.flush()
    return json.loads(next(line for line in program.stdout if line.startswith("{")))


@pytest.mark.slow
@pytest.mark.parametrize("module", MODULES)
def test_a_broken_module_breaks_what_is_made_of_it_alone(solved, program, module):
    path = solved / "exercise_lib" / f"{module}.py"
    whole = path.read_text(encoding="utf-8")
    named = f"exercise_lib/{module}.py"
    targets, broken = targets_of(solved), users_of(module)
    try:
        of_it = sorted(name for name, it in targets.items() if it in broken)
        # Of the other modules one exercise each; they are none of the second fault's business.
        others = {it: name for name, it in targets.items() if it not in broken}
        asked = [[*of_it, *others.values()], of_it]
        for (text, error), names in zip(BROKEN, asked, strict=True):
            found = look(program, path, text, names)
            assert found["not imported"] == {}
            assert found["checks"].keys() == set(names or targets)
            for exercise, said in found["checks"].items():
                if targets[exercise] in broken:
                    assert "can't be imported" in said and f"{named}, line 3" in said
                    assert error in said
                else:
                    assert said == "all points"
            [finding] = [it for it in found["doctor"] if it.startswith(named)]
            assert "line 3" in finding
            assert found["made"].keys() == MADE_OF.keys()
            for name, said in found["made"].items():
                if broken & MADE_OF[name]:
                    assert "can't be imported" in said and f"{named}, line 3" in said, name
                    assert error in said
                else:
                    assert said == "works", name
    finally:
        path.write_text(whole, encoding="utf-8")


def targets_of(root: Path) -> dict[str, str]:
    """Return the module of every exercise that is in one."""
    references = root / "data" / "references"
    names = [path.stem for path in references.glob("*.safetensors")]
    targets = {name: read_bundle(name, references).target.partition(":") for name in names}
    return {name: it[0].rpartition(".")[2] for name, it in targets.items() if it[2]}


def users_of(module: str) -> set[str]:
    """Return a student's module and those that import it, themselves or through another."""
    users = {module}
    for _ in MODULES:
        for path in SOLVED:
            names = run_time_imports(ast.parse(path.read_text(encoding="utf-8")))
            if users & {it.partition(".")[0] for it in names}:
                users.add(path.stem)
    return users


def given_modules() -> list[Path]:
    """Return the files of all given folders of `exercise_lib`."""
    return sorted(REPOSITORY.exercise_lib.glob("*/**/*.py"))


def run_time_imports(node: ast.AST) -> Iterator[str]:
    """Yield the full names that a file imports, but for those of type checkers alone."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            for other in child.orelse:
                yield from run_time_imports(other)
        elif isinstance(child, ast.Import):
            yield from (it.name for it in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield from (f"{child.module}.{it.name}" for it in child.names)
        else:
            yield from run_time_imports(child)


@pytest.mark.parametrize("path", given_modules(), ids=lambda it: f"{it.parent.name}/{it.name}")
def test_given_folders_import_no_student_module_and_nothing_of_the_grader(path):
    folder = path.relative_to(REPOSITORY.exercise_lib).parts[0]
    for name in run_time_imports(ast.parse(path.read_text(encoding="utf-8"))):
        package, _, rest = name.partition(".")
        assert package not in ("autograder", "solutions", *MODULES), name
        if package == "exercise_lib" and folder not in USE_STUDENTS:
            assert rest.partition(".")[0] not in MODULES, name


@pytest.mark.parametrize("path", SOLVED, ids=lambda it: it.name)
def test_student_modules_import_nothing_of_the_grader(path):
    for name in run_time_imports(ast.parse(path.read_text(encoding="utf-8"))):
        assert name.partition(".")[0] not in ("autograder", "solutions"), name
