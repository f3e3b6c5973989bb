"""Where everything lies: the repository's folders and those of one assignment of a course."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from autograder.labs import Lab, find_labs
from exercise_lib.files.names import MANIFEST


@dataclass(frozen=True)
class Repository:
    """The folders of a checkout, or of a folder of labs elsewhere and what is built beside it."""

    root: Path
    other_labs: Path | None = None  # a folder of labs in the place of `solutions/`

    @property
    def solutions(self) -> Path:
        return self.other_labs or self.root / "solutions"

    @property
    def labs(self) -> list[Lab]:
        """The labs, in the order of their names."""
        return find_labs(self.solutions)

    @property
    def home(self) -> Path:
        """The folder of the course and of all that students don't get."""
        return self.root if self.other_labs else self.root / "autograder"

    @property
    def exercise_lib(self) -> Path:
        return self.root / "exercise_lib"

    @property
    def notebooks(self) -> Path:
        return self.root / "notebooks"

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def references(self) -> Path:
        return self.data / "references"

    @property
    def hidden(self) -> Path:
        """The hidden cases, in a folder for each assignment, and the seed they come from."""
        return self.home / "hidden"

    @property
    def course(self) -> Path:
        """The nbgrader course of this repository."""
        return self.home / "course"

    @property
    def demo_course(self) -> Path:
        return self.home / "demo_course"


OWN_CONFIG = "own_config.py"  # in the course: the instructor's settings of nbgrader


@dataclass(frozen=True)
class Course:
    """One assignment of an nbgrader course; names of steps are nbgrader's, `intake` is ours."""

    root: Path
    assignment: str

    def step(self, step: str, student: str = ".") -> Path:
        """Return the assignment's folder at one step, such as `submitted/anna/lecture7`."""
        return self.root / step / student / self.assignment

    def students(self, step: str) -> list[str]:
        """Return who has this assignment at one step, in the order of their names."""
        return sorted(path.parent.name for path in (self.root / step).glob(f"*/{self.assignment}"))

    def other(self, assignment: str) -> "Course":
        """Return another assignment of this course."""
        return replace(self, assignment=assignment)

    @property
    def source(self) -> Path:
        return self.step("source")

    @property
    def release(self) -> Path:
        return self.step("release")

    @property
    def references(self) -> Path:
        """The bundles that students have."""
        return (self.release / MANIFEST).parent

    @property
    def exchange(self) -> Path:
        return self.root / "exchange"

    @property
    def journal(self) -> Path:
        return self.root / "journal" / self.assignment

    @property
    def draws(self) -> Path:
        """The cases of the last runs: see `autograder.grading.kept_draws`."""
        return self.root / "draws" / self.assignment

    @property
    def reports(self) -> Path:
        return self.root / "reports" / self.assignment

    def report(self, student: str) -> Path:
        return self.reports / f"{student}.json"

    def prints(self, student: str) -> Path:
        """Return where a submission's fingerprints are kept: see `autograder.reports.prints`."""
        return self.root / "prints" / self.assignment / f"{student}.json"

    @property
    def collected(self) -> Path:
        """Where it is noted what each student's submission came with."""
        return self.root / "collected" / self.assignment

    @property
    def exports(self) -> Path:
        return self.root / "exports" / self.assignment

    @property
    def decisions(self) -> Path:
        """What was decided on exercises, of all assignments: see `autograder.decisions`."""
        return self.root / "decisions.toml"

    def participants(self, system: str) -> Path:
        """Return the file that says which student is which participant of another system."""
        return self.root / "participants" / self.assignment / f"{system}.csv"

    @property
    def gradebook(self) -> Path:
        return self.root / "gradebook.db"

    @property
    def gradebook_url(self) -> str:
        return f"sqlite:///{self.gradebook}"


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return what an assignment's folder says of itself: see `builder.assignment.manifest`."""
    return json.loads((folder / MANIFEST).read_text(encoding="utf-8"))


def student_modules(folder: Path) -> list[str]:
    """Return the modules of an assignment that students edit, such as `exercise_lib/mel.py`."""
    return list(read_manifest(folder)["modules"])


ROOT = Path(__file__).resolve().parent.parent
REPOSITORY = Repository(ROOT)
