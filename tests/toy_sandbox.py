"""The toy course's release in the sandbox, and submissions to it written in a line."""

import atexit
import functools
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, Future
from contextlib import contextmanager, suppress
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbgrader.utils import determine_grade
from toy_course import toy_exercises, toy_repository

from autograder.builder.assignment import Assignment, read_assignment
from autograder.builder.folder import assemble
from autograder.cells import is_check_cell, output_text
from autograder.grading import worker
from autograder.grading.fresh_cases import FreshBundles
from autograder.grading.imports import imported_modules
from autograder.grading.job import Settings
from autograder.grading.notebook import Grader
from autograder.paths import student_modules
from autograder.sandbox import bubblewrap
from autograder.sandbox.limits import Limits
from autograder.sandbox.program import find_program
from autograder.sandbox.sandbox import Sandbox

MODULE = "exercise_lib/warmup.py"
QUICK = Limits(check_seconds=5.0, show_seconds=5.0, notebook_seconds=20.0)


def can_bubblewrap() -> bool:
    """Whether bubblewrap works here at all; that the sandbox does is for the tests to show."""
    program = find_program()
    options = ("--unshare-user", "--unshare-pid", "--ro-bind", "/", "/", "true")
    return program is not None and not subprocess.run([program, *options], check=False).returncode


needs_bubblewrap = pytest.mark.skipif(not can_bubblewrap(), reason="bubblewrap does not run here")


@dataclass(frozen=True)
class Verdict:
    """What one check gave, and what its cell says."""

    points: float
    text: str
    html: str


@dataclass(frozen=True)
class ToySandbox:
    """A running sandbox for the toy course: one exercise in a module, one in a notebook."""

    grader: Grader
    assignment: Assignment

    def solved(self, notebook: str) -> NotebookNode:
        return deepcopy(self.assignment.solved_notebooks[notebook])

    def grade_module(self, text: str) -> Verdict:
        """Grade `warmup.peak_normalise` as written in a module of this text."""
        return self.verdict(self.solved("00_peak"), {MODULE: text.encode()})

    def grade_cell(self, source: str, module: str | None = None) -> Verdict:
        """Grade `toy.double` as written in an answer cell of this text."""
        notebook = self.solved("01_double")
        next(it for it in notebook.cells if it.id == "answer-double").source = source
        text = self.assignment.solved_modules[MODULE] if module is None else module
        return self.verdict(notebook, {MODULE: text.encode()})

    def verdict(self, notebook: NotebookNode, files: Mapping[str, bytes]) -> Verdict:
        self.grader.grade([notebook], files)
        [cell] = filter(is_check_cell, notebook.cells)
        assert len(cell.outputs) == 1
        points, _ = determine_grade(cell)
        shown = cell.outputs[0].get("data", {}).get("text/html", "")
        return Verdict(points or 0.0, output_text(cell), shown)

    def still_grades(self) -> bool:
        """Whether an honest submission gets its point now."""
        return self.grade_cell("def double(x):\n    return x + x\n").points == 1


def terminate(sandbox: Sandbox) -> None:
    """Kill the zygote as a fault would, and wait until it is gone."""
    sandbox.process.kill()
    sandbox.control.settimeout(20)
    with suppress(ConnectionResetError):  # it was gone before it had read all that was sent to it
        while sandbox.control.recv(100):
            pass


class InThisProcess(Executor):
    """Does each job at once, where a test can reach it."""

    def __init__(self) -> None:
        self.started = set()

    def submit(self, work, /, *arguments):
        future, before = Future(), set(worker.GRADERS)
        try:
            future.set_result(work(*arguments))
        except Exception as error:
            future.set_exception(error)
        self.started |= set(worker.GRADERS) - before
        return future

    def shutdown(self, wait=True, *, cancel_futures=False):
        """End the sandboxes, as processes would with themselves."""
        for settings in self.started & set(worker.GRADERS):
            worker.GRADERS.pop(settings).sandbox.stop()


class InKeptSandbox(InThisProcess):
    """Does so in a sandbox that stays for all courses in which submissions would see the same."""

    def __init__(self) -> None:
        super().__init__()
        self.lent = set()

    def submit(self, work, /, *arguments):
        settings = arguments[0]
        if isinstance(settings, Settings) and settings not in worker.GRADERS:
            sandbox, bundles = kept_sandbox(settings), worker.bundles_of(settings)
            worker.GRADERS[settings] = Grader(sandbox, bundles, settings.show)
            self.lent.add(settings)
        return super().submit(work, *arguments)

    def shutdown(self, wait=True, *, cancel_futures=False):
        """Let the sandboxes live."""
        for settings in self.lent & set(worker.GRADERS):
            del worker.GRADERS[settings]


def kept_sandbox(settings: Settings) -> Sandbox:
    """Return a sandbox that shows what a course's release has for submissions."""
    release = settings.course.release.resolve()
    shown = frozenset(
        (path.relative_to(release).as_posix(), path.read_bytes())
        for folder in bubblewrap.released(release)
        for path in folder.rglob("*")
        if path.is_file()
    )
    modules, imports = student_modules(release), imported_modules(release, settings.show)
    return start_sandbox(shown, tuple(modules), tuple(imports), settings.limits)


@functools.cache
def start_sandbox(
    shown: frozenset[tuple[str, bytes]],
    modules: tuple[str, ...],
    imports: tuple[str, ...],
    limits: Limits,
) -> Sandbox:
    """Start a sandbox on these files, in a folder of their own."""
    folder = tempfile.TemporaryDirectory()
    for path, content in shown:
        file = Path(folder.name, path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    sandbox = Sandbox(Path(folder.name), modules, imports, limits)
    sandbox.start()
    atexit.register(folder.cleanup)
    atexit.register(sandbox.stop)
    return sandbox


@contextmanager
def toy_sandbox(folder: Path, limits: Limits = QUICK) -> Iterator[ToySandbox]:
    """Start a sandbox on the toy course's release, written into `folder`."""
    repository = toy_repository(folder / "repository")
    assignment = read_assignment(repository, toy_exercises())
    release = folder / "release"
    assemble(repository, release, assignment)
    imports = imported_modules(release)
    with Sandbox(release, student_modules(release), imports, limits) as sandbox:
        yield ToySandbox(Grader(sandbox, FreshBundles(toy_exercises())), assignment)
