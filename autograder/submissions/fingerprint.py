"""What a score depends on, as one number: the submission, the checks, and the code that grades."""

import hashlib
import json
import os
import stat
from collections.abc import Collection, Iterable, Iterator
from importlib.metadata import version
from pathlib import Path

from autograder.paths import OWN_CONFIG, ROOT, Course, Repository
from autograder.plan import read_plans
from autograder.submissions.files import open_below, paths_below

BLOCK = 1 << 20  # bytes read at a time
LIBRARIES = ("nbgrader", "numpy", "torch")


def fingerprint_of_grading(repository: Repository, course: Course, way: str) -> str:
    """Return the fingerprint of all that is the same for every student.

    That is the release, the modules and templates of the grader, the instructor's own settings,
    the assignment's labs, the hidden cases, and the versions of the libraries.

    Args: way: how submissions are run, `sandbox` for one.
    """
    folders = [ROOT / "autograder", ROOT / "exercise_lib", repository.exercise_lib]
    folders += [lab.folder for lab in read_plans(repository)[course.assignment].labs]
    made = {course.root, repository.course, repository.demo_course}
    code = [path for it in folders for path in files_below(it, (".py", ".j2"), made)]
    code += course.root.glob(OWN_CONFIG)
    given = files_below(course.release, (".py", ".ipynb"))
    bundles = [*repository.references.glob("*"), *(repository.hidden / course.assignment).glob("*")]
    digest = hashlib.sha256(way.encode())
    for library in LIBRARIES:
        digest.update(f"{library} {version(library)}\n".encode())
    add_files(digest, sorted({*code, *given, *bundles}, key=str))
    return digest.hexdigest()


def files_below(
    folder: Path, suffixes: tuple[str, ...], without: Collection[Path] = ()
) -> Iterator[Path]:
    """Yield the files that end so, but none of some folders."""
    for here, folders, files in os.walk(folder):
        folders[:] = [it for it in folders if Path(here, it) not in without]
        yield from (Path(here, it) for it in files if it.endswith(suffixes))


def fingerprint_of_submission(grading: str, folder: Path, refused: Iterable[str] = ()) -> str:
    """Return the fingerprint of everything in a submission, on top of that of the grading.

    Names and contents count, no date: clocks differ, and jump.

    Args: refused: what was not taken from the zip it came in; the student is told.
    """
    digest = hashlib.sha256(grading.encode())
    digest.update(json.dumps(list(refused)).encode())
    add_files(digest, paths_below(folder), folder)
    return digest.hexdigest()


def add_files(digest: "hashlib._Hash", paths: Iterable[Path], root: Path | None = None) -> None:
    """Add names and contents; of links where they lead, of other than files only the name.

    Args: root: where the names begin; without it, only the contents and last names count.
    """
    for path in paths:
        name = path.relative_to(root).as_posix() if root else path.name
        kind = path.lstat().st_mode
        digest.update(f"\n{len(name)} {name} {stat.S_IFMT(kind)}\n".encode(errors="replace"))
        if stat.S_ISLNK(kind):
            target = os.fsencode(os.readlink(path))
            digest.update(f"{len(target)}\n".encode() + target)
        elif stat.S_ISREG(kind):
            digest.update(f"{path.lstat().st_size}\n".encode())
            try:
                file = open_below(root, name) if root else path
                with open(file, "rb") as content:
                    while block := content.read(BLOCK):
                        digest.update(block)
            except OSError:
                if root is None:
                    raise
                digest.update(b"\nunreadable")
