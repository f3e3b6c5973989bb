"""A copy of the assignment with the solutions in place: what the demo, benchmarks and tests run."""

from pathlib import Path

from autograder.build.assignment import solved_modules
from autograder.build.folder import assemble
from autograder.build.masters import read_master
from autograder.paths import Repository


def assemble_solved(repository: Repository, folder: Path, *notebooks: str) -> None:
    """Write an assignment with solved modules into `folder`, which is emptied first.

    Args: notebooks: names without suffix, of which the solved ones are put in.
    Raises: BuildError: a master cannot be used.
    """
    masters = {lab.notebook: lab.master for lab in repository.labs}
    solved = {name: read_master(masters[name]) for name in notebooks}
    assemble(repository, folder, solved, solved_modules(repository))
