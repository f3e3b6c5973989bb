"""Write the files of one submission into a folder of its own, within limits."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO

from autograder.submissions.files import (
    Entry,
    Refusal,
    Refused,
    one_of_a_name,
    open_zip,
    shown,
    zip_entries,
)

SECRET = "submission_secret.txt"  # nbgrader's, written when a student submits
KEPT = ("timestamp.txt", SECRET)  # for lateness and feedback
MOST_BYTES = {".ipynb": 500_000_000, ".py": 1_000_000, ".txt": 1_000, ".zip": 500_000_000}
MOST_IN_ALL = 1_000_000_000  # bytes of one submission, unpacked
MOST_FILES = 10_000  # of one submission, in each of its zips
MOST_LISTED = 100_000  # files that a zip may list with an environment, which is left out
MOST_ZIPS = 20
FREE = 300_000_000  # bytes that a file may unpack to, however small it was packed
MOST_RATIO = 100  # unpacked to packed, of a file larger than that
NO_MORE = "Hand in no more than your work"
OTHER_ARCHIVES = {".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz"}
ZIP = b"PK\x03\x04"
DOCUMENTS = {".pdf", ".doc", ".docx", ".odt", ".rtf", ".pages"}
PIECE = 1 << 20


def unpack(entries: list[Entry], folder: Path) -> list[Refusal]:
    """Write the notebooks and modules among the entries, and in their zips, into `folder`.

    Nothing is written outside, nothing over another file, and no more than the limits allow. A
    folder that holds everything is left out of the paths.

    Returns: what was refused; the rest is there.
    """
    left = MOST_IN_ALL
    with unzipped(entries[:MOST_FILES]) as (files, refused):
        for rest in (entries[MOST_FILES:], files[MOST_FILES:]):
            refused += [
                Refusal(
                    it.path,
                    f"only {MOST_FILES} files are looked at. {NO_MORE}",
                )
                for it in rest[:1]
            ]
        needed = list(filter(is_needed, files[:MOST_FILES]))
        files, same = one_of_a_name(without_wrapper(needed))
        refused += same
        for entry in files:
            target = folder / entry.path
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                file = target.open("xb")
            except OSError as error:
                refused.append(Refusal(entry.path, why_not(error)))
                continue
            try:
                with file:
                    left -= copy(entry, file, left)
            except Exception as error:  # whatever a damaged zip makes its readers raise
                target.unlink()
                refused.append(Refusal(entry.path, why_not(error)))
    return refused


def why_not(error: Exception) -> str:
    """Return why a file is refused; raises the error where it is the disk's, not the file's."""
    if isinstance(error, Refused):
        return str(error)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        raise error
    return f"it is damaged, or its name is another's ({type(error).__name__}). Hand it in again"


def is_needed(entry: Entry) -> bool:
    """Whether grading has a use for this file. What dates a submission is not taken from a zip."""
    if entry.name in KEPT:
        return entry.packed is None
    return entry.suffix in (".ipynb", ".py")


def with_suffix(entry: Entry) -> Entry:
    """Return an entry as a zip where it begins as one and has no suffix."""
    if entry.suffix:
        return entry
    try:
        with entry.open() as file:
            return replace(entry, path=f"{entry.path}.zip") if file.read(4) == ZIP else entry
    except Exception:  # whatever a damaged zip makes its readers raise
        return entry


@contextmanager
def unzipped(entries: Iterable[Entry]) -> Iterator[tuple[list[Entry], list[Refusal]]]:
    """Yield the entries with the content of each zip in its place, one level deep."""
    files: list[Entry] = []
    refused: list[Refusal] = []
    archives: list[tuple[tuple[int, ...], str, list[Entry]]] = []
    left, zips = MOST_IN_ALL, 0
    with ExitStack() as stack:
        for entry in map(with_suffix, entries):
            if entry.suffix in OTHER_ARCHIVES:
                refused.append(Refusal(entry.path, "it is no zip. Hand in the files, or a zip"))
            elif entry.suffix in DOCUMENTS:
                refused.append(
                    Refusal(
                        entry.path, "it is no notebook and no module. Answers are read from those"
                    )
                )
            if entry.suffix != ".zip":
                files.append(entry)
                continue
            zips += 1
            if zips > MOST_ZIPS:
                refused.append(
                    Refusal(
                        entry.path, f"only {MOST_ZIPS} zips are looked at. Hand in one of all files"
                    )
                )
                continue
            file = stack.enter_context(tempfile.TemporaryFile())
            try:
                left -= copy(entry, file, left)
                file.flush()
                archive = stack.enter_context(open_zip(file, MOST_LISTED))
                inside, bad = zip_entries(archive)
                if len(inside) + len(bad) > MOST_FILES:
                    raise Refused(f"it holds more than {MOST_FILES} files. {NO_MORE}")
            except Exception as error:  # whatever a damaged zip makes its readers raise
                refused.append(Refusal(entry.path, why_not(error)))
                continue
            place = entry.path[: -len(entry.name)]
            refused += [Refusal(f"{entry.path}/{it.path}", it.why) for it in bad]
            taken: list[Entry] = []
            dates = [it.date_time for it in archive.infolist()]
            archives.append((max(dates, default=()), entry.path, taken))
            for it in inside:
                if it.suffix == ".zip" or it.suffix in OTHER_ARCHIVES:
                    why = "it is an archive in a zip. Hand in the files, or one zip of them"
                    refused.append(Refusal(f"{entry.path}/{it.path}", why))
                elif it.suffix in DOCUMENTS:
                    why = "it is no notebook and no module. Answers are read from those"
                    refused.append(Refusal(f"{entry.path}/{it.path}", why))
                else:
                    taken.append(replace(it, path=place + it.path))
        latest, earlier = latest_archives(archives)
        yield files + latest, refused + earlier


def latest_archives(
    archives: list[tuple[tuple[int, ...], str, list[Entry]]],
) -> tuple[list[Entry], list[Refusal]]:
    """Return the files of those archives that hold no notebook, or module, of a later one.

    Archives are dated by the newest file in them.
    """
    files: list[Entry] = []
    refused = []
    owners: dict[str, str] = {}
    for _, path, entries in sorted(archives, key=lambda it: it[:2], reverse=True):
        names = {it.name for it in entries if it.suffix == ".ipynb"}
        names = names or {it.name for it in entries if it.suffix == ".py"}
        if later := sorted({owners[it] for it in names & owners.keys()}):
            refused.append(Refusal(path, f"{shown(later[0])} is a later archive of the same work"))
            continue
        owners |= dict.fromkeys(names, path)
        files += entries
    return files, refused


def without_wrapper(entries: Iterable[Entry]) -> list[Entry]:
    """Take away the folders that all entries have in common; the package stays a folder."""
    entries = list(entries)
    while entries:
        first = {it.path.partition("/")[0] for it in entries}
        if len(first) > 1 or "exercise_lib" in first or any("/" not in it.path for it in entries):
            break
        entries = [replace(it, path=it.path.partition("/")[2]) for it in entries]
    return entries


def copy(entry: Entry, file: IO[bytes], left: int) -> int:
    """Copy an entry and return its size; raises Refused as soon as it passes a limit.

    The sizes a zip claims are not believed: what comes out is counted.
    """
    most, size = MOST_BYTES[entry.suffix], 0
    with entry.open() as source:
        while piece := source.read(PIECE):
            size += len(piece)
            if size > most:
                raise Refused(
                    f"it is larger than {most / 1e6:g} MB. Look whether it is the right one"
                )
            if size > left:
                raise Refused(f"the submission is larger than {MOST_IN_ALL / 1e6:g} MB. {NO_MORE}")
            if entry.packed is not None and size > max(FREE, MOST_RATIO * entry.packed):
                raise Refused(
                    "it is packed so small that it looks like a zip bomb. Zip the files anew"
                )
            file.write(piece)
    return size
