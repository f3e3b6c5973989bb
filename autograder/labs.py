"""A lab is a folder: its notebook, the student modules with their tests, and its exercises."""

from __future__ import annotations

import hashlib
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import tomllib

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
    def data(self) -> list[str]:
        """The data sets its notebook needs."""
        about = tomllib.loads((self.folder / "lab.toml").read_text(encoding="utf-8"))
        return list(about.get("data", []))

    @property
    def exercises(self) -> list[Path]:
        """The files that declare its exercises, in the order of their names."""
        return [it for it in sorted(self.folder.glob("exercises/*.py")) if it.stem != "shared"]


def find_labs(solutions: Path) -> list[Lab]:
    """Return every lab in a folder, in the order of their names."""
    return [Lab(it.parent) for it in sorted(solutions.glob("*/notebook.py"))]


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
