"""The files of a folder or zip that someone handed in: which are safe to read, which refused."""

from __future__ import annotations

import mmap
import os
import re
import stat
import unicodedata
import zipfile
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import IO

from exercise_lib.files import is_left_out
from exercise_lib.files.names import SECOND_SUFFIX

UNREADABLE = "Nothing could be read: there is no notebook and no module of this assignment."
MOST_ENTRIES = 1_000_000  # of a folder or zip with a whole cohort
MOST_DEEP, MOST_LONG = 12, 200  # folders, bytes of a name
PACKED_AS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others may ask for gigabytes to unpack
NO_NAME = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
ENTRY_MARK = re.compile(rb"PK\x01\x02")


class Refused(Exception):
    """A file is not taken; the message says why."""


@dataclass(frozen=True)
class Entry:
    """A regular file that was handed in, not read yet."""

    path: str  # relative, with slashes, nowhere outside its folder
    open: Callable[[], IO[bytes]]
    packed: int | None = None  # bytes it takes in its zip; None for a file in a folder
    date: datetime | None = None  # that its zip has, which tells no zone

    @cached_property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @cached_property
    def suffix(self) -> str:
        return os.path.splitext(SECOND_SUFFIX.sub(r"\1", self.name))[1].lower()


@dataclass(frozen=True)
class Refusal:
    """A file that was not taken, and why."""

    path: str
    why: str

    def __str__(self) -> str:
        return f"{shown(self.path)} was refused: {self.why}."


def shown(path: str) -> str:
    """Return a path as it can be printed: on one line, not endless."""
    text = "".join(it if it.isprintable() else "?" for it in path)
    return text if len(text) <= 100 else f"{text[:97]}..."


def clean_path(path: str) -> str:
    """Return a path with slashes and no empty steps; raises Refused where it may lead elsewhere."""
    if NO_NAME.search(path):
        raise Refused("its name holds characters that no name should. Rename it")
    path = path.replace("\\", "/")
    if path.startswith("/") or re.match("[A-Za-z]:", path):
        raise Refused("its name is that of a place on a disk. Zip the folder itself")
    parts = [it for it in path.split("/") if it not in ("", ".")]
    if ".." in parts:
        raise Refused("its name leads out of the submission. Zip the folder itself")
    if len(parts) > MOST_DEEP or any(len(it.encode()) > MOST_LONG for it in parts):
        raise Refused("its name is too long. Rename it")
    return "/".join(parts)


def folder_entries(root: Path) -> tuple[list[Entry], list[Refusal]]:
    """Return the regular files below a folder; links, devices and pipes are refused."""
    entries: list[Entry] = []
    refused: list[Refusal] = []
    folders = [""]
    while folders:
        folder = folders.pop()
        with ExitStack() as stack:
            try:
                children = stack.enter_context(os.scandir(os.path.join(root, folder)))
            except OSError as error:
                refused.append(
                    Refusal(folder[:-1] or ".", f"it can't be opened ({error.strerror})")
                )
                continue
            for child in children:
                own = folder + child.name
                if is_left_out(child.name):
                    continue
                if len(entries) + len(refused) >= MOST_ENTRIES:
                    return entries, [*refused, Refusal(own, "there are too many files")]
                try:
                    path = clean_path(own)
                    if child.is_dir(follow_symlinks=False):
                        folders.append(f"{own}/")
                        continue
                    check_regular(child.stat(follow_symlinks=False))
                except Refused as error:
                    refused.append(Refusal(own, str(error)))
                else:
                    entries.append(Entry(path, FileOpener(root, own)))
    return entries, refused


def names_below(root: Path) -> list[str]:
    """Return the paths below a folder of what lies in it, sorted by their steps.

    No link is followed, and none is deeper than is taken.
    """
    found: list[str] = []
    folders = [""]
    while folders:
        folder = folders.pop()
        with suppress(OSError), os.scandir(os.path.join(root, folder)) as children:
            for child in children:
                name = folder + child.name
                found.append(name)
                if child.is_dir(follow_symlinks=False) and name.count("/") < MOST_DEEP:
                    folders.append(f"{name}/")
    return sorted(found, key=lambda it: it.split("/"))


