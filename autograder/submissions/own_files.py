"""Take along the files of a student's own that their modules and answers import."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from autograder.cells import is_code_answer
from autograder.own_notebooks import read_own
from autograder.submissions.files import Entry
from autograder.submissions.unpack import KEPT
from exercise_lib.doctor.own_files import own_files
from exercise_lib.doctor.reading import decode


def take_own_files(
    taken: Path,
    files: Mapping[str, Entry],
    modules: Mapping[str, str],
    notebooks: Collection[str],
    given: Collection[str],
    earlier: Iterable[Entry],
    repairs: list[str],
) -> set[str]:
    """Put them into `taken`, as they lie beside the notebooks; return the paths they came from.

    Args:
        modules: each of the assignment -> where it was found, or "".
        notebooks: the paths of those that are used.
        given: the paths of what the release has, its folders too.
        earlier: such files of the submission from which modules were carried over.
    """
    roots = {path.rpartition("/")[0] for path in notebooks}
    roots |= {
        it.removesuffix(name).rstrip("/") for name, it in modules.items() if it.endswith(name)
    }
    used = {*modules.values(), *notebooks}
    found: dict[str, Entry] = {}
    for root in sorted(roots):
        prefix = f"{root}/" if root else ""
        for path, entry in files.items():
            name = path.removeprefix(prefix)
            own = entry.suffix == ".py" and name not in given and name not in modules
            if own and path.startswith(prefix) and path not in used:
                found.setdefault(name, entry)
    for entry in earlier:
        found.setdefault(entry.path, entry)
    folders = {Path(it).parent.as_posix() for it in given}
    files_there = {*given, *modules, *found, *KEPT} - folders
    found = {name: it for name, it in found.items() if not lies_in_a_file(name, files_there)}
    if not found:
        return set()

    def read(name: str) -> str:
        with found[name].open() as file:
            return decode(file.read())[0]

    texts, refused = own_files(sources_in(taken, modules), found, read)
    for name, text in texts.items():
        (taken / name).parent.mkdir(parents=True, exist_ok=True)
        (taken / name).write_text(text, encoding="utf-8", errors="replace")
    repairs += refused
    return {found[it].path for it in texts}


def lies_in_a_file(name: str, files: Collection[str]) -> bool:
    """Whether one of the folders that a path leads through must be a file, or a notebook."""
    return any(
        folder.as_posix() in files or folder.suffix == ".ipynb" for folder in Path(name).parents
    )


def sources_in(taken: Path, modules: Iterable[str]) -> list[tuple[str, str]]:
    """Return the texts of the student's modules and answers, each with the name of its file."""
    sources = [(it, (taken / it).read_text(encoding="utf-8", errors="replace")) for it in modules]
    for path in sorted(taken.glob("*.ipynb")):
        sources += [(path.name, it.source) for it in filter(is_code_answer, read_own(path).cells)]
    return sources


def own_files_in(taken: Path, modules: Collection[str]) -> list[str]:
    """Return the files that were taken along with an assignment's modules."""
    found = (path.relative_to(taken).as_posix() for path in sorted(taken.rglob("*.py")))
    return [it for it in found if it not in modules]
