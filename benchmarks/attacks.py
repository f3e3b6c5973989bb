"""What attacks gain and break: the same ones under plain `nbgrader autograde` and under this kit.

`python -m benchmarks.attacks` prints the table, `--write` puts it into autograder/README.md. The
course is the toy course of the tests. mallory hands in one trick after another, after anna, who is
graded already, and before zoe; both are honest. Plain nbgrader is `nbgrader autograde lecture7` in
this kit's course, with its configuration, test cells and hidden cases. It is shut in so that this
machine survives the table: only a copy of the course can be written, processes outside can't be
seen, and each has at most MEMORY bytes.
"""

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import psutil
from nbformat import NotebookNode
from rich.console import Console

from autograder.builder.assignment import read_assignment
from autograder.cells import is_check_cell
from autograder.grading.run import grade as grade_in_sandbox
from autograder.grading.run import sandboxed
from autograder.paths import ROOT, Course, Repository
from autograder.samples.cohort import Sample
from autograder.sandbox.program import find_program
from exercise_lib.files import write_text

sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "attacks")]

from attacks import ATTACKS
from toy_cohort import toy_cohort
from toy_course import ASSIGNMENT, toy_exercises

BATCH_SECONDS = 300
MEMORY = 6 << 30  # bytes of address space of a process
MUCH, LARGE = 1500.0, 20.0  # MB of memory, MB on disk: worth a remark
README = ROOT / "autograder" / "README.md"
BEGIN, END = "<!-- attacks: begin -->", "<!-- attacks: end -->"

CHOSEN = (
    "assert_close patched",
    "checker patched",
    "the check defined anew",
    "cells turned into pass by an input transformer",
    "reference bundles overwritten",
    "expected values read from the reference bundle",
    "hidden cases found through the environment",
    "solution read from its file",
    "solution imported",
    "the grader noticed",
    "gradebook changed",
    "files of the grader written",
    "the network used",
    "signals to the grader",
    "os._exit in the cell",
    "an endless loop in the cell",
    "more memory than there is",
    "200 MB printed",
    "a lying number",
    "a lying tensor",
)

SHADOW = """\
import importlib, sys
from pathlib import Path
from IPython import get_ipython
get_ipython().input_transformers_cleanup.append(lambda lines: ["pass\\n"])
here = str(Path(__file__).resolve().parent.parent)
path, sys.path = sys.path, [it for it in sys.path if it not in ("", here)]
del sys.modules["safetensors"]
sys.modules["safetensors"] = importlib.import_module("safetensors")
sys.path = path
"""


@dataclass
class Trick:
    """A row: what mallory hands in, and the exercise and points that it is about."""

    name: str
    hand_in: Callable[[Path], None]
    exercise: str = "check-double"
    worth: float = 0.0


@dataclass
class Outcome:
    """What came of it; `points` is None where the gradebook has none."""

    points: float | None
    seconds: float
    memory: float  # MB, of the largest process
    events: list[str] = field(default_factory=list)

    @property
    def remarks(self) -> str:
        """What happened besides, in words."""
        found = list(self.events)
        if self.memory > MUCH:
            found.append(f"{self.memory / 1000:.1f} GB of memory in one process")
        return "; ".join(found)


