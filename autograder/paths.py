"""Where everything lies: the repository's folders and those of one nbgrader course."""

from dataclasses import dataclass
from pathlib import Path

from autograder.labs import Lab, find_labs

ASSIGNMENT = "lecture7"


@dataclass(frozen=True)
class Repository:
    """The folders of a checkout; tests point it at a small one of their own."""

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
    def master_modules(self) -> list[Path]:
        """The solved student modules, in the order of their names."""
        modules = [module for lab in self.labs for module in lab.modules]
        return sorted(modules, key=lambda it: it.name)

    @property
    def student_modules(self) -> list[str]:
        """The modules students edit, relative to an assignment: `exercise_lib/mel.py`."""
        return [f"exercise_lib/{path.name}" for path in self.master_modules]

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
        return self.root / "autograder" / "hidden"


@dataclass(frozen=True)
class Course:
    """An nbgrader course folder; the names of its steps are nbgrader's, `intake` is ours."""

    root: Path

    def step(self, step: str, student: str = ".") -> Path:
        """Return the assignment's folder at one step, such as `submitted/anna/lecture7`."""
        return self.root / step / student / ASSIGNMENT

    def students(self, step: str) -> list[str]:
        """Return who has this assignment at one step, in the order of their names."""
        return sorted(path.parent.name for path in (self.root / step).glob(f"*/{ASSIGNMENT}"))

    @property
    def source(self) -> Path:
        return self.step("source")

    @property
    def release(self) -> Path:
        return self.step("release")

    @property
    def exchange(self) -> Path:
        return self.root / "exchange"

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    def report(self, student: str) -> Path:
        return self.reports / f"{student}.json"

    @property
    def exports(self) -> Path:
        """Where grades and feedback lie as other systems take them."""
        return self.root

    def participants(self, system: str) -> Path:
        """Return the file with the participants of a learning-management system."""
        return self.root / f"{system}.csv"

    @property
    def gradebook_url(self) -> str:
        return f"sqlite:///{self.root / 'gradebook.db'}"


ROOT = Path(__file__).resolve().parent.parent
REPOSITORY = Repository(ROOT)
COURSE = Course(ROOT / "autograder" / "course")
DEMO_COURSE = Course(ROOT / "autograder" / "demo_course")
