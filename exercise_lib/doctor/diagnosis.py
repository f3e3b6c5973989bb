"""What would hurt in a folder that is to be handed in, and how it is mended."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import re
import shutil
import sys
import textwrap
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from exercise_lib import environment
from exercise_lib.doctor.own_files import PACKAGE, is_installed, own_files
from exercise_lib.doctor.reading import (
    Reading,
    Unreadable,
    decode,
    read_notebook,
    write_notebook,
)
from exercise_lib.doctor.released import (
    OWN_CELLS,
    called,
    find_notebooks,
    fingerprint,
    is_notebook,
    plain_name,
    restore,
    stubs_of,
)
from exercise_lib.files import is_left_out, replace_file, write_text
from exercise_lib.files.merge_conflict import MERGE_CONFLICT, has_merge_conflict
from exercise_lib.files.names import MANIFEST

FOLDER = Path(__file__).resolve().parents[2]
BACKUP = "doctor-backup"
HUB_LIMIT = 100_000_000  # bytes: nbgrader leaves a larger file, or folder, out of a submission
HEAVY = 10_000_000  # bytes of outputs, or of a file of your own, worth a word
TODO = re.compile(r"""NotImplementedError\(\s*["'](TODO [^"':]+)""")
TODO_LINE = re.compile(r"# (TODO \d+\.\d+[a-z]?):")
NO_ANSWER = "*Your answer here.*"
MOST_TOLD = 12  # files in which something is not written yet
AGAIN = "Fetch the assignment again into another folder, and copy it from there."
PYTHONS = (3, 10), (3, 13)


@dataclass
class Finding:
    """What would hurt in one file, and the function that mends it, where there is one."""

    file: str
    text: str
    mend: Callable[[], object] | None = None
    touches: list[str] = field(default_factory=list)  # the files to copy away before

    @property
    def places(self) -> list[str]:
        """The files that mending writes."""
        return self.touches or [self.file]

    def __str__(self) -> str:
        return f"{self.file}: {self.text}"


@dataclass
class Diagnosis:
    """All that was found: what hurts, and what is simply not written yet.

    A module that is as it was released stands in `untouched`, and its TODOs are not listed again.
    """

    findings: list[Finding]
    todos: dict[str, list[str]] = field(default_factory=dict)  # file -> what is open in it
    untouched: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        by_command = [str(it) for it in self.findings if it.mend]
        by_hand = [str(it) for it in self.findings if not it.mend]
        begun = [f"{file}: {', '.join(it)}" for file, it in self.todos.items()]
        if len(begun) > MOST_TOLD:
            begun[MOST_TOLD:] = [f"and {len(begun) - MOST_TOLD} files more"]
        untouched = textwrap.wrap(", ".join(self.untouched), 90)
        parts = [
            ("`python -m exercise_lib.doctor --mend` puts this right:", by_command),
            ("This is for you to look at:", by_hand),
            ("Not written yet, and no error: you can hand in without it.", begun),
            ("Not begun, and no error. If you wrote in one of these, save it:", untouched),
        ]
        lines = [line for head, body in parts if body for line in (head, *(f"  {b}" for b in body))]
        if not self.findings:
            lines.insert(0, "Nothing to mend. Hand in the whole folder.")
        return "\n".join(lines)


def examine(folder: Path = FOLDER, clear_outputs: bool = False) -> Diagnosis:
    """Look over a fetched assignment and change nothing.

    Args: clear_outputs: whether large outputs are among what `mend` is to put right.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        findings = [Finding(MANIFEST, f"is missing or damaged: little can be looked at. {AGAIN}")]
        manifest = {"notebooks": {}, "modules": {}}
    else:
        findings = []
    diagnosis = Diagnosis(findings)
    findings += examine_notebooks(folder, manifest["notebooks"], clear_outputs, diagnosis.todos)
    for module, released in manifest["modules"].items():
        findings += examine_module(folder, module, released, diagnosis)
    findings += examine_imports(folder, manifest["modules"])
    findings += examine_carried(folder, manifest)
    findings += [*examine_files(folder), *examine_environment()]
    return diagnosis


def mend(folder: Path = FOLDER, clear_outputs: bool = False) -> list[str]:
    """Put right what can be put right, and return what was done; see `examine`."""
    done, ran = [], []
    backup = folder / BACKUP / time.strftime("%Y-%m-%d-%H%M%S")
    for finding in examine(folder, clear_outputs).findings:
        if finding.mend is None:
            continue
        if link := find_link(folder, [backup / "x", *(folder / it for it in finding.places)]):
            done.append(f"not mended, since {link} is a link to another folder: {finding}")
            continue
        for name in finding.touches:
            copy = backup / name
            if (folder / name).exists() and not copy.exists():
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(folder / name, copy)
        if finding.mend not in ran:
            finding.mend()
        ran.append(finding.mend)
        done.append(f"mended: {finding}")
    if ran:
        done.append(f"The files as they were are in {backup.relative_to(folder)}.")
        done.append("Close notebooks that are open in Jupyter and open them again.")
    return done


def find_link(folder: Path, paths: Iterable[Path]) -> str:
    """Return the first folder on the way to some files that is a link, or ""."""
    for path in paths:
        for place in path.relative_to(folder).parents:
            if place.name and (folder / place).is_symlink():
                return place.as_posix()
    return ""


def examine_notebooks(
    folder: Path, outlines: dict[str, Any], clear_outputs: bool, todos: dict[str, list[str]]
) -> Iterator[Finding]:
    """Yield what would hurt in the notebooks; add what is not answered yet to `todos`."""
    readings: dict[str, Reading] = {}
    in_checkout = (folder / "notebooks").is_dir()  # of the repository, not of the assignment
    home = folder / "notebooks" if in_checkout else folder
    for path in sorted(it for it in home.glob("*.ipynb*") if is_notebook(it.name)):
        try:
            with path.open("rb") as file:
                readings[path.name] = read_notebook(file)
        except (Unreadable, OSError) as error:
            yield Finding(path.name, f"can't be read: {error}.")
    names = find_notebooks(outlines, {name: it.notebook for name, it in readings.items()})
    for name, released in outlines.items():
        if name not in names:
            yield Finding(name, f"is missing or unreadable. {AGAIN}")
            continue
        source, notes = names[name], []
        reading = readings[source]
        if source != name:
            notes.append(f"this notebook is named {source}.")
        notes += [f"{note}." for note in reading.notes]
        touches = [(home / it).relative_to(folder).as_posix() for it in (source, name)]
        bulky = reading.bulk > HEAVY
        outputs = not (bulky and clear_outputs)
        put_right = partial(mend_notebook, home, source, name, released, outputs)
        for note in notes + restore(reading.notebook, released):
            if note == OWN_CELLS:
                yield Finding(name, note)
            else:
                yield Finding(name, note, put_right, touches)
        if bulky:
            what = f"{reading.bulk / 1e6:.0f} MB of outputs."
            if clear_outputs:
                yield Finding(name, what, put_right, touches)
            else:
                yield Finding(name, f"{what} `--clear-outputs` empties them; your code stays.")
        open_here: list[str] = []
        yield from examine_answers(name, reading.notebook, stubs_of(released), open_here)
        if open_here:
            todos[name] = open_here


def mend_notebook(folder: Path, source: str, name: str, released: Any, outputs: bool) -> None:
    """Write a notebook in order and under its name."""
    with (folder / source).open("rb") as file:
        notebook = read_notebook(file, outputs).notebook
    restore(notebook, released)
    write_notebook(notebook, folder / name)
    if source != name:
        (folder / source).unlink()


def examine_answers(
    name: str, notebook: NotebookNode, stubs: dict[str, str], todos: list[str]
) -> Iterator[Finding]:
    """Yield the syntax errors of a notebook's answers; add what is open to `todos`.

    Args: stubs: grade id -> what was released, which in a debugging task raises nothing.
    """
    for cell in notebook.cells:
        mark = cell.metadata.get("nbgrader", {})
        if not mark.get("solution"):
            continue
        if cell.source.strip() in ("", NO_ANSWER):
            todos.append(mark["grade_id"])
        if cell.cell_type == "code":
            untouched = cell.source.strip() == stubs.get(mark["grade_id"])
            todos += (TODO_LINE if untouched else TODO).findall(cell.source)
            error = syntax_error(cell.source)
            if error and not re.search(r"^\s*[%!]", cell.source, re.MULTILINE):
                answer = called({"source": cell.source, "nbgrader": mark})
                yield Finding(name, f"{answer}, {error}")


def examine_module(
    folder: Path, module: str, released: str, diagnosis: Diagnosis
) -> Iterator[Finding]:
    """Yield what would hurt in a module; note in the diagnosis what is open in it."""
    path, loose = folder / module, folder / Path(module).name
    if not path.is_file():
        found = renamed(folder, path)
        if found:
            move = partial(copy_file, found, path)
            yield Finding(module, f"is named {found.name}.", move)
        elif loose.is_file():
            copy = partial(copy_file, loose, path)
            yield Finding(module, f"lies at {loose.name}, beside the notebooks.", copy)
        else:
            yield Finding(module, f"is missing. {AGAIN}")
        return
    text, encoding = decode(path.read_bytes())
    if encoding != "utf-8":
        write = partial(write_text, path, text)
        yield Finding(module, f"saved as {encoding}, not as plain UTF-8.", write, [module])
    error = syntax_error(text) or missing_import(text)
    if error:
        yield Finding(module, error)
    todos = TODO.findall(text)
    if fingerprint(text) == released:
        written = [it for it in (renamed(folder, path), loose) if it and is_written(it, released)]
        if written:
            copy = partial(copy_file, written[0], path)
            yield Finding(module, f"is as released; yours is {written[0].name}.", copy, [module])
        else:
            diagnosis.untouched.append(module)
    elif todos:
        diagnosis.todos[module] = todos


def examine_imports(folder: Path, modules: Iterable[str]) -> Iterator[Finding]:
    """Yield the modules that import files of the student's own which grading can't take along."""
    paths = [path for pattern in ("*.py", "*/*.py") for path in folder.glob(pattern)]
    given = {*modules, f"{PACKAGE}/__init__.py"}
    others = {it.relative_to(folder).as_posix() for it in paths} - given

    def read(name: str) -> str:
        return decode((folder / name).read_bytes())[0]

    sources = [(it, read(it)) for it in modules if (folder / it).is_file()]
    for said in own_files(sources, others, read)[1]:
        importer, _, what = said.partition(" ")
        yield Finding(importer, what)
    for name in filter(is_installed, sorted(others)):
        yield Finding(name, "is not what grading imports by this name: give it another one.")


def is_written(path: Path, released: str) -> bool:
    """Whether a module is there and no longer as it was released."""
    return path.is_file() and fingerprint(decode(path.read_bytes())[0]) != released


def renamed(folder: Path, path: Path) -> Path | None:
    """Return the one file that must be this module under another name, or None."""
    places = [it for place in {folder, path.parent} if place.is_dir() for it in place.iterdir()]
    found = [it for it in places if it.name != path.name and plain_name(it.name) == path.name]
    return found[0] if len(found) == 1 and found[0].is_file() else None


def examine_carried(folder: Path, manifest: dict[str, Any]) -> Iterator[Finding]:
    """Yield the modules of the assignment before that are still to be copied from its folder.

    The folders of fetched assignments lie side by side.
    """
    before = manifest.get("after", "")
    for module in manifest.get("carried", []):
        path, own = folder / module, folder.parent / before / module
        released = manifest["modules"][module]
        if not path.is_file() or is_written(path, released):
            continue
        if is_written(own, released):
            copy = partial(copy_file, own, path)
            yield Finding(module, f"is as released; yours is in {before}.", copy, [module])
        elif own.is_file():
            yield Finding(
                module,
                f"is as released, and so is the one in {before} beside this folder. Write it there "
                "or here, or save it where you have written it.",
            )
        else:
            yield Finding(
                module,
                f"is as released. You wrote it in {before}: copy it from there, or put that folder "
                f"beside this one, as {folder.parent / before}.",
            )


def copy_file(source: Path, path: Path) -> None:
    replace_file(path, lambda file: file.write(source.read_bytes()))


def syntax_error(source: str) -> str:
    """Return where and why a text is no Python, or ""."""
    if has_merge_conflict(source):
        return MERGE_CONFLICT
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(source)
    except SyntaxError as error:
        return f"line {error.lineno}: {error.msg}."
    except (ValueError, RecursionError, MemoryError) as error:
        return f"Python can't read it: {error}."
    return ""


def missing_import(source: str) -> str:
    """Return where a module imports a package that is not there, or ""."""
    for statement in ast.parse(source).body:
        names = []
        if isinstance(statement, ast.Import):
            names = [it.name for it in statement.names]
        elif isinstance(statement, ast.ImportFrom) and not statement.level:
            names = [statement.module or ""]
        for package in (it.partition(".")[0] for it in names):
            known = package in (*sys.modules, *environment.NEEDED, *environment.REFERENCE_ONLY)
            if not known and importlib.util.find_spec(package) is None:
                return f"line {statement.lineno}: there is no package {package} to import."
    return ""


def examine_files(folder: Path) -> Iterator[Finding]:
    """Yield the links, and the files and folders that are too large to hand in."""
    total = 0
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(it for it in folders if not is_left_out(it))
        for name in sorted(files):
            path = Path(root, name)
            file = path.relative_to(folder).as_posix()
            if path.is_symlink():
                yield Finding(file, "is a link, and grading refuses links: put the file there.")
                continue
            size = path.stat().st_size
            total += size
            if size > HUB_LIMIT:
                yield Finding(
                    file, f"has {size / 1e6:.0f} MB: nbgrader leaves it out. Move it elsewhere."
                )
            elif size > HEAVY and path.suffix != ".ipynb":
                yield Finding(file, f"has {size / 1e6:.0f} MB and grading does not need it.")
    if total > HUB_LIMIT:
        yield Finding(
            "this folder", f"has {total / 1e6:.0f} MB, and a hub may take {HUB_LIMIT / 1e6:.0f} MB."
        )


def examine_environment() -> Iterator[Finding]:
    """Yield what is wrong with Python and the packages."""
    lowest, highest = PYTHONS
    if not lowest <= sys.version_info[:2] <= highest:
        yield Finding("Python", "this exercise needs 3.10 to 3.13: see README, For students.")
    for package in environment.look():
        if package.problem and package.name not in environment.REFERENCE_ONLY:
            yield Finding(package.name, package.problem)
