"""The scenes of a lab: the files in its folder `scenes/`, and what they ask in Python."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import exercise_lib
from autograder.labs import Lab, package_of
from autograder.paths import Repository

Say = Callable[[str], None]


class Source(Protocol):
    """What the scenes of a lab ask; made by the function `load` of its `scenes/source.py`."""

    facts: dict[str, Any]  # what the scenes know from the start

    def answer(self, question: list[Any]) -> dict[str, Any]:
        """Return what a scene asked for; raises ValueError where it can't be had."""

    def questions(self) -> Iterable[list[Any]]:
        """Return what a recorded stage answers."""


@dataclass(frozen=True)
class Scenes:
    """The scenes of one lab."""

    lab: Lab
    repository: Repository

    @property
    def folder(self) -> Path:
        return self.lab.folder / "scenes"

    @property
    def scripts(self) -> list[Path]:
        """The given scripts, its own, then its scenes, whose names begin with a digit."""
        own = sorted(self.folder.glob("*.js"), key=lambda it: (it.name[0].isdigit(), it.name))
        return [*self.given(".js"), *own]

    @property
    def styles(self) -> list[Path]:
        return [*self.given(".css"), *sorted(self.folder.glob("*.css"))]

    def given(self, suffix: str) -> list[Path]:
        """Return the files of `exercise_lib/` that its lab.toml lists, of one kind."""
        paths = [self.repository.exercise_lib / it for it in self.lab.stage]
        return [it for it in paths if it.suffix == suffix]

    def load(self, say: Say, recorded: bool = False) -> Source:
        """Import and make what answers the scenes, with the solutions in the students' place.

        Args:
            say: told what is being loaded.
            recorded: whether answers are kept in a file, and had better be small.
        """
        package = package_of(self.repository.solutions)
        module = importlib.import_module(f"{package}.{self.lab.name}.scenes.source")
        return module.load(say, recorded)


def find_scenes(repository: Repository) -> list[Scenes]:
    """Return the labs that have scenes: first those without a number, which are for lectures."""
    labs = sorted(repository.labs, key=lambda it: (it.name != it.notebook, it.name))
    return [Scenes(it, repository) for it in labs if (it.folder / "scenes").is_dir()]


def import_solved(repository: Repository) -> None:
    """From now on `import exercise_lib.<module>` finds the solved module of its lab."""
    for lab in repository.labs:
        exercise_lib.__path__.insert(0, str(lab.folder))
        for module in lab.modules:
            sys.modules.pop(f"exercise_lib.{module.stem}", None)
