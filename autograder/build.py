"""From the masters to everything that is generated, in one direction."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import torch

from autograder.assemble import assemble
from autograder.assignment import Assignment, read_assignment
from autograder.drift import edited_files, stale_files, write_files
from autograder.exercise import Exercise
from autograder.masters import BuildError
from autograder.nbgrader_settings import CONFIG_FILE
from autograder.prove import prove
from autograder.references import PUBLIC_SEED, build_references, hidden_seed
from autograder.repository import ROOT, Course, Repository
from autograder.same_bundle import same_bundle


def build(
    repository: Repository,
    course: Course,
    exercises: list[Exercise],
    say: Callable[[str], None] = lambda _: None,
) -> Assignment:
    """Generate modules, notebooks, bundles and the course's source, and prove them by running.

    Args: say: told of each step.

    Raises: BuildError with the file and what to mend.
    """
    torch.set_num_threads(1)  # faster for tensors this small, and the same sums on any machine
    say("Reading the masters")
    assignment = read_assignment(repository, exercises)
    edited = edited_files(repository, assignment.files)
    if edited:
        raise BuildError(
            f"generated, but edited by hand: {', '.join(edited)}. Move what is worth keeping into "
            "the masters in solutions/, delete the file, and build again."
        )
    write_files(repository, assignment.files)
    say("Computing the reference bundles")
    update_references(repository, exercises, say)
    build_references(exercises, repository.hidden, hidden_seed(repository.hidden), hidden=True)
    say("Running the solved notebooks: every check must give its points")
    prove(repository, assignment.solved_notebooks, assignment.solved_modules, True, say)
    say("Running the student notebooks: no check may give any")
    prove(repository, assignment.student_notebooks, assignment.student_modules, False, say)
    say(f"Writing the course in {course.root}")
    write_course(repository, course, assignment)
    return assignment


def update_references(
    repository: Repository, exercises: list[Exercise], say: Callable[[str], None]
) -> None:
    """Rewrite those public bundles that say something else than before."""
    with tempfile.TemporaryDirectory() as name:
        fresh = Path(name)
        build_references(exercises, fresh, PUBLIC_SEED, hidden=False, say=say)
        repository.references.mkdir(parents=True, exist_ok=True)
        for path in stale_references(repository.references, fresh):
            (repository.references / path).unlink(missing_ok=True)
            if (fresh / path).exists():
                shutil.copy(fresh / path, repository.references)


def stale_references(folder: Path, fresh: Path) -> list[str]:
    """Return the names of the bundles that differ between two folders, or are only in one."""
    names = {path.name for root in (folder, fresh) for path in root.glob("*.safetensors")}
    return sorted(name for name in names if not same_bundle(folder / name, fresh / name))


def write_course(repository: Repository, course: Course, assignment: Assignment) -> None:
    """Write the course's source and configuration; submissions and gradebook stay as they are."""
    assemble(repository, course.source, assignment.solved_notebooks, assignment.student_modules)
    config = CONFIG_FILE.format(package=str(ROOT), repository=str(repository.root))
    (course.root / "nbgrader_config.py").write_text(config, encoding="utf-8")


def check_build(repository: Repository, exercises: list[Exercise]) -> None:
    """Raise BuildError unless the generated files are what a build would write now."""
    stale = stale_files(repository, read_assignment(repository, exercises).files)
    with tempfile.TemporaryDirectory() as name:
        build_references(exercises, Path(name), PUBLIC_SEED, hidden=False)
        bundles = stale_references(repository.references, Path(name))
    stale += [f"data/references/{bundle}" for bundle in bundles]
    if stale:
        raise BuildError(
            f"not what the masters say: {', '.join(stale)}. Run `python -m autograder build`."
        )
