"""The site: a page for each notebook, made again where something in it changed, and their list."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from nbformat import NotebookNode
from nbgrader.utils import is_grade

from autograder.builder.assignment import given_package, read_assignment, solved_modules
from autograder.builder.exercises import load_exercises
from autograder.builder.masters import notebook_text
from autograder.builder.needs import find_needs
from autograder.builder.points import sum_of
from autograder.cells import checked_exercise
from autograder.errors import BuildError
from autograder.labs import Lab
from autograder.nbgrader_setup.offline import given_to_html
from autograder.page import render
from autograder.paths import ROOT, Repository
from autograder.solved_site.notebook_page import page_of
from autograder.solved_site.running import NotRun, run_solved
from autograder.submissions.fingerprint import add_files
from autograder.words import plural
from exercise_lib.files import write_text

Say = Callable[[str], object]
Run = Callable[[Repository, NotebookNode], NotebookNode]

INDEX = "index.html"
MADE_OF = re.compile(r'<meta name="made-of" content="(\w+)">')
HEAD = 2000  # characters of a page in which that stands
LIBRARIES = ("matplotlib", "nbconvert", "numpy", "torch")
OWN_CODE = ("solved_site/*.py", "templates/solved_*", "templates/style.css.j2", "page.py")
LARGEST_MB = 6.0  # of a page: a phone opens it
TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
STATED = r"^\*\*{}[:.]\*\*((?:.+\n?)+)"  # a paragraph of the first cell
MB = 1_000_000


@dataclass(frozen=True)
class Solved:
    """A lab's notebook, solved."""

    lab: Lab
    notebook: NotebookNode

    @property
    def name(self) -> str:
        return self.lab.notebook

    @property
    def title(self) -> str:
        found = TITLE.search(self.first)
        return found[1] if found else self.name

    @property
    def first(self) -> str:
        return self.notebook.cells[0].source

    @property
    def goal(self) -> str:
        return given_to_html(self.stated("Goal"))

    @property
    def needs(self) -> str:
        return given_to_html(self.stated("Needs"))

    @property
    def time(self) -> str:
        return self.stated("Time").partition("·")[0].strip()

    @property
    def points(self) -> float:
        return sum_of(filter(is_grade, self.notebook.cells))

    def stated(self, what: str) -> str:
        """Return what the first cell says behind a bold word."""
        found = re.search(STATED.format(what), self.first, re.MULTILINE)
        return found[1].strip() if found else ""


class Site:
    """The pages of all labs in one folder."""

    def __init__(self, repository: Repository, folder: Path, run: Run = run_solved) -> None:
        """Args: run: what runs a notebook.

        Raises: BuildError: the labs can't be used, or nothing is built yet.
        """
        if not repository.references.is_dir():
            raise BuildError("there are no reference bundles: `python -m autograder build` first")
        self.repository, self.folder, self.run = repository, folder, run
        notebooks = read_assignment(repository, load_exercises(repository)).solved_notebooks
        self.labs = [Solved(it, notebooks[it.notebook]) for it in repository.labs]
        self.modules = solved_modules(repository)
        self.failed: list[str] = []

    def write(self, say: Say) -> None:
        """Make what is not there or would be another page; those that fail are in `failed`.

        Raises: OSError: the folder can't be written.
        """
        self.write_index()  # before minutes of work: a folder that can't be written says so now
        for number, solved in enumerate(self.labs):
            fingerprint = self.fingerprint(solved)
            if made_of(self.page(solved.name)) == fingerprint:
                say(f"{solved.name}: unchanged")
                continue
            begin = time.monotonic()
            say(f"{solved.name}: running")
            try:
                page = self.make(number, fingerprint)
            except NotRun as error:
                self.failed.append(solved.name)
                say(f"{solved.name}: no page, {error}")
                continue
            write_text(self.page(solved.name), page)
            size, seconds = len(page.encode()) / MB, round(time.monotonic() - begin)
            large = f", more than {LARGEST_MB:g} MB" if size > LARGEST_MB else ""
            say(f"{solved.name}: {plural(seconds, 'second')}, {size:.1f} MB{large}")
        self.remove_others()
        self.write_index()

    def page(self, name: str) -> Path:
        return self.folder / f"{name}.html"

    def make(self, number: int, fingerprint: str) -> str:
        """Run a notebook and return its page; raises NotRun."""
        solved = self.labs[number]
        names = ["", *(it.name for it in self.labs), ""]
        return page_of(
            self.run(self.repository, solved.notebook),
            {f"exercise_lib/{it.name}": it.read_text("utf-8") for it in solved.lab.modules},
            title=solved.title,
            made_of=fingerprint,
            before=names[number],
            after=names[number + 2],
        )

    def write_index(self) -> None:
        rows = [
            {
                "name": it.name,
                "title": it.title,
                "goal": it.goal,
                "needs": it.needs,
                "time": it.time,
                "points": it.points,
                "has_page": self.page(it.name).exists(),
                "failed": it.name in self.failed,
            }
            for it in self.labs
        ]
        write_text(self.folder / INDEX, render("solved_index.html.j2", rows=rows))

    def remove_others(self) -> None:
        """Remove the pages of labs that are gone."""
        names = {it.name for it in self.labs}
        for path in self.folder.glob("*.html"):
            if path.stem not in names and made_of(path):
                path.unlink()

    def fingerprint(self, solved: Solved) -> str:
        """Return the fingerprint of all that a page depends on."""
        given = given_package(self.repository)
        needs = find_needs([solved.notebook], self.modules, given)
        neighbours = "\n".join(it.name for it in self.labs)
        digest = hashlib.sha256(f"{notebook_text(solved.notebook)}{neighbours}".encode())
        for library in LIBRARIES:
            digest.update(f"{library} {version(library)}\n".encode())
        for module in sorted(
            needs.modules | {f"exercise_lib/{it.name}" for it in solved.lab.modules}
        ):
            digest.update(f"{module}\n{self.modules[module]}".encode())
        add_files(digest, files_in(*(given / it for it in sorted(needs.folders))))
        exercises = filter(None, map(checked_exercise, solved.notebook.cells))
        bundles = [self.repository.references / f"{it}.safetensors" for it in exercises]
        add_files(digest, filter(Path.exists, bundles))
        digest.update(self.data.encode())
        return digest.hexdigest()

    @cached_property
    def data(self) -> str:
        """The fingerprint of the data, but for the bundles, and of what makes pages."""
        sets = [it for it in sorted(self.repository.data.iterdir()) if it.is_dir()]
        digest = hashlib.sha256()
        add_files(digest, files_in(*(it for it in sets if it != self.repository.references)))
        code = [path for it in OWN_CODE for path in sorted((ROOT / "autograder").glob(it))]
        add_files(digest, code)
        return digest.hexdigest()


def files_in(*folders: Path) -> Iterable[Path]:
    """Yield the files in some folders, in the order of their names, but for compiled ones."""
    for folder in folders:
        paths = sorted(folder.rglob("*"))
        yield from (it for it in paths if it.is_file() and "__pycache__" not in it.parts)


def made_of(page: Path) -> str:
    """Return the fingerprint that a page was made with, "" where there is none."""
    try:
        with page.open(encoding="utf-8") as file:
            found = MADE_OF.search(file.read(HEAD))
    except (OSError, ValueError):
        return ""
    return found[1] if found else ""
