"""A copy of all labs with the solutions in place: what the demo, benchmarks and tests run."""

import shutil
from pathlib import Path

from autograder.builder.assignment import given_package, solved_modules
from autograder.builder.folder import put_together
from autograder.builder.masters import read_master
from autograder.paths import Repository
from autograder.plan import all_labs


def assemble_solved(repository: Repository, folder: Path, *notebooks: str) -> None:
    """Write all solved modules into `folder`, which is emptied first.

    Args: notebooks: names without suffix, of which the solved ones are put in.
    Raises: BuildError: a master cannot be used.
    """
    masters = {lab.notebook: lab.master for lab in repository.labs}
    solved = {name: read_master(masters[name]) for name in notebooks}
    folders = [it.parent.name for it in given_package(repository).glob("*/__init__.py")]
    data = all_labs(repository).data_sets
    put_together(repository, folder, folders, data, solved_modules(repository), solved)
    shutil.copytree(repository.references, folder / "data" / repository.references.name)
