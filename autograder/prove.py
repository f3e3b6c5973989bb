"""Prove an assignment by running it: solved notebooks earn every point, released ones none."""

import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode
from nbgrader.utils import determine_grade
from traitlets.config import Config

from autograder.assemble import assemble
from autograder.audit import checked_exercise, is_check_cell
from autograder.execute import ExecuteOrExplain
from autograder.masters import BuildError
from autograder.nbgrader_settings import configure_execution, prepare_environment
from autograder.repository import Repository

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
    notebooks: Mapping[str, NotebookNode],
    modules: Mapping[str, str],
    solved: bool,
    say: Callable[[str], None] = lambda _: None,
) -> None:
    """Run the graded notebooks as the grader would, hidden cases included.

    Args:
        notebooks, modules: the assignment, solved or stripped, as for `assemble`.
        solved: whether every check must earn all of its points, or none at all.
        say: told of each notebook that was run.

    Raises: BuildError naming each exercise whose solution fails or whose stub passes.
    """
    for earned in run_checks(repository, notebooks, modules, say):
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
    repository: Repository,
    notebooks: Mapping[str, NotebookNode],
    modules: Mapping[str, str],
    say: Callable[[str], None],
) -> list[Earned]:
    """Execute the graded notebooks in a folder of their own; return what each check earned."""
    graded = {
        name: deepcopy(notebook)
        for name, notebook in notebooks.items()
        if any(map(is_check_cell, notebook.cells))
    }
    prepare_environment(repository)

    def run(name: str) -> NotebookNode:
        executed = execute(graded[name], folder)
        say(f"  {name}")
        return executed

    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(WORKERS) as executor:
        folder = Path(temporary)
        assemble(repository, folder, graded, modules)
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


def output_text(cell: NotebookNode) -> str:
    """Return what a cell showed as plain text, an error's last line included."""
    lines = []
    for output in cell.outputs:
        if output.output_type == "error":
            lines.append(f"{output.ename}: {output.evalue}")
        elif output.output_type == "stream":
            lines.append(output.text)
        else:
            data = output.data.get("application/vnd.exercise-check+json", {})
            lines.append(f"{output.data.get('text/plain', '')} {describe_check(data)}")
    return "\n".join(lines)


def describe_check(data: dict) -> str:
    failed = [row["case"] for row in data.get("cases", []) if not row["passed"]]
    parts = [data.get("message", ""), *data.get("misconceptions", {}).values()]
    if failed:
        parts.append(f"failed: {', '.join(failed)}")
    return " ".join(part for part in parts if part)
