"""Prove an assignment by running it: solved notebooks earn every point, released ones none."""

import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode
from nbgrader.utils import determine_grade
from traitlets.config import Config

from autograder.builder.assignment import Assignment
from autograder.builder.folder import assemble
from autograder.cells import checked_exercise, is_check_cell, output_text
from autograder.errors import BuildError
from autograder.nbgrader_setup.execute import ExecuteOrExplain
from autograder.nbgrader_setup.settings import configure_execution, prepare_environment
from autograder.paths import Repository

WORKERS = 2  # notebooks run at a time


@dataclass(frozen=True)
class Earned:
    """What one test cell earned, and its output as text."""

    exercise: str
    points: float
    max_points: float
    output: str


def prove(
    repository: Repository,
    assignment: Assignment,
    solved: bool,
    say: Callable[[str], None] = lambda _: None,
) -> None:
    """Run the graded notebooks as the grader would, hidden cases included.

    Args:
        solved: whether they are solved and must earn every point, or stubs that earn none.
        say: told of each notebook that was run.

    Raises: BuildError naming each exercise whose solution fails or whose stub passes.
    """
    for earned in run_checks(repository, assignment, solved, say):
        if solved and earned.points != earned.max_points:
            raise BuildError(
                f"{earned.exercise}: the solution earns {earned.points:g} of "
                f"{earned.max_points:g} points.\n{earned.output}"
            )
        if not solved and earned.points != 0:
            raise BuildError(
                f"{earned.exercise}: the stub earns {earned.points:g} points.\n{earned.output}"
            )


def run_checks(
    repository: Repository, assignment: Assignment, solved: bool, say: Callable[[str], None]
) -> list[Earned]:
    """Execute the graded notebooks in a folder of their own; return what each check earned."""
    notebooks = assignment.solved_notebooks if solved else assignment.student_notebooks
    modules = assignment.solved_modules if solved else assignment.student_modules
    graded = {
        name: deepcopy(notebook)
        for name, notebook in notebooks.items()
        if any(map(is_check_cell, notebook.cells))
    }
    prepare_environment(repository.hidden / assignment.plan.name)

    def run(name: str) -> NotebookNode:
        executed = execute(graded[name], folder)
        say(f"  {name}")
        return executed

    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(WORKERS) as executor:
        folder = Path(temporary)
        assemble(repository, folder, assignment, graded, modules)
        executed = list(executor.map(run, graded))
    return [
        earned_points(cell)
        for notebook in executed
        for cell in filter(is_check_cell, notebook.cells)
    ]


def execute(notebook: NotebookNode, folder: Path) -> NotebookNode:
    config = Config()
    configure_execution(config)
    resources = {"metadata": {"path": str(folder)}}
    executed, _ = ExecuteOrExplain(config=config).preprocess(notebook, resources)
    return executed


def earned_points(cell: NotebookNode) -> Earned:
    points, max_points = determine_grade(cell)
    return Earned(checked_exercise(cell), points or 0.0, max_points, output_text(cell))
