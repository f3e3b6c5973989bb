"""What a score depends on, as one number: the submission, the checks, and the code that grades."""

import hashlib
import json
import os
import stat
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from importlib.metadata import version
from pathlib import Path

from autograder.paths import OWN_CONFIG, ROOT, Course, Repository
from autograder.plan import read_plans
from autograder.submissions.files import Entry, names_below, open_below

BLOCK = 1 << 16  # bytes read at a time
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


def fingerprint_of_submission(folder: Path) -> str:
    """Return the fingerprint of everything in a submission.

    Names and contents count, no date: clocks differ, and jump.
    """
    digest = hashlib.sha256(b"[]")
    for name in names_below(folder):
        add_file(digest, name, folder / name, partial(open_below, folder, name), must_read=False)
    return digest.hexdigest()


def fingerprint_of_entries(entries: Iterable[Entry], most: int) -> str:
    """Return the fingerprint of files as they were handed in, whatever they are.

    Args: most: bytes that are read.

    Returns: "" where there is more, or a file can't be read.
    """
    digest = hashlib.sha256()
    try:
        for entry in sorted(entries, key=lambda it: it.path):
            content = hashlib.sha256()
            with entry.open() as file:
                while block := file.read(BLOCK):
                    content.update(block)
                    if (most := most - len(block)) < 0:
                        return ""
            digest.update(f"{len(entry.path)} {entry.path} {content.hexdigest()}\n".encode())
    except Exception:  # whatever a damaged zip makes its readers raise
        return ""
    return digest.hexdigest()


def fingerprint_on(*parts: str) -> str:
    """Return one fingerprint of several texts, such as fingerprints."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def add_files(digest: "hashlib._Hash", paths: Iterable[Path]) -> None:
    """Add the last names of files, and their contents; raises OSError."""
    for path in paths:
        add_file(digest, path.name, path, partial(os.open, path, os.O_RDONLY), must_read=True)


def add_file(
    digest: "hashlib._Hash", name: str, path: Path, open_it: Callable[[], int], must_read: bool
) -> None:
    """Add a name and a content: of a link where it leads, of other than files nothing.

    Args: must_read: whether to raise OSError where it can't be read; else this is its content.
    """
    status = path.lstat()
    kind = stat.S_IFMT(status.st_mode)
    digest.update(f"\n{len(name)} {name} {kind}\n".encode(errors="replace"))
    if kind == stat.S_IFLNK:
        target = os.fsencode(os.readlink(path))
        digest.update(f"{len(target)}\n".encode() + target)
    elif kind == stat.S_IFREG:
        digest.update(f"{status.st_size}\n".encode())
        try:
            add_content(digest, open_it())
        except OSError:
            if must_read:
                raise
            digest.update(b"\nunreadable")


def add_content(digest: "hashlib._Hash", file: int) -> None:
    """Add what an open file holds, and close it."""
    try:
        while block := os.read(file, BLOCK):
            digest.update(block)
    finally:
        os.close(file)