def open_below(root: Path, path: str) -> int:
    """Open a file for reading, and follow no link in any step of its path; raises OSError."""
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    *steps, name = path.split("/")
    try:
        for step in steps:
            inner = os.open(step, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = inner
        return os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    finally:
        os.close(folder)


def check_regular(status: os.stat_result) -> None:
    """Raise Refused unless this is a file with its content under one name."""
    if stat.S_ISLNK(status.st_mode):
        raise Refused("it is a link. Hand in the file itself")
    if not stat.S_ISREG(status.st_mode):
        raise Refused("it is no file with content")
    if status.st_nlink > 1:
        raise Refused("it is a hard link. Hand in a copy of the file")


@dataclass(frozen=True)
class FileOpener:
    """Open a file that was looked at; raises Refused where it has become something else."""

    root: Path
    path: str  # below it

    def __call__(self) -> IO[bytes]:
        try:
            number = open_below(self.root, self.path)
        except OSError as error:
            raise Refused(f"it can't be opened ({error.strerror})") from error
        file = os.fdopen(number, "rb")
        try:
            check_regular(os.fstat(number))
        except Refused:
            file.close()
            raise
        return file


def open_zip(file: IO[bytes], most: int = MOST_ENTRIES) -> zipfile.ZipFile:
    """Open a zip of at most so many entries; raises Refused.

    The entries are counted before `zipfile` keeps them all in memory.
    """
    try:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            if next(islice(ENTRY_MARK.finditer(data), most, None), None):
                raise Refused(f"it holds more than {most} files")
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise Refused("it is no zip that can be read") from error


def zip_entries(archive: zipfile.ZipFile) -> tuple[list[Entry], list[Refusal]]:
    """Return the regular files in a zip; names that lead elsewhere and links are refused."""
    entries: list[Entry] = []
    refused: list[Refusal] = []
    for info in archive.infolist():
        name = info.orig_filename  # `filename` ends at a NUL
        try:
            path = clean_path(name)
            if info.is_dir() or any(map(is_left_out, path.split("/"))):
                continue
            kind = stat.S_IFMT(info.external_attr >> 16)
            if stat.S_ISLNK(kind):
                raise Refused("it is a link. Hand in the file itself")
            if kind not in (0, stat.S_IFREG):
                raise Refused("it is no file with content")
            if info.flag_bits & 0x41:
                raise Refused("it is encrypted. Hand in a zip without a password")
            if info.compress_type not in PACKED_AS:
                raise Refused("it is packed in an unusual way. Hand in an ordinary zip")
        except Refused as error:
            refused.append(Refusal(name, str(error)))
        else:
            opener = ZipOpener(archive, info)
            entries.append(Entry(path, opener, info.compress_size, date_of(info)))
    return entries, refused


def date_of(info: zipfile.ZipInfo) -> datetime | None:
    try:
        return datetime(*info.date_time)
    except ValueError:
        return None


@dataclass(frozen=True)
class ZipOpener:
    """Open one file of a zip."""

    archive: zipfile.ZipFile
    info: zipfile.ZipInfo

    def __call__(self) -> IO[bytes]:
        return self.archive.open(self.info)


def one_of_a_name(entries: Iterable[Entry]) -> tuple[list[Entry], list[Refusal]]:
    """Keep the first of entries whose names a disk may take for the same.

    Small letters come first: those are the names of this assignment.
    """
    kept: dict[str, Entry] = {}
    refused = []
    for entry in sorted(entries, key=lambda it: it.path.swapcase()):
        key = unicodedata.normalize("NFC", unicodedata.normalize("NFC", entry.path).casefold())
        first = kept.setdefault(key, entry)
        if first is not entry:
            refused.append(
                Refusal(entry.path, f"{shown(first.path)} has the same name. Keep one of the two")
            )
    return list(kept.values()), refused
