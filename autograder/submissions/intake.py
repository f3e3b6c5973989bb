"""Take a submission in: the release, with the student's answers and modules in their places."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell
from nbgrader.utils import is_solution

from autograder.cells import checked_exercise, is_check_cell, is_graded_by_hand
from autograder.own_notebooks import read_own, write_own
from autograder.page import render
from autograder.paths import Course, read_manifest, student_modules
from autograder.sandbox.plain_text import plain
from autograder.submissions.answers import clean_answer, clean_pictures, fence
from autograder.submissions.collect import refused_of
from autograder.submissions.files import (
    UNREADABLE,
    Entry,
    FileOpener,
    Refusal,
    Refused,
    folder_entries,
    names_below,
    one_of_a_name,
    shown,
)
from autograder.submissions.own_files import own_files_in, take_own_files
from autograder.submissions.times import TIMESTAMP, read_time, stamp
from autograder.submissions.unpack import KEPT, MOST_BYTES
from autograder.targets import target_of
from exercise_lib.doctor.reading import (
    Reading,
    Unreadable,
    decode,
    read_notebook,
)
from exercise_lib.doctor.released import (
    find_notebooks,
    fingerprint,
    grade_id,
    outline,
    plain_name,
    restore,
)
from exercise_lib.files.names import MANIFEST

NOTICE = "intake-notice"  # the id of the cell that tells the student what was repaired
MODULES = "student-modules"  # the id of the cell that shows them to who grades by hand
MOST_SHOWN = 100_000  # characters of a module
MISSING = "is missing"
SEVERAL = "is there {} times, each with another text, and none is guessed"
MOST_NAMED = 10  # files that are not used
MOST_MOVED = 2  # modules that are named, each with the place it was found at
MOST_REPAIRS = 100  # sentences on one submission
MOST_OF_A_NAME = 20  # files that are read to find the one module of that name


def take_in(course: Course, student: str) -> list[str]:
    """Write `intake/<student>/<assignment>` from `submitted/...`; return what had to be repaired.

    Every notebook, check and given file is the release's. Of the submission come the sources of
    the answer cells, found by their grade ids, and the student's modules. Links are not followed,
    and of a large notebook the outputs are not read.
    """
    submitted, taken = course.step("submitted", student), start_from_release(course, student)
    entries, refused = folder_entries(submitted)
    entries, same = one_of_a_name(entries)
    entries, large = small_enough(entries)
    files = {it.path: it for it in sorted(entries, key=lambda it: (it.path.count("/"), it.path))}
    repairs = refused_of(course, student) + [str(it) for it in [*refused, *same, *large]]
    on_modules: list[str] = []
    manifest = read_manifest(course.release)
    carried = manifest.get("carried", [])
    modules = {
        it: take_module(it, files, taken, on_modules, it in carried) for it in manifest["modules"]
    }
    earlier = carry_modules_over(course, student, taken, on_modules)
    readings, paths = read_notebooks(files, repairs)
    unreadable = [UNREADABLE, *repairs]
    notebooks = take_notebooks(course, readings, taken, modules, repairs)
    repairs += [*taken_from(modules), *on_modules]
    used = {*modules.values(), *(paths[it] for it in notebooks)} - {""}
    given = set(names_below(course.release))
    found = {paths[it] for it in notebooks}
    used |= take_own_files(taken, files, modules, found, given, earlier, repairs)
    extra = [it for it in entries if it.suffix in (".py", ".ipynb")]
    others = [it for it in extra if it.path not in used | given]
    unused = sorted(it.path for it in others if not is_copy(it, course.release, given))
    on_unused = [f"{shown(path)} is not used." for path in unused[:MOST_NAMED]]
    if len(unused) > MOST_NAMED:
        on_unused.append(f"{len(unused) - MOST_NAMED} other files are not used.")
    repairs += on_unused
    own = any(path for module, path in modules.items() if module not in carried)
    other = "" if notebooks or own else other_assignment(course, readings)
    if other:
        repairs = [f"{UNREADABLE} It is the work on {other}: hand in {course.assignment}."]
    elif not used:
        repairs = unreadable + on_unused
    for name in KEPT:
        if name in files:
            (taken / name).write_bytes(read(files[name]))
    check_timestamp(taken / TIMESTAMP, repairs)
    if len(repairs) > MOST_REPAIRS:
        repairs[MOST_REPAIRS:] = [f"{len(repairs) - MOST_REPAIRS} more of the kind."]
    add_notices(taken, repairs)
    return repairs


def check_timestamp(path: Path, repairs: list[str]) -> None:
    """Write a hand-in time as nbgrader reads it; what is none is left out."""
    if not path.exists():
        return
    time = read_time(path.read_text(encoding="utf-8", errors="replace"))
    if time:
        path.write_text(stamp(time), encoding="utf-8")
    else:
        path.unlink()
        repairs.append(f"{path.name} is no date: it does not count.")


def other_assignment(course: Course, readings: Mapping[str, Reading]) -> str:
    """Return the assignment of the course that has most of these notebooks, or ""."""
    found = {name: it.notebook for name, it in readings.items()}
    fitting = {
        folder.name: len(find_notebooks(read_manifest(folder)["notebooks"], found))
        for folder in course.release.parent.glob("*/")
        if folder != course.release and (folder / MANIFEST).exists()
    }
    best = max(fitting, key=lambda it: fitting[it], default="")
    return best if fitting.get(best) else ""


def start_from_release(course: Course, student: str) -> Path:
    """Write `intake/<student>/<assignment>` anew: the notebooks and modules as released."""
    taken = course.step("intake", student)
    shutil.rmtree(taken, ignore_errors=True)
    notebooks = [path.name for path in course.release.glob("*.ipynb")]
    for name in [*notebooks, *student_modules(course.release)]:
        (taken / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(course.release / name, taken / name)
    return taken


def carry_modules_over(
    course: Course, student: str, taken: Path, repairs: list[str]
) -> list[Entry]:
    """Take the modules of the assignment before that this submission does not change.

    Then the student's own earlier submission counts, as it was taken in. Of one that is not
    written there either, nothing is said: its checks do.

    Returns: the files of the student's own that were taken along there.
    """
    manifest = read_manifest(course.release)
    as_released = [
        module
        for module in manifest.get("carried", [])
        if (taken / module).read_bytes() == (course.release / module).read_bytes()
    ]
    if not as_released:
        return []
    before = course.other(manifest["after"])
    handed_in = before.step("submitted", student).is_dir() and before.release.is_dir()
    if handed_in:
        take_in(before, student)
    for module in as_released:
        if not handed_in:
            repairs.append(
                f"{module} is as released, and there is no submission of {before.assignment} to "
                "take it from."
            )
            continue
        earlier = before.step("intake", student) / module
        if earlier.read_bytes() != (before.release / module).read_bytes():
            shutil.copyfile(earlier, taken / module)
            repairs.append(f"{module} was taken from the submission of {before.assignment}.")
    if not handed_in:
        return []
    folder = before.step("intake", student)
    own = own_files_in(folder, student_modules(before.release))
    return [Entry(it, FileOpener(folder, it)) for it in own]


def small_enough(entries: Iterable[Entry]) -> tuple[list[Entry], list[Refusal]]:
    """Return the entries grading may use, and refuse those of them that are too large."""
    fitting, refused = [], []
    for entry in entries:
        most = MOST_BYTES.get(entry.suffix)
        if most is None:
            continue
        try:
            with entry.open() as file:
                size = file.seek(0, 2)
            if size > most:
                raise Refused(f"it has {size / 1e6:.1f} MB, more than {most / 1e6:g} MB")
        except Refused as error:
            refused.append(Refusal(entry.path, str(error)))
        else:
            fitting.append(entry)
    return fitting, refused


def read(entry: Entry) -> bytes:
    with entry.open() as file:
        return file.read()


def take_notebooks(
    course: Course,
    readings: Mapping[str, Reading],
    taken: Path,
    modules: Iterable[str],
    repairs: list[str],
) -> set[str]:
    """Carry the answers over into the released notebooks in `taken`; return which were used.

    A notebook without any answer or check is left out: there is nothing in it to grade.
    """
    released = {path.name: read_own(path) for path in taken.glob("*.ipynb")}
    outlines = {name: outline(notebook) for name, notebook in sorted(released.items())}
    for name in [it for it in outlines if not any(map(grade_id, released[it].cells))]:
        (taken / name).unlink()
        del outlines[name]
    names = find_notebooks(outlines, {name: it.notebook for name, it in readings.items()})
    for name, parts in outlines.items():
        if name not in names:
            repairs.append(f"{name} is missing or can't be read: it counts as not written.")
            continue
        source = names[name]
        reading = readings[source]
        if source != name:
            repairs.append(f"{name} was taken from {shown(source)}, which has its cells.")
        repairs += [f"{name}: {note}." for note in reading.notes]
        repairs += [f"{name}: {note}" for note in restore(reading.notebook, parts)]
        carry_over(reading.notebook, released[name])
        show_modules(course, released[name], taken, modules)
        write_own(released[name], taken / name)
    return set(names.values())


def read_notebooks(
    files: dict[str, Entry], repairs: list[str]
) -> tuple[dict[str, Reading], dict[str, str]]:
    """Return the submitted notebooks and their paths, by name, or by path where that is taken."""
    readings, paths = {}, {}
    for path, entry in files.items():
        if entry.suffix != ".ipynb":
            continue
        name = path if entry.name in readings else entry.name
        try:
            with entry.open() as file:
                readings[name] = read_notebook(file)
            paths[name] = path
        except Exception as error:  # an odd part of one notebook costs that notebook alone
            reason = error if isinstance(error, (Unreadable, Refused)) else type(error).__name__
            repairs.append(f"{shown(path)} can't be read ({reason}).")
    return readings, paths


def carry_over(submitted: NotebookNode, released: NotebookNode) -> None:
    """Put the submitted answers into the released notebook: text, and pictures pasted into it."""
    answers = {grade_id(cell): cell for cell in submitted.cells}
    for cell in filter(is_solution, released.cells):
        answer = answers[grade_id(cell)]
        cell.source = answer.source
        if cell.cell_type == "markdown":
            pictures = clean_pictures(answer.get("attachments"))
            cell.source = clean_answer(answer.source, pictures)
            if pictures:
                cell.attachments = nbformat.from_dict(pictures)


def show_modules(
    course: Course, notebook: NotebookNode, taken: Path, modules: Iterable[str]
) -> None:
    """Put a cell with the modules that a notebook checks below its last answer graded by hand.

    So formgrader shows them, and the feedback page as well.
    """
    by_hand = [i for i, it in enumerate(notebook.cells) if is_graded_by_hand(it)]
    if not by_hand:
        return
    exercises = map(checked_exercise, filter(is_check_cell, notebook.cells))
    checked = {target_of(it, course.references).module for it in exercises}
    shown = [it for it in modules if it in checked]
    if shown:
        texts = [(taken / it).read_text(encoding="utf-8", errors="replace") for it in shown]
        fenced = [
            f"`{name}`\n\n{fence_code(text)}" for name, text in zip(shown, texts, strict=True)
        ]
        source = "\n\n".join(["**The code that was handed in with this notebook**", *fenced])
        notebook.cells.insert(by_hand[-1] + 1, new_markdown_cell(source, id=MODULES))


def fence_code(code: str) -> str:
    """Return a module as a block of markdown, cut where it is too long to be shown."""
    return fence(plain(code[:MOST_SHOWN]).rstrip(), "python")


def take_module(
    module: str, files: Mapping[str, Entry], taken: Path, repairs: list[str], carried: bool = False
) -> str:
    """Put a student's module in its place as UTF-8; return the path it was found at, or "".

    Args: carried: whether a missing one comes from the assignment before.
    """
    path, why = find_module(module, files, (taken / module).read_bytes())
    if not path:
        if not (carried and why == MISSING):
            repairs.append(f"{module} {why}: it counts as not written.")
        return ""
    data = read(files[path])
    text, encoding = decode(data)
    if encoding != "utf-8":
        repairs.append(f"{module}: saved as {encoding}, not as plain UTF-8: converted.")
        data = text.encode(errors="replace")
    (taken / module).write_bytes(data)
    return path


def taken_from(modules: Mapping[str, str]) -> list[str]:
    """Return where modules were found; of several that only lie in another folder, how many.

    Args: modules: module -> the path it was found at, or "".
    """
    moved = {module: path for module, path in modules.items() if path not in ("", module)}
    same = [it for it, path in moved.items() if Path(path).name == Path(it).name]
    if len(same) <= MOST_MOVED:
        same = []
    said = [f"{it} was taken from {shown(moved[it])}." for it in moved if it not in same]
    if same:
        said.append(f"{len(same)} modules, {same[0]} for one, were taken from another folder.")
    return said


def is_copy(entry: Entry, release: Path, given: Iterable[str]) -> bool:
    """Whether a module is a copy, in another place, of a file as it was released."""
    same = [release / it for it in given if Path(it).name == entry.name]
    if not same or entry.suffix != ".py":
        return False
    text = content(read(entry))
    return any(text == content(it.read_bytes()) for it in same)


def find_module(module: str, files: Mapping[str, Entry], released: bytes) -> tuple[str, str]:
    """Return the path of the file that must be a module, or "" and why there is none.

    The nearest name counts, but no file that is as released where another one is not.
    """
    name = Path(module).name
    near = [
        [it for it in files if it == module],
        [it for it in files if it.endswith(f"/{module}")],
        [it for it, entry in files.items() if entry.name == name],
        [it for it, entry in files.items() if plain_name(entry.name) == name],
    ]
    stub, as_released = "", content(released)
    for paths in near:
        if len(paths) > MOST_OF_A_NAME:
            return "", SEVERAL.format(len(paths))
        texts = {content(read(files[it])): it for it in reversed(paths)}
        unwritten = texts.pop(as_released, "")
        stub = stub or unwritten
        if texts:
            [(_, path), *others] = texts.items()
            return ("", SEVERAL.format(len(paths))) if others else (path, "")
    return stub, "" if stub else MISSING


def content(data: bytes) -> str:
    """Return what tells a text from another one, however it was saved."""
    return fingerprint(decode(data)[0].replace("\r\n", "\n"))


def add_notices(taken: Path, repairs: list[str]) -> None:
    """Put a cell on top of each notebook that tells its repairs; the first one tells the others."""
    paths = sorted(taken.glob("*.ipynb"))
    names = [path.name for path in paths]
    of_none = [it for it in repairs if not it.startswith(tuple(names))]
    for index, path in enumerate(paths):
        own = [it for it in repairs if it.startswith(path.name)] + (of_none if index == 0 else [])
        if own:
            notebook = read_own(path)
            notice = new_markdown_cell(render("notice.html.j2", repairs=own), id=NOTICE)
            notebook.cells.insert(0, notice)
            write_own(notebook, path)
