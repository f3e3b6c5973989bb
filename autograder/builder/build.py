"""From the masters to everything that is generated, in one direction."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from autograder.builder.assignment import Assignment, generated_files, read_assignment
from autograder.builder.bundles import PUBLIC_SEED, build_references, hidden_seed
from autograder.builder.folder import assemble
from autograder.builder.generated import edited_files, stale_files, write_files
from autograder.builder.proof import prove
from autograder.builder.same_bundle import same_bundle
from autograder.errors import BuildError
from autograder.exercise import Exercise
from autograder.nbgrader_setup.settings import CONFIG_FILE
from autograder.paths import ROOT, Course, Repository
from autograder.plan import Plan, read_plans

Say = Callable[[str], None]


def build(
    repository: Repository,
    course: Course,
    exercises: list[Exercise],
    say: Say = lambda _: None,
) -> Assignment:
    """Generate modules, notebooks and bundles, and one assignment of the course from them.

    Args: say: told of each step.

    Raises: BuildError with the file and what to mend.
    """
    plan = read_plans(repository)[course.assignment]
    generate(repository, exercises, say)
    return build_assignment(repository, course, exercises, plan, say)


def generate(repository: Repository, exercises: list[Exercise], say: Say = lambda _: None) -> None:
    """Generate what the repository itself shows: all student modules, notebooks and bundles.

    Raises: BuildError.
    """
    say("Reading the masters")
    files = generated_files(repository, read_assignment(repository, exercises))
    edited = edited_files(repository, files)
    if edited:
        raise BuildError(
            f"generated, but edited by hand: {', '.join(edited)}. Move what is worth keeping into "
            "the masters in solutions/, delete the file, and build again."
        )
    write_files(repository, files)
    say("Computing the reference bundles")
    update_references(repository, exercises, say)


def build_assignment(
    repository: Repository,
    course: Course,
    exercises: list[Exercise],
    plan: Plan,
    say: Say = lambda _: None,
) -> Assignment:
    """Put one assignment together, prove it by running, and write it into the course.

    Raises: BuildError.
    """
    for lab in plan.labs:
        if not lab.table.exists():
            say(
                f"{lab.name} has no {lab.table.name}, as if it showed only text and needed no "
                "data: copy the template's and fill it in."
            )
    assignment = prepare_assignment(repository, exercises, plan)
    say(f"{plan.name}: running the solved notebooks, where every check must give its points")
    prove(repository, assignment, solved=True, say=say)
    say(f"{plan.name}: running the student notebooks, where no check may give any")
    prove(repository, assignment, solved=False, say=say)
    say(f"{plan.name}: writing {course.source}")
    write_course(repository, course, assignment)
    return assignment


def prepare_assignment(repository: Repository, exercises: list[Exercise], plan: Plan) -> Assignment:
    """Read one assignment and compute its hidden cases; nothing is proved.

    Raises: BuildError.
    """
    assignment = read_assignment(repository, exercises, plan)
    seed = hidden_seed(repository.hidden)
    build_references(assignment.exercises, repository.hidden / plan.name, seed, hidden=True)
    return assignment


def update_references(
    repository: Repository, exercises: list[Exercise], say: Say = lambda _: None
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
    """Write the assignment's source and the course's configuration; all else stays as it is."""
    assemble(repository, course.source, assignment, assignment.solved_notebooks)
    folders = [str(it) for it in (repository.root, repository.other_labs) if it]
    config = CONFIG_FILE.format(package=str(ROOT), folders=folders)
    (course.root / "nbgrader_config.py").write_text(config, encoding="utf-8")


def check_build(repository: Repository, exercises: list[Exercise]) -> None:
    """Raise BuildError unless the generated files are what a build would write now."""
    files = generated_files(repository, read_assignment(repository, exercises))
    stale = stale_files(repository, files)
    with tempfile.TemporaryDirectory() as name:
        build_references(exercises, Path(name), PUBLIC_SEED, hidden=False)
        bundles = stale_references(repository.references, Path(name))
    stale += [f"data/references/{bundle}" for bundle in bundles]
    if stale:
        raise BuildError(
            f"not what the masters say: {', '.join(stale)}. Run `python -m autograder build`."
        )
