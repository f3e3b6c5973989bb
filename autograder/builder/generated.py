"""Tell generated files from those that somebody edited, by the checksums of the last build."""

import hashlib
import json
from collections.abc import Mapping

from autograder.paths import Repository


def checksums_of(repository: Repository) -> str:
    """Return the path of the checksums, relative to the repository."""
    return (repository.home / "generated.json").relative_to(repository.root).as_posix()


def stale_files(repository: Repository, files: Mapping[str, str]) -> list[str]:
    """Return the files whose text is not the given one, and notebooks that have no master."""
    stale = [path for path, text in files.items() if read(repository, path) != text]
    return stale + orphans(repository, files)


def edited_files(repository: Repository, files: Mapping[str, str]) -> list[str]:
    """Return the files that are neither as the last build left them nor as this one will."""
    built = json.loads(read(repository, checksums_of(repository)) or "{}")
    edited = []
    for path in [*files, *orphans(repository, files)]:
        text = read(repository, path)
        if text is not None and text != files.get(path) and checksum(text) != built.get(path):
            edited.append(path)
    return edited


def write_files(repository: Repository, files: Mapping[str, str]) -> None:
    """Write the files and their checksums, and remove notebooks that have no master any more."""
    for path in orphans(repository, files):
        (repository.root / path).unlink()
    checksums = {path: checksum(text) for path, text in sorted(files.items())}
    for path, text in {
        **files,
        checksums_of(repository): json.dumps(checksums, indent=1) + "\n",
    }.items():
        if read(repository, path) != text:
            (repository.root / path).parent.mkdir(parents=True, exist_ok=True)
            (repository.root / path).write_text(text, encoding="utf-8")


def orphans(repository: Repository, files: Mapping[str, str]) -> list[str]:
    paths = [f"notebooks/{path.name}" for path in repository.notebooks.glob("*.ipynb")]
    return sorted(path for path in paths if path not in files)


def read(repository: Repository, path: str) -> str | None:
    file = repository.root / path
    return file.read_text(encoding="utf-8") if file.is_file() else None


def checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
