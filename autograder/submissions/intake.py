"""Take a submission in: the release, with the student's answers and modules in their places."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell
from nbgrader.utils import is_grade, is_solution, parse_utc

from autograder.cells import checked_exercise, is_check_cell
from autograder.page import render
from autograder.paths import Course, read_manifest, student_modules
from autograder.sandbox.plain_text import plain
from autograder.submissions.answers import clean_answer, clean_pictures, fence
from autograder.submissions.collect import refused_of
from autograder.submissions.files import (
    Entry,
    Refusal,
    Refused,
    folder_entries,
    one_of_a_name,
    shown,
)
from autograder.submissions.unpack import KEPT, MOST_BYTES, SECRET
from autograder.targets import target_of
from exercise_lib.doctor.reading import (
    Reading,
    Unreadable,
    decode,
    read_notebook,
    write_notebook,
)
from exercise_lib.doctor.released import find_notebooks, grade_id, outline, plain_name, restore

NOTICE = "intake-notice"  # the id of the cell that tells the student what was repaired
MODULES = "student-modules"  # the id of the cell that shows them to who grades by hand
MOST_SHOWN = 100_000  # characters of a module
UNREADABLE = "Nothing could be read: there is no notebook and no module of this assignment."
MOST_NAMED = 10  # files that are not used


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
    modules = student_modules(course.release)
    used = {take_module(it, files, taken, on_modules) for it in modules}
    carry_modules_over(course, student, taken, on_modules)
    used |= take_notebooks(course, files, taken, repairs)
    repairs += on_modules
    if not used - {""}:
        repairs.insert(0, UNREADABLE)
    for name in filter(files.__contains__, KEPT):
        data = read(files[name])
        if name != SECRET and not is_date(data):
            repairs.append(f"{name} holds no date: it is not known when this was handed in.")
            data = b""
        (taken / name).write_bytes(data)
    given = {path.relative_to(course.release).as_posix() for path in course.release.rglob("*")}
    extra = [it for it in entries if it.suffix in (".py", ".ipynb")]
    unused = sorted(it.path for it in extra if it.path not in used | given)
    repairs += [f"{shown(path)} is not used." for path in unused[:MOST_NAMED]]
    if len(unused) > MOST_NAMED:
        repairs.append(f"{len(unused) - MOST_NAMED} other files are not used.")
    add_notices(taken, repairs)
    return repairs


def start_from_release(course: Course, student: str) -> Path:
    """Write `intake/<student>/<assignment>` anew from the release, but for the data.

    nbgrader brings those itself.
    """
    taken = course.step("intake", student)
    shutil.rmtree(taken, ignore_errors=True)
    shutil.copytree(course.release, taken, ignore=shutil.ignore_patterns("data"))
    return taken


def carry_modules_over(course: Course, student: str, taken: Path, repairs: list[str]) -> None:
    """Take the modules of the assignment before that this submission does not change.

    Then the student's own earlier submission counts, as it was taken in.
    """
    manifest = read_manifest(course.release)
    as_released = [
        module
        for module in manifest.get("carried", [])
        if (taken / module).read_bytes() == (course.release / module).read_bytes()
    ]
    if not as_released:
        return
    before = course.other(manifest["after"])
    handed_in = before.step("submitted", student).is_dir() and before.release.is_dir()
    if handed_in:
        take_in(before, student)
    for module in as_released:
        missing = f"{module} is missing: graded as released."
        if missing in repairs:
            repairs.remove(missing)
        if handed_in:
            shutil.copyfile(before.step("intake", student) / module, taken / module)
            repairs.append(f"{module} was taken from the submission of {before.assignment}.")
        else:
            repairs.append(
                f"{module} is as released, and there is no submission of {before.assignment} to "
                "take it from."
            )


def take_release(course: Course, student: str) -> None:
    """Write `intake/<student>/<assignment>` as if only the released files had been handed in."""
    for path in course.release.rglob("*.ipynb"):
        shutil.copyfile(path, course.step("intake", student) / path.name)
    for module in student_modules(course.release):
        shutil.copyfile(course.release / module, course.step("intake", student) / module)


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


def is_date(data: bytes) -> bool:
    """Whether nbgrader can read the time of handing in from this."""
    try:
        parse_utc(data.decode().strip())
    except Exception:  # whatever a parser of dates makes of what is none, also year 9999 at -1400
        return False
    return True


def read(entry: Entry) -> bytes:
    with entry.open() as file:
        return file.read()


def take_notebooks(
    course: Course, files: dict[str, Entry], taken: Path, repairs: list[str]
) -> set[str]:
    """Carry the answers over into the released notebooks in `taken`; return the paths used.

    A notebook without any answer or check is left out: there is nothing in it to grade.
    """
    readings, paths = read_notebooks(files, repairs)
    released = {path.name: nbformat.read(path, as_version=4) for path in taken.glob("*.ipynb")}
    outlines = {name: outline(notebook) for name, notebook in sorted(released.items())}
    for name in [it for it in outlines if not any(map(grade_id, released[it].cells))]:
        (taken / name).unlink()
        del outlines[name]
    names = find_notebooks(outlines, {name: it.notebook for name, it in readings.items()})
    for name, parts in outlines.items():
        if name not in names:
            repairs.append(f"{name} is missing or unreadable: graded as released.")
            continue
        source = names[name]
        reading = readings[source]
        if source != name:
            repairs.append(f"{name} was taken from {shown(source)}, which has its cells.")
        repairs += [f"{name}: {note}." for note in reading.notes]
        repairs += [f"{name}: {note}" for note in restore(reading.notebook, parts)]
        carry_over(reading.notebook, released[name])
        show_modules(course, released[name], taken)
        write_notebook(released[name], taken / name)
    return {paths[it] for it in names.values()}


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


def show_modules(course: Course, notebook: NotebookNode, taken: Path) -> None:
    """Put a cell with the modules that a notebook checks below its last answer graded by hand.

    So formgrader shows them, and the feedback page as well.
    """
    by_hand = [i for i, it in enumerate(notebook.cells) if is_grade(it) and is_solution(it)]
    checked = map(checked_exercise, filter(is_check_cell, notebook.cells))
    modules = {target_of(it, course.references).module for it in checked}
    shown = [it for it in student_modules(course.release) if it in modules]
    if by_hand and shown:
        texts = [(taken / it).read_text(encoding="utf-8", errors="replace") for it in shown]
        fenced = [
            f"`{name}`\n\n{fence_code(text)}" for name, text in zip(shown, texts, strict=True)
        ]
        source = "\n\n".join(["**The code that was handed in with this notebook**", *fenced])
        notebook.cells.insert(by_hand[-1] + 1, new_markdown_cell(source, id=MODULES))


def fence_code(code: str) -> str:
    """Return a module as a block of markdown, cut where it is too long to be shown."""
    return fence(plain(code[:MOST_SHOWN]).rstrip(), "python")


def take_module(module: str, files: dict[str, Entry], taken: Path, repairs: list[str]) -> str:
    """Put a student's module in its place as UTF-8; return the path it was found at, or ""."""
    name = Path(module).name
    places = [it for it in files if it.endswith(f"/{module}")]
    places = places or [it for it, entry in files.items() if entry.name == name]
    if module not in files and not places:
        places = [it for it, entry in files.items() if plain_name(entry.name) == name]
    path = module if module in files else places[0] if len(places) == 1 else ""
    if not path:
        why = f"there are {len(places)} of that name" if places else "is missing"
        repairs.append(f"{module} {why}: graded as released.")
        return ""
    if path != module:
        repairs.append(f"{module} was taken from {shown(path)}.")
    data = read(files[path])
    text, encoding = decode(data)
    if encoding != "utf-8":
        repairs.append(f"{module}: saved as {encoding}, not as plain UTF-8: converted.")
        data = text.encode(errors="replace")
    (taken / module).write_bytes(data)
    return path


def add_notices(taken: Path, repairs: list[str]) -> None:
    """Put a cell on top of each notebook that tells its repairs; the first one tells the others."""
    paths = sorted(taken.glob("*.ipynb"))
    names = [path.name for path in paths]
    of_none = [it for it in repairs if not it.startswith(tuple(names))]
    for index, path in enumerate(paths):
        own = [it for it in repairs if it.startswith(path.name)] + (of_none if index == 0 else [])
        if own:
            notebook = nbformat.read(path, as_version=4)
            notice = new_markdown_cell(render("notice.html.j2", repairs=own), id=NOTICE)
            notebook.cells.insert(0, notice)
            write_notebook(notebook, path)