class Place:
    """The toy course, what mallory is after, and who watches it."""

    def __init__(self, root: Path, server: socket.socket) -> None:
        cohort = toy_cohort(root, [])
        self.root, self.server = root, server
        self.repository: Repository = cohort.repository
        self.course: Course = cohort.course
        self.gradebook = self.course.root / "gradebook.db"
        self.assignment = read_assignment(self.repository, toy_exercises())
        (self.repository.root / "canary").write_text("alive")
        self.sample = Sample(self.assignment, toy_exercises(), "k00")
        self.hand_in("anna", self.sample.solve)
        self.hand_in("zoe", self.sample.solve)

    def hand_in(self, student: str, work: Callable[[Path], None]) -> None:
        """Let a student fetch the assignment, work, and submit."""
        folder = self.course.step("submitted", student)
        shutil.rmtree(folder.parent, ignore_errors=True)
        shutil.copytree(self.course.release, folder)
        work(folder)

    def points(self, student: str, cell: str = "") -> float | None:
        """Return what the gradebook has of a student, in one test cell or in all."""
        query = """
            SELECT SUM(COALESCE(grade.manual_score, grade.auto_score)) FROM grade
            JOIN submitted_notebook ON grade.notebook_id = submitted_notebook.id
            JOIN submitted_assignment ON submitted_notebook.assignment_id = submitted_assignment.id
            JOIN base_cell ON grade.cell_id = base_cell.id
            WHERE student_id = ? AND base_cell.name LIKE ?"""
        with closing(sqlite3.connect(self.gradebook)) as gradebook:
            return gradebook.execute(query, (student, cell or "%")).fetchone()[0]

    def files(self) -> dict[Path, bytes]:
        """Return what no submission may change: the repository, and what others handed in."""
        folders = [self.repository.root, self.course.release, self.course.source]
        folders += [self.course.step("submitted", it) for it in ("anna", "zoe")]
        files = (path for folder in folders for path in folder.rglob("*") if path.is_file())
        return {it: it.read_bytes() for it in files if "__pycache__" not in it.parts}

    def megabytes(self) -> float:
        return sum(it.lstat().st_size for it in self.course.root.rglob("*")) / 1e6

    def try_out(self, trick: Trick, autograde: Callable[[], list[str]]) -> Outcome:
        """Hand a trick in, have it graded, and look at what came of it.

        Args: autograde: grades mallory and returns what went wrong meanwhile.
        """
        self.hand_in("mallory", trick.hand_in)
        files, anna, disk = self.files(), self.points("anna"), self.megabytes()
        start = time.monotonic()
        with largest_process() as memory:
            events = autograde()
        outcome = Outcome(
            self.points("mallory", trick.exercise), time.monotonic() - start, memory[0], events
        )
        now = self.files()
        changed = [it for it in sorted({*files, *now}) if files.get(it) != now.get(it)]
        if changed:
            names = ", ".join(str(it.relative_to(self.root)) for it in changed)
            outcome.events.append(f"wrote {names}")
        if self.points("anna") != anna:
            outcome.events.append(f"anna's {anna:g} points became {self.points('anna'):g}")
        if self.megabytes() - disk > LARGE:
            outcome.events.append(f"{self.megabytes() - disk:.0f} MB on disk")
        with suppress(TimeoutError):
            self.server.accept()[0].close()
            outcome.events.append("reached the network")
        return outcome


@contextmanager
def largest_process() -> Iterator[list[float]]:
    """Yield the largest resident memory of a process below this one, in MB, as it grows."""
    largest, ended = [0.0], threading.Event()

    def watch() -> None:
        while not ended.wait(0.1):
            for process in psutil.Process().children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    largest[0] = max(largest[0], process.memory_info().rss / 1e6)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield largest
    finally:
        ended.set()
        thread.join()


def cell_tricks(place: Place) -> list[Trick]:
    """Return the tricks that stand in an answer cell; they are those of the tests."""
    named = {it.name: it for it in ATTACKS}
    port = place.server.getsockname()[1]

    def trick(name: str) -> Trick:
        source = named[name].source_in(place.repository.root, place.gradebook, port)
        return Trick(name, lambda folder: answer(folder, source))

    wrong = "def double(x):\n    return x + 100\n"
    return [
        Trick("a wrong answer and no trick", lambda folder: answer(folder, wrong)),
        *map(trick, CHOSEN),
    ]


