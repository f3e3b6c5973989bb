"""A lab is a folder: its notebook, the student modules with their tests, and its exercises."""

from __future__ import annotations

import hashlib
import re
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType

import tomllib

from autograder.errors import BuildError

# What lab.toml may list under each key; None: any names, of folders in data/ or of given files.
DECLARABLE: dict[str, tuple[str, ...] | None] = {
    "shows": ("picture", "sound", "widget"),
    "parts": (
        "goal",
        "time",
        "needs",
        "what to see",
        "equations",
        "hints",
        "prediction",
        "experiment",
        "question",
    ),
    "data": None,
    "stage": None,
}
OWN = Path(__file__).resolve().parent.parent / "solutions"


@dataclass(frozen=True)
class Lab:
    """One lab in a folder of labs, such as `solutions/lab01_alignment_plots`."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def notebook(self) -> str:
        """The name of its notebook without suffix: `01_alignment_plots`."""
        return re.sub(r"^lab(?=\d)", "", self.name)

    @property
    def master(self) -> Path:
        """The notebook, solved, as py:percent text."""
        return self.folder / "notebook.py"

    @property
    def modules(self) -> list[Path]:
        """The solved student modules, in the order of their names."""
        found = sorted(self.folder.glob("*.py"))
        return [it for it in found if it != self.master and not it.name.startswith("test_")]

    @property
    def exercises(self) -> list[Path]:
        """The files that declare its exercises, in the order of their names."""
        return [it for it in sorted(self.folder.glob("exercises/*.py")) if it.stem != "shared"]

    @property
    def table(self) -> Path:
        """The file in which it declares what it shows and needs."""
        return self.folder / "lab.toml"

    @cached_property
    def declared(self) -> dict[str, list[str]]:
        """What its `lab.toml` lists; nothing where there is none.

        Raises: BuildError: the file cannot be read or lists something unknown.
        """
        path, where = self.table, f"{self.name}/{self.table.name}"
        try:
            stated = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        except ValueError as error:
            raise BuildError(f"{where}: {error}") from error
        if unknown := sorted(set(stated) - set(DECLARABLE)):
            raise BuildError(f"{where}: lists {', '.join(DECLARABLE)}, not {', '.join(unknown)}")
        for key, names in stated.items():
            if not (isinstance(names, list) and all(isinstance(it, str) for it in names)):
                raise BuildError(f'{where}: {key} is a list of names, such as {key} = ["a", "b"]')
            known = DECLARABLE[key]
            if known and (wrong := [it for it in names if it not in known]):
                raise BuildError(
                    f"{where}: {key} may be {', '.join(known)}, not {', '.join(wrong)}"
                )
        return stated

    @property
    def shows(self) -> list[str]:
        """What its notebook shows besides text, such as a picture."""
        return self.declared.get("shows", [])

    @property
    def parts(self) -> list[str]:
        """What its notebook must contain, such as a question at its end."""
        return self.declared.get("parts", [])

    @property
    def stage(self) -> list[str]:
        """The given scripts and styles in `exercise_lib/` that its scenes draw with."""
        return self.declared.get("stage", [])

    @property
    def data(self) -> list[str]:
        """The folders of `data/` that its notebook needs, besides the references."""
        return self.declared.get("data", [])


def find_labs(solutions: Path) -> list[Lab]:
    """Return every lab in a folder, in the order of their names; `_template` is none yet."""
    return [Lab(it.parent) for it in sorted(solutions.glob("[!_]*/notebook.py"))]


def package_of(solutions: Path) -> str:
    """Return the name under which a folder of labs is imported.

    In it, `exercise_lib` holds the solved student modules of all labs, so that a solution imports
    another one as the students' modules do: `from .attention import masked_softmax`.
    """
    solutions = solutions.resolve()
    if solutions == OWN:
        return "solutions"
    name = f"solutions_{hashlib.sha256(bytes(solutions)).hexdigest()[:12]}"
    if name not in sys.modules:
        sys.modules[name] = package(name, [solutions])
        inner = f"{name}.exercise_lib"
        sys.modules[inner] = package(inner, [it.folder for it in find_labs(solutions)])
    return name


def package(name: str, folders: list[Path]) -> ModuleType:
    """Return an empty package whose modules lie in some folders."""
    made = ModuleType(name)
    made.__path__ = [str(it) for it in folders]
    return made
