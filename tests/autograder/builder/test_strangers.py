"""An assignment has no given module that needs another lab's student module, or that none needs."""

from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from autograder.builder.solved import assemble_solved
from autograder.builder.strangers import leave_out_strangers, leave_out_unused
from autograder.paths import REPOSITORY

FILES = {
    "images/__init__.py": "",
    "images/scenes.py": "import random\n",
    "images/unet.py": "from exercise_lib.models.students import StudentModule\n"
    "if TYPE_CHECKING:\n    from exercise_lib import diffusion\n"
    'else:\n    diffusion, vae = StudentModule("diffusion"), StudentModule("vae")\n',
    "images/painter.py": "from exercise_lib.images.unet import Unet\n",
    "images/page.py": "from exercise_lib.images import painter\n",
    "images/later.py": "def show():\n    from exercise_lib.images import painter\n",
    "images/trained.py": 'vae, diffusion = map(StudentModule, ("vae", "diffusion"))\n',
    "player/__init__.py": "import exercise_lib.images.page\n",
    "player/studio.py": "from exercise_lib.player import anything\n",
}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    package = tmp_path / "exercise_lib"
    for name, text in FILES.items():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(text, encoding="utf-8")
    return package


def left(package: Path) -> set[str]:
    return {it.relative_to(package).as_posix() for it in package.rglob("*.py")}


def test_what_needs_a_module_of_another_lab_is_left_out_with_what_imports_it(package):
    leave_out_strangers(package, {"exercise_lib/vae.py": ""}, [])
    assert left(package) == {"images/__init__.py", "images/scenes.py", "images/later.py"}


@pytest.mark.parametrize(
    "line",
    [
        "from exercise_lib.images import (\n    later,\n)",
        "%matplotlib inline\nfrom exercise_lib.images.page import x",
    ],
)
def test_what_a_notebook_imports_stays_with_what_that_imports(package, line):
    notebook = new_notebook(cells=[new_code_cell(line)])
    leave_out_strangers(package, {"exercise_lib/vae.py": ""}, [notebook])
    assert {"images/painter.py", "images/unet.py"} < left(package)
    assert not {"images/trained.py", "player/studio.py"} & left(package)


def test_all_stays_where_the_modules_are_there(package):
    leave_out_strangers(package, {"exercise_lib/vae.py": "", "exercise_lib/diffusion.py": ""}, [])
    assert left(package) == set(FILES)


def test_of_a_folder_that_no_notebook_names_only_what_is_imported_stays(package):
    notebook = new_notebook(cells=[new_code_cell("from exercise_lib.player import studio")])
    leave_out_unused(package, {"exercise_lib/vae.py": ""}, [notebook])
    painting = {f"images/{it}.py" for it in ("__init__", "page", "painter", "unet")}
    assert left(package) == painting | {"player/__init__.py", "player/studio.py"}


def test_a_folder_that_a_notebook_names_stays_as_it_is(package):
    notebook = new_notebook(cells=[new_code_cell("from exercise_lib.images import scenes")])
    leave_out_unused(package, {"exercise_lib/vae.py": "import exercise_lib.player"}, [notebook])
    assert left(package) == set(FILES) - {"player/studio.py"}


def test_a_solved_copy_of_all_labs_has_every_given_module(tmp_path):
    assemble_solved(REPOSITORY, tmp_path)
    given = {it.relative_to(REPOSITORY.root) for it in REPOSITORY.exercise_lib.rglob("*/*.py")}
    assert {it for it in given if not (tmp_path / it).exists()} == set()
