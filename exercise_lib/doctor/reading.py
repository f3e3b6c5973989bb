"""Read notebooks and modules however they were saved: cut off, in another encoding, old, huge."""

from __future__ import annotations

import codecs
import io
import json
import mmap
import re
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import nbformat
from nbformat import NotebookNode
from nbformat.corpus.words import generate_corpus_id as random_cell_id
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell
from nbformat.validator import iter_validate

from exercise_lib.files import replace_file

Data = bytes | mmap.mmap  # of a file: a map costs no memory of its own

NEW_CELL = {"code": new_code_cell, "markdown": new_markdown_cell, "raw": new_raw_cell}
CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
MARK = re.compile(rb'["\[\]{}]')
BULKY = re.compile(rb'"(?:outputs|widgets)"')
OPENING = re.compile(rb"\s*:\s*([\[{])")
# Up to 1000 values of a list of lines, in one step; the repeats are bounded, for memory's sake.
LINES = re.compile(rb'(?:[^"\[\]{}]*"[^"\\]*(?:\\.[^"\\]*){0,99}"){0,1000}')
REST = b'], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
MOST_KEPT = 50_000_000  # bytes of a notebook without its outputs
MOST_VALUES = 500_000  # strings, lists and dicts that are kept: up to 500 bytes of memory each
MOST_CELLS = 2000
SMALL = 1_000_000  # bytes of a file that needs no care
MOST_REWRITTEN = 50_000_000  # bytes of a file that has to be copied before it can be read
ENCODINGS = {  # by a file's first bytes
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


class Unreadable(ValueError):
    """Nothing in this file can be read as a notebook; the message says why."""


@dataclass
class Reading:
    """A notebook in today's format, what was wrong with its file, and the bytes left out."""

    notebook: NotebookNode
    notes: list[str]
    bulk: int = 0  # bytes of outputs and widgets


def read_notebook(file: IO[bytes], outputs: bool = False) -> Reading:
    """Read a notebook from an open file, saving what can be saved.

    Args: outputs: whether to keep outputs; without them a file of any size takes little memory.

    Raises: Unreadable.
    """
    if file.seek(0, 2) == 0:
        raise Unreadable("the file is empty")
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return parse_notebook(data, outputs)


def parse_notebook(data: Data, outputs: bool = False) -> Reading:
    """Read a notebook from the bytes of its file; see `read_notebook`."""
    notes = []
    encoding = marked_encoding(data[:200])
    if encoding or data.find(b"\n<<<<<<< ") >= 0:
        if len(data) > MOST_REWRITTEN:
            raise Unreadable(f"it has more than {MOST_REWRITTEN // 1_000_000} MB and is no UTF-8")
        data = bytes(data)
        if encoding:
            notes.append(f"saved as {encoding}, not as plain UTF-8")
            data = data.decode(encoding, errors="replace").encode()
        one_version = without_conflicts(data)
        if one_version != data:
            notes.append("a merge conflict was left in it: the first of two versions counts")
            data = one_version
    if len(data) <= SMALL and (found := read_small(data, outputs)):
        content, bulk = found
        return Reading(as_notebook(content, notes), notes, bulk)
    kept, saved = split(data, outputs)
    try:
        content = loads(kept, notes)
    except (ValueError, RecursionError):
        try:
            content = loads(saved, notes)
        except (ValueError, RecursionError) as error:
            raise Unreadable("it is no JSON") from error
        notes.append("the file is cut off or damaged: the whole cells before that count")
    return Reading(as_notebook(content, notes), notes, len(data) - len(kept))


def read_small(data: Data, outputs: bool) -> tuple[dict[str, Any], int] | None:
    """Return the content of a small file and the bytes left out; None: it is no sound notebook."""
    try:
        content = json.loads(data[:].decode())
        if content["nbformat"] != 4:
            return None
        bulk = []
        if not outputs:
            bulk.append(content["metadata"].pop("widgets", None))
            bulk += [cell.pop("outputs", None) for cell in content["cells"]]
        return content, sum(len(json.dumps(it)) for it in bulk if it)
    except (ValueError, RecursionError, AttributeError, KeyError, TypeError):
        return None


def without_conflicts(data: bytes) -> bytes:
    """Return a file with the first version of each merge conflict that is marked to its end."""
    kept: list[bytes] = []
    conflict: list[bytes] = []  # all lines of one, as long as its end is not found
    first: list[bytes] = []
    part = ""
    for line in io.BytesIO(data):
        if line.startswith(b"<<<<<<< "):
            kept += conflict
            conflict, first, part = [line], [], "first"
            continue
        if not part:
            kept.append(line)
            continue
        conflict.append(line)
        if part == "first" and line.startswith(b"|||||||"):
            part = "before"
        elif part != "second" and line.rstrip(b"\r\n") == b"=======":
            part = "second"
        elif part == "first":
            first.append(line)
        elif part == "second" and line.startswith(b">>>>>>> "):
            kept += first
            conflict, part = [], ""
    return b"".join(kept + conflict)


def marked_encoding(start: bytes) -> str:
    """Return the encoding that a file's first bytes give away, or "" for plain UTF-8."""
    for mark, name in ENCODINGS.items():
        if start.startswith(mark):
            return name
    if b"\0" in start[:2]:
        return "utf-16-be" if start[:1] == b"\0" else "utf-16-le"
    return ""


def decode(data: bytes) -> tuple[str, str]:
    """Return a text file's text and its encoding: UTF-8, what its mark says, or else Latin-1."""
    encoding = marked_encoding(data)
    if encoding:
        return data.decode(encoding, errors="replace"), encoding
    try:
        return data.decode(), "utf-8"
    except UnicodeDecodeError:
        return data.decode("latin-1"), "latin-1"


def split(data: Data, outputs: bool) -> tuple[bytes, bytes]:
    """Return a notebook's JSON without the values of `outputs` and `widgets`, and its whole cells.

    The second stands in for the first where the file ends too early. Strings and brackets are all
    that is looked at.
    """
    kept: list[Data] = []
    start = position = 0  # of what is not in `kept` yet, of what is not looked at yet
    whole = (0, 0, 0)
    stack = bytearray()
    bulky_from = 0  # the depth of the value being left out
    values = 0
    while found := MARK.search(data, position):
        position = found.end()
        mark = found[0]
        values += not bulky_from and mark not in b"]}"
        if values > MOST_VALUES and not outputs:
            raise Unreadable(f"it holds more than {MOST_VALUES} values without its outputs")
        if mark in b"[{":
            stack += mark
        elif mark in b"]}":
            del stack[-1:]
            if bulky_from and len(stack) < bulky_from:
                kept.append(b"[]" if mark == b"]" else b"{}")
                bulky_from, start = 0, found.end()
            if mark == b"}" and stack == b"{[":
                whole = len(kept), start, position
        else:
            position = end_of_string(data, position)
            if bulky_from:
                position = LINES.match(data, position).end()  # type: ignore[union-attr]
            elif not outputs and BULKY.fullmatch(data, found.start(), position):
                opening = OPENING.match(data, position)
                if opening:
                    stack += opening[1]
                    kept.append(data[start : opening.start(1)])
                    bulky_from, position = len(stack), opening.end()
    if not outputs and sum(map(len, kept)) + len(data) - start > MOST_KEPT:
        raise Unreadable(f"it has more than {MOST_KEPT // 1_000_000} MB without its outputs")
    pieces, start_of_whole, end = whole
    saved = b"".join([*kept[:pieces], data[start_of_whole:end], REST])
    return b"".join([*kept, b"" if bulky_from else data[start:]]), saved


def end_of_string(data: Data, position: int) -> int:
    """Return where the JSON string ends that begins before `position`."""
    while (quote := data.find(b'"', position)) >= 0:
        escapes = 0
        while quote - escapes > position and data[quote - 1 - escapes] == ord("\\"):
            escapes += 1
        position = quote + 1
        if escapes % 2 == 0:
            return position
    return len(data)


def loads(data: bytes, notes: list[str]) -> Any:
    """Parse JSON, as Latin-1 where it is not UTF-8; raises ValueError or RecursionError."""
    try:
        return json.loads(data.decode())
    except UnicodeDecodeError:
        content = json.loads(data.decode("latin-1"))
        notes.append("saved as latin-1, not as UTF-8")
        return content


def write_notebook(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook as Jupyter does; halves of surrogate pairs become question marks."""
    text = nbformat.writes(notebook, version=4) + "\n"
    data = text.encode(errors="replace")
    replace_file(path, lambda file: file.write(data))


def as_notebook(content: Any, notes: list[str]) -> NotebookNode:
    """Return a notebook of format 4.5 with all that is sound of the content of a file.

    Raises: Unreadable.
    """
    try:
        if content.get("nbformat", 4) < 4:
            notes.append(f"in the old format {content['nbformat']}: converted")
            content = nbformat.convert(nbformat.from_dict(content), 4)
        cells = [it for it in content["cells"] if isinstance(it, dict) and is_cell(it)]
    except Exception as error:  # whatever a converter makes of content that is no notebook
        raise Unreadable("it is no notebook") from error
    if len(cells) > MOST_CELLS:
        notes.append(f"it has {len(cells)} cells: the first {MOST_CELLS} count")
        del cells[MOST_CELLS:]
    seen: set[str] = set()
    notebook = new_notebook()
    notebook.metadata = sound(content.get("metadata"), {})
    if not is_valid(notebook):
        notebook.metadata = NotebookNode()
    notebook.cells = [read_cell(it, seen) for it in cells]
    if not is_valid(notebook):
        notebook.cells = [sound_cell(it) for it in notebook.cells]
    return notebook


def is_valid(node: NotebookNode, kind: str | None = None) -> bool:
    """Whether a notebook, or a part of this kind, is of format 4.5; nothing is copied for it."""
    return next(iter_validate(node, kind, version=4, version_minor=5), None) is None


def is_cell(cell: dict[str, Any]) -> bool:
    kind = cell.get("cell_type")
    return isinstance(kind, str) and kind in NEW_CELL


def sound(value: Any, otherwise: Any) -> Any:
    """Return a value as a notebook holds it, where it is of the right type and not too deep."""
    try:
        return nbformat.from_dict(value if isinstance(value, type(otherwise)) else otherwise)
    except RecursionError:
        return nbformat.from_dict(otherwise)


def read_cell(cell: dict[str, Any], seen: set[str]) -> NotebookNode:
    """Return a cell with fields of the right types, and an id of its own."""
    lines = cell.get("source", "")
    lines = lines if isinstance(lines, list) else [lines]
    source = "".join(str(it) for it in lines if isinstance(it, (str, int, float)))
    metadata, name = sound(cell.get("metadata"), {}), cell.get("id")
    if not isinstance(metadata.get("nbgrader", {}), dict):
        del metadata["nbgrader"]
    is_own = isinstance(name, str) and CELL_ID.fullmatch(name) and name not in seen
    new = NotebookNode(
        cell_type=cell["cell_type"],
        id=name if is_own else random_cell_id(),
        metadata=metadata,
        source=source.replace("\r\n", "\n").replace("\r", "\n"),
    )
    seen.add(new.id)
    if new.cell_type != "code" and isinstance(cell.get("attachments"), dict):
        new.attachments = sound(cell["attachments"], {})
    if new.cell_type == "code":
        outputs, count = cell.get("outputs"), cell.get("execution_count")
        new.outputs = sound(outputs if isinstance(outputs, list) else [], [])
        new.execution_count = count if isinstance(count, int) else None
    return new


def sound_cell(cell: NotebookNode) -> NotebookNode:
    """Return a cell of a notebook that has invalid ones: of such a cell, its text and mark."""
    if is_valid(cell, f"{cell.cell_type}_cell"):
        return cell
    mark = {"nbgrader": cell.metadata.nbgrader} if "nbgrader" in cell.metadata else {}
    return NEW_CELL[cell.cell_type](cell.source, metadata=mark, id=cell.id)
