"""Run a solved notebook as a student would who has solved everything."""

from __future__ import annotations

import os
import tempfile
from copy import deepcopy
from pathlib import Path

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode

from autograder.builder.solved import assemble_solved
from autograder.cells import RESULT, describe_check, is_check_cell
from autograder.paths import Repository

QUIET = ["--IPKernelApp.log_level=ERROR"]
OF_CHECKS = "EXERCISE_"  # variables that change what a notebook does
MODULES = "PYTHONPATH"  # would stand in for the folder's solved modules


class NotRun(RuntimeError):
    """A notebook did not come to its end; the message says where it stopped."""


def run_solved(repository: Repository, notebook: NotebookNode) -> NotebookNode:
    """Return a solved notebook with all that it shows, the state of its widgets too.

    It runs at full length in a folder of its own, which is thrown away, with all solved notebooks
    and modules and all data of the repository.

    Raises: NotRun.
    """
    notebook = deepcopy(notebook)
    with tempfile.TemporaryDirectory() as folder:
        assemble_solved(repository, Path(folder), *(it.notebook for it in repository.labs))
        link_data(repository.data, Path(folder) / repository.data.name)
        resources = {"metadata": {"path": folder}}
        client = NotebookClient(notebook, timeout=None, resources=resources, extra_arguments=QUIET)
        left_out = (OF_CHECKS, MODULES)
        environment = {k: v for k, v in os.environ.items() if not k.startswith(left_out)}
        try:
            client.execute(env=environment)
        except CellExecutionError as error:
            number = 1 + next(i for i, it in enumerate(notebook.cells) if has_failed(it))
            raise NotRun(f"cell {number} ends in {error.ename}: {error.evalue}") from error
        except DeadKernelError as error:
            raise NotRun("its Python process ended, as when memory runs out") from error
        except AssertionError as error:  # what nbclient makes of Ctrl-C
            raise KeyboardInterrupt from error
    demand_points(notebook)
    return notebook


def demand_points(notebook: NotebookNode) -> None:
    """Raise NotRun unless each check gives all of its points; a busy machine may be too slow."""
    for number, cell in enumerate(notebook.cells, start=1):
        if is_check_cell(cell):
            earned, points = (
                float(cell.outputs[-1].data["text/plain"]),
                cell.metadata.nbgrader.points,
            )
            if earned < points:
                said = describe_check(cell.outputs[-1].data.get(RESULT, {}))
                raise NotRun(f"cell {number} earns {earned:g} of {points:g} points. {said}")


def link_data(data: Path, folder: Path) -> None:
    """Let a folder show each data set that it lacks."""
    for path in data.iterdir():
        if path.is_dir() and not (folder / path.name).exists():
            (folder / path.name).symlink_to(path.resolve(), target_is_directory=True)


def has_failed(cell: NotebookNode) -> bool:
    return any(it.output_type == "error" for it in cell.get("outputs", []))