def file_tricks(place: Place) -> list[Trick]:
    """Return the tricks that are done with files of the submission."""

    def link(folder: Path) -> None:
        module = folder / "exercise_lib" / "warmup.py"
        module.unlink()
        module.symlink_to(place.repository.root / "solutions" / "lab00_peak" / "warmup.py")

    def shadow(folder: Path) -> None:
        (folder / "safetensors").mkdir()
        (folder / "safetensors" / "__init__.py").write_text(SHADOW)
        answer(folder, "def double(x):\n    return 100\n")

    return [
        Trick("a module that is a link to the solution", link, "check-peak"),
        Trick("a local package in place of safetensors", shadow),
    ]


def breakages(place: Place) -> list[Trick]:
    """Return right answers in submissions that are broken, or odd."""
    name = "01_double.ipynb"

    def broken(change: Callable[[Path], None]) -> Callable[[Path], None]:
        def work(folder: Path) -> None:
            place.sample.solve(folder)
            change(folder)

        return work

    def notebook(change: Callable[[NotebookNode], None]) -> Callable[[Path], None]:
        def work(folder: Path) -> None:
            found = nbformat.read(folder / name, as_version=4)
            change(found)
            (folder / name).write_text(json.dumps(found), encoding="utf-8")

        return broken(work)

    def twice(found: NotebookNode) -> None:
        [check] = filter(is_check_cell, found.cells)
        found.cells.append({**deepcopy(check), "id": "again"})

    def old(found: NotebookNode) -> None:
        for cell in found.cells:
            if "nbgrader" in cell.metadata:
                cell.metadata.nbgrader.schema_version = 1

    def without_checks(found: NotebookNode) -> None:
        found.cells = [it for it in found.cells if not is_check_cell(it)]

    def cut(folder: Path) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        (folder / name).write_text(text[: text.rindex("]")], encoding="utf-8")

    def rename(folder: Path) -> None:
        (folder / name).rename(folder / "my solution.ipynb")

    def warn(folder: Path) -> None:
        source = "import warnings\nwarnings.warn('old')\n\n\ndef double(x):\n    return 2 * x\n"
        answer(folder, source)

    rows: list[tuple[str, Callable[[Path], None], str]] = [
        ("a right answer and nothing odd", place.sample.solve, "check-double"),
        ("a check cell twice (duplicate grade_id)", notebook(twice), "check-double"),
        ("nbgrader metadata of an old schema", notebook(old), "check-double"),
        ("a notebook whose end is cut off (invalid JSON)", broken(cut), "check-double"),
        ("check cells deleted", notebook(without_checks), "check-double"),
        ("a warning on standard error", broken(warn), "check-double"),
        (
            "a notebook with another name",
            broken(rename),
            "check-double",
        ),
        (
            "a module saved as UTF-16",
            broken(lambda folder: in_utf_16(folder / "exercise_lib" / "warmup.py")),
            "check-peak",
        ),
    ]
    return [Trick(*row, worth=1.0) for row in rows]


def answer(folder: Path, source: str) -> None:
    """Write a submission's answer cell."""
    path = folder / "01_double.ipynb"
    notebook = nbformat.read(path, as_version=4)
    next(it for it in notebook.cells if it.id == "answer-double").source = source
    nbformat.write(notebook, path)


def in_utf_16(path: Path) -> None:
    path.write_bytes(path.read_text(encoding="utf-8").encode("utf-16"))


