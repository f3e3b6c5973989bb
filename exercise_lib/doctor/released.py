"""What a released notebook holds, and how a student's notebook is put back in that order."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from nbformat import NotebookNode

from exercise_lib.doctor.needed import OtherCells
from exercise_lib.doctor.reading import NEW_CELL
from exercise_lib.files.names import SECOND_SUFFIX

Outline = list[Any]  # of each cell: its fingerprint, or all that matters of an answer or a check
OWN_CELLS = "cells of one's own are not run, but for what answers use of them."
ADDED = re.compile(r"^[0-9]+_|[ _]?\([0-9]+\)$|[ _]*-(?: ?copy)?[ 0-9]*$")
DEFINED = re.compile(r"^(?:def|class) (\w+)", re.MULTILINE)
TODO = re.compile(r"\bTODO [0-9]+\.[0-9]+[a-z]?")
CHECKED = re.compile(r"""^check\(["']([\w.]+)["']""", re.MULTILINE)


def fingerprint(text: str) -> str:
    """Return six characters that tell a text from the others of one assignment."""
    return hashlib.sha256(text.strip().encode(errors="replace")).hexdigest()[:6]


def outline(notebook: NotebookNode) -> Outline:
    """Return what has to be known of a released notebook to mend a student's copy of it."""
    return [
        {
            "type": cell.cell_type,
            "source": cell.source,
            "nbgrader": {k: v for k, v in cell.metadata.nbgrader.items() if k != "checksum"},
        }
        if grade_id(cell)
        else fingerprint(cell.source)
        for cell in notebook.cells
    ]


def grade_id(cell: NotebookNode) -> str:
    """Return the grade id of an answer or a check, "" of any other cell."""
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def released_id(part: Any) -> str:
    """Return the grade id of a part of an outline, "" of a given cell."""
    return "" if isinstance(part, str) else part["nbgrader"]["grade_id"]


def is_answer(part: Any) -> bool:
    """Whether a part of an outline is an answer."""
    return bool(released_id(part) and part["nbgrader"]["solution"])


def called(part: Any) -> str:
    """Return what a student calls an answer or a check: by its TODO, function or exercise."""
    source = part["source"]
    if not part["nbgrader"]["solution"]:
        found = CHECKED.search(source)
        return f"the check {found[1] if found else released_id(part)}"
    if found := TODO.search(source):
        return f"the answer of {found[0]}"
    return f"the answer {', '.join(DEFINED.findall(source)) or released_id(part)}"


def find_notebooks(
    outlines: Mapping[str, Outline], found: Mapping[str, NotebookNode]
) -> dict[str, str]:
    """Return released name -> name in `found`, by name or else by the most cells in common.

    A notebook with no answer in it does not count beside a copy of it, by the name, that has some.
    """
    names = {name: name for name in outlines if name in found}
    others = [name for name in found if name not in outlines]
    for name in names:
        if is_unanswered(found[name], outlines[name]):
            copies = [it for it in others if plain_name(it.rpartition("/")[2]) == plain_name(name)]
            answered = [it for it in copies if not is_unanswered(found[it], outlines[name])]
            answered = [it for it in answered if likeness(found[it], outlines[name])]
            names[name] = answered[0] if len(answered) == 1 else name
    for name in outlines.keys() - names.keys():
        shared = {it: likeness(found[it], outlines[name]) for it in others}
        best = max(shared, key=lambda it: shared[it], default=None)
        if best is not None and shared[best]:
            names[name] = best
    return names


def is_unanswered(notebook: NotebookNode, released: Outline) -> bool:
    """Whether every answer of a released notebook is there as it was released."""
    stubs = stubs_of(released)
    marked = [(grade_id(it), it.source.strip()) for it in notebook.cells if grade_id(it) in stubs]
    as_released = all(source == stubs[name] for name, source in marked)
    return bool(stubs) and as_released and {name for name, _ in marked} == stubs.keys()


def stubs_of(released: Outline) -> dict[str, str]:
    """Return the answers as they were released, by their grade ids."""
    return {released_id(it): it["source"].strip() for it in released if is_answer(it)}


def likeness(notebook: NotebookNode, released: Outline) -> int:
    """Return how many graded cells a notebook shares with a release; or, none, given cells.

    Half of the given cells are wanted then: the first cells of all notebooks are much the same.
    """
    ids = {released_id(part) for part in released} - {""}
    given = {part for part in released if isinstance(part, str)}
    graded = len(ids & {grade_id(cell) for cell in notebook.cells})
    shared = len(given & {fingerprint(cell.source) for cell in notebook.cells})
    return graded or (shared if 2 * shared > len(given) else 0)


def is_notebook(name: str) -> bool:
    """Whether a file has a notebook's suffix, also with another one behind it."""
    return SECOND_SUFFIX.sub(r"\1", name).endswith(".ipynb")


@lru_cache(4096)  # a submission's names are asked for once for each module
def plain_name(name: str) -> str:
    """Return a file's name without what browsers, systems and course sites add to it."""
    stem, dot, suffix = SECOND_SUFFIX.sub(r"\1", name.casefold()).rpartition(".")
    return ADDED.sub("", stem) + dot + suffix


def restore(notebook: NotebookNode, released: Outline) -> list[str]:
    """Put a student's notebook in order: every answer and check once, checks as released.

    Returns: what was done, a sentence each.
    """
    unmarked = [cell for cell in notebook.cells if not grade_id(cell)]
    notes = join_parts(notebook, released)
    notes += unmark_strays(notebook, released)
    marked = {grade_id(it): it for it in notebook.cells}
    for index, part in enumerate(released):
        name = released_id(part)
        if not name:
            continue
        kind = "answer" if part["nbgrader"]["solution"] else "check"
        cell = marked.get(name)
        if cell is None:
            cell, how = find_unmarked(notebook, released, index)
            if cell is None and (merged := find_merged(notebook, part)):
                cell, how = NEW_CELL[part["type"]](merged.source), "was merged: read from there"
                notebook.cells.insert(notebook.cells.index(merged) + 1, cell)
            notes.append(f"{called(part)} {how}.")
            if cell is None:
                cell = NEW_CELL[part["type"]](part["source"])
                notebook.cells.insert(place_of(notebook, released, index), cell)
            cell.metadata["nbgrader"] = NotebookNode(part["nbgrader"])
        elif kind == "check" and cell.source != part["source"]:
            notes.append(f"{called(part)} was changed: the released one is used.")
        if kind == "check":
            cell.source = part["source"]
        if cell.cell_type != part["type"]:
            notes.append(f"{called(part)} was a {cell.cell_type} cell: read as {part['type']}.")
            notebook.cells[notebook.cells.index(cell)] = NEW_CELL[part["type"]](
                cell.source, metadata=cell.metadata, id=cell.id
            )
    given = {it if isinstance(it, str) else fingerprint(it["source"]) for it in released}
    own = [it for it in unmarked if it.cell_type == "code" and not grade_id(it)]
    own = [it for it in own if it.source.strip() and fingerprint(it.source) not in given]
    notes += take_along(notebook, released, own)
    if own:
        notes.append(OWN_CELLS)
    return notes


def take_along(notebook: NotebookNode, released: Outline, own: list[NotebookNode]) -> list[str]:
    """Put what answers use of own cells into them; return what was done."""
    notes = []
    answers = {released_id(it): called(it) for it in released if is_answer(it)}
    given = [it.source for it in notebook.cells if it.cell_type == "code" and it not in own]
    others = OtherCells((it.source for it in own), given)
    for cell in notebook.cells if own else []:
        is_code = cell.cell_type == "code" and grade_id(cell) in answers
        if is_code and (lines := others.needed(cell.source)):
            cell.source = "\n".join([*lines, "", cell.source])
            notes.append(
                f"{answers[grade_id(cell)]} uses other cells: {len(lines)} statements of "
                "them are taken along."
            )
    return notes


def join_parts(notebook: NotebookNode, released: Outline) -> list[str]:
    """Make one cell of an answer's parts, and put empty and unsolved copies away.

    A cell that is split gives its mark to both halves. Copies that each define all that the
    release does are no parts.
    """
    notes = []
    for part in filter(is_answer, released):
        name, stub = released_id(part), part["source"]
        copies = [it for it in notebook.cells if grade_id(it) == name]
        idle = ("", stub.strip())
        written = [it for it in copies if it.source.strip() not in idle]
        if len(copies) < 2 or not written:
            continue
        for cell in copies:
            if cell not in written:
                notebook.cells.remove(cell)
        if len(written) < len(copies):
            notes.append(f"{called(part)}: empty or unsolved copies do not count.")
        first = notebook.cells.index(written[0])
        parts = written[:1]
        while notebook.cells[first + len(parts) :][:1] == written[len(parts) :][:1] != []:
            parts.append(written[len(parts)])
        names = set(DEFINED.findall(stub))
        whole = [it for it in parts if names and names <= set(DEFINED.findall(it.source))]
        if len(parts) > 1 and len(whole) < 2:
            written[0].source = "\n".join(it.source for it in parts)
            del notebook.cells[first + 1 : first + len(parts)]
            notes.append(f"{called(part)} was split: its {len(parts)} parts count together.")
    return notes


def find_merged(notebook: NotebookNode, part: Any) -> NotebookNode | None:
    """Return the one answer that defines what this missing answer should, or None."""
    names = set(DEFINED.findall(part["source"]))
    answers = [it for it in notebook.cells if it.metadata.get("nbgrader", {}).get("solution")]
    fitting = [it for it in answers if names and names <= set(DEFINED.findall(it.source))]
    return fitting[0] if len(fitting) == 1 else None


def unmark_strays(notebook: NotebookNode, released: Outline) -> list[str]:
    """Take the marks of nbgrader off second copies and cells of no exercise; return the copies."""
    ids = [grade_id(cell) for cell in notebook.cells]
    known = {released_id(part) for part in released}
    seen: set[str] = set()
    for cell, name in zip(notebook.cells, ids, strict=True):
        if not name or name in seen or name not in known:
            cell.metadata.pop("nbgrader", None)
        seen.add(name)
    return [
        f"{called(it)} is there {ids.count(released_id(it))} times: the first one counts."
        for it in released
        if released_id(it) and ids.count(released_id(it)) > 1
    ]


def find_unmarked(
    notebook: NotebookNode, released: Outline, index: int
) -> tuple[NotebookNode | None, str]:
    """Return the one cell that must be this answer or check without its mark, and what to say.

    A check is known by its text, an answer in code by the functions it defines, one in words by
    the cell above it. Where more than one cell would fit, none is taken.
    """
    part = released[index]
    given = {it for it in released if isinstance(it, str)}
    cells = [it for it in notebook.cells if not grade_id(it) and it.cell_type == part["type"]]
    if not part["nbgrader"]["solution"]:
        fitting = [it for it in cells if it.source.strip() == part["source"].strip()][:1]
    else:
        names = set(DEFINED.findall(part["source"]))
        fitting = [
            it
            for it in cells
            if names <= set(DEFINED.findall(it.source))
            and it.source.strip()
            and fingerprint(it.source) not in given
        ]
        if not names or len(fitting) > 1:
            ids = {it.id for it in fitting}
            pairs = zip(notebook.cells, notebook.cells[1:], strict=False)
            in_place = [
                cell
                for above, cell in pairs
                if cell.id in ids and index and is_copy(above, released[index - 1])
            ]
            fitting = in_place if in_place or not names else fitting
    if len(fitting) == 1:
        return fitting[0], "had lost its mark (nbgrader's metadata): found by its content"
    if fitting:
        return (
            None,
            "has lost its mark, and more than one cell could be it: it counts as not written",
        )
    return None, "was deleted: " + (
        "it counts as not written" if is_answer(part) else "the released one is used"
    )


def is_copy(cell: NotebookNode, part: Any) -> bool:
    """Whether a cell is a student's copy of this part of an outline."""
    if isinstance(part, str):
        return fingerprint(cell.source) == part
    return grade_id(cell) == released_id(part)


def place_of(notebook: NotebookNode, released: Outline, index: int) -> int:
    """Return where a missing cell belongs: below the copy of what is above it in the release."""
    for part in reversed(released[:index]):
        for place, cell in enumerate(notebook.cells):
            if is_copy(cell, part):
                return place + 1
    return 0