def autograde(place: Place, *options: str) -> tuple[int, bool]:
    """Run `nbgrader autograde`, shut in; return its status, and whether it had to be stopped."""
    home = place.root / "home"
    home.mkdir(exist_ok=True)
    command = [find_program() or "bwrap", "--die-with-parent", "--unshare-pid"]
    command += ["--ro-bind", "/", "/"]
    command += ["--dev", "/dev", "--proc", "/proc", "--bind", str(place.root), str(place.root)]
    command += ["prlimit", f"--as={MEMORY}", sys.executable, "-m", "nbgrader", "autograde"]
    command += [ASSIGNMENT, *options]
    own = {it: str(home) for it in ("HOME", "TMPDIR", "IPYTHONDIR", "JUPYTER_RUNTIME_DIR")}
    try:
        done = subprocess.run(
            command,
            cwd=place.course.root,
            env={**os.environ, **own},
            capture_output=True,
            timeout=BATCH_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return 1, True
    return done.returncode, False


def by_nbgrader(root: Path, server: socket.socket) -> dict[str, Outcome]:
    """Return what came of each trick under plain nbgrader; each gets the course as it was."""
    place = Place(root / "place", server)
    status, _ = autograde(place, "--student=anna")
    if status or place.points("anna") != 2:
        raise RuntimeError("plain nbgrader does not grade an honest submission here")
    shutil.copytree(place.root, root / "kept", symlinks=True)

    def batch() -> list[str]:
        status, stopped = autograde(place)
        events = []
        if stopped:
            events.append(f"nbgrader had to be stopped after {BATCH_SECONDS} s")
        elif status:
            events.append("nbgrader reports failure")
        if place.points("zoe") is None:
            events.append("the next submission was not graded")
        return events

    outcomes = {}
    for trick in all_tricks(place):
        shutil.rmtree(place.root)
        shutil.copytree(root / "kept", place.root, symlinks=True)
        outcomes[trick.name] = place.try_out(trick, batch)
        say(trick, outcomes[trick.name])
    return outcomes


def by_this_kit(root: Path, server: socket.socket) -> dict[str, Outcome]:
    """Return what came of each trick here: one run of the grader, one sandbox, for all."""
    place = Place(root, server)
    outcomes = {}
    with sandboxed(place.repository, place.course, toy_exercises) as checks:

        def run(student: str) -> float:
            [report] = grade_in_sandbox(place.repository, place.course, [student], checks)
            return report.score

        def batch() -> list[str]:
            run("mallory")
            shutil.rmtree(place.course.step("autograded", "zoe"), ignore_errors=True)
            return [] if run("zoe") == 2 else ["the next submission was graded wrongly"]

        run("anna")
        for trick in all_tricks(place):
            outcomes[trick.name] = place.try_out(trick, batch)
            say(trick, outcomes[trick.name])
    return outcomes


def all_tricks(place: Place) -> list[Trick]:
    return [*cell_tricks(place), *file_tricks(place), *breakages(place)]


def say(trick: Trick, outcome: Outcome) -> None:
    Console().print(f"{trick.name}: {outcome}", highlight=False, markup=False)


def table(tricks: list[Trick], nbgrader: dict[str, Outcome], kit: dict[str, Outcome]) -> str:
    """Return the rows as Markdown."""
    lines = [
        "| What is handed in | plain nbgrader gives | this kit gives |"
        " besides, under plain nbgrader | besides, here |",
        "|---|---|---|---|---|",
    ]
    for it in tricks:
        a, b = nbgrader[it.name], kit[it.name]
        given = [shown(outcome.points, it.worth) for outcome in (a, b)]
        cells = [it.name, *given, a.remarks, b.remarks]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def shown(points: float | None, worth: float) -> str:
    """Return points, bold where they are not what the work is worth."""
    text = "no score" if points is None else f"{points:g}"
    return text if points == worth else f"**{text}**"


def report(root: Path) -> str:
    """Run everything and return the two tables."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        nbgrader = by_nbgrader(root / "nbgrader", server)
        kit = by_this_kit(root / "kit", server)
        place = Place(root / "names", server)
        wrong, right = [*cell_tricks(place), *file_tricks(place)], breakages(place)
    return (
        "Wrong answers, worth 0 of 1 point:\n\n"
        f"{table(wrong, nbgrader, kit)}\n\n"
        "Right answers, worth 1 of 1 point, in submissions that are broken or odd:\n\n"
        f"{table(right, nbgrader, kit)}"
    )


def main() -> None:
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        tables = report(Path(folder))
    print(tables)
    if "--write" in sys.argv:
        text = README.read_text(encoding="utf-8")
        before, rest = text.split(BEGIN)
        after = rest.split(END)[1]
        write_text(README, f"{before}{BEGIN}\n\n{tables}\n\n{END}{after}")


if __name__ == "__main__":
    main()
