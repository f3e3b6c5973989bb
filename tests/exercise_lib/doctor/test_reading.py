"""Reading notebooks that were saved badly, and putting them back in the release's order."""

import json
import time
import tracemalloc
from copy import deepcopy
from io import BytesIO
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from exercise_lib.doctor.reading import Unreadable, decode, parse_notebook, read_notebook
from exercise_lib.doctor.released import OWN_CELLS, find_notebooks, outline, restore

ANSWER = 'def double(x):\n    return 2 * x  # "zwei\\n" [mal] {größer} 5" }], \\'


def marked(cell, name: str, solution: bool):
    cell.metadata["nbgrader"] = {"grade": not solution, "grade_id": name, "solution": solution}
    return cell


def release():
    """Return a notebook with two answers, one in code and one in words, and a check."""
    return new_notebook(
        cells=[
            new_markdown_cell("# Double", id="title"),
            new_code_cell("from exercise_lib.check.verdict import check", id="imports"),
            marked(new_code_cell("def double(x):\n    raise NotImplementedError"), "answer", True),
            marked(new_code_cell('check("toy.double", double)'), "check", False),
            new_markdown_cell("## Why?", id="why"),
            marked(new_markdown_cell("*Your answer here.*"), "question", True),
        ]
    )


def solved():
    notebook = deepcopy(release())
    notebook.cells[2].source = ANSWER
    notebook.cells[5].source = "Because of [it]."
    return notebook


def sources(notebook) -> list[str]:
    return [cell.source for cell in notebook.cells]


def written(notebook, **options) -> bytes:
    return json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False, **options).encode()


def with_outputs(count: int):
    """Return the solved notebook with outputs whose text looks like JSON."""
    notebook = solved()
    text = ['a "quoted" \\ line of [outputs]: {\n', '"outputs": [\\"\n'] * count
    notebook.cells[2].outputs = [{"output_type": "stream", "name": "stdout", "text": text}]
    notebook.metadata["widgets"] = {"state": {"model": "}" * count}}
    return notebook


@pytest.mark.parametrize("indent", [None, 1, 4])
@pytest.mark.parametrize("ascii_only", [False, True])
def test_outputs_are_left_out_and_nothing_else(indent, ascii_only):
    notebook = with_outputs(3)
    data = json.dumps(notebook, indent=indent, ensure_ascii=ascii_only).encode()
    reading = parse_notebook(data)
    assert sources(reading.notebook) == sources(solved())
    assert [cell.metadata for cell in reading.notebook.cells] == [
        cell.metadata for cell in solved().cells
    ]
    assert reading.notebook.cells[2].outputs == [] and not reading.notes
    assert "widgets" not in reading.notebook.metadata or not reading.notebook.metadata.widgets
    whole = parse_notebook(data, outputs=True)
    assert whole.notebook.cells[2].outputs == notebook.cells[2].outputs and whole.bulk == 0


def test_large_outputs_take_no_memory_of_their_own(tmp_path):
    path = tmp_path / "large.ipynb"
    path.write_bytes(written(with_outputs(300_000)))
    assert path.stat().st_size > 20e6
    with path.open("rb") as file:
        tracemalloc.start()
        reading = read_notebook(file)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert sources(reading.notebook) == sources(solved()) and reading.bulk > 20e6
    assert peak < 2e6


@pytest.mark.parametrize(
    ("encoding", "note"),
    [
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("latin-1", "latin-1"),
    ],
)
def test_other_encodings(encoding, note):
    data = written(solved()).decode().encode(encoding)
    reading = parse_notebook(data)
    assert sources(reading.notebook) == sources(solved())
    assert note in reading.notes[0]
    assert decode("größer = 'größer'\n".encode(encoding)) == ("größer = 'größer'\n", note)


def test_every_cut_leaves_whole_cells_or_nothing():
    data = written(with_outputs(1))
    lengths = set()
    for end in range(0, len(data) - 1, 7):
        try:
            reading = parse_notebook(data[:end])
        except Unreadable:
            continue
        kept = sources(reading.notebook)
        assert kept == sources(solved())[: len(kept)]
        assert "cut off" in reading.notes[-1]
        lengths.add(len(kept))
    assert lengths == {1, 2, 3, 4, 5, 6}


def test_text_after_the_end_is_left_out():
    reading = parse_notebook(written(solved()) + b'"rest of a longer file"]}')
    assert sources(reading.notebook) == sources(solved()) and "damaged" in reading.notes[0]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_first_side_of_a_merge_conflict_counts(newline):
    text = written(solved()).decode()
    line = next(it for it in text.split("\n") if "return 2 * x" in it)
    other = line.replace("2 * x", "3 * x")
    conflict = f"<<<<<<< HEAD\n{line}\n=======\n{other}\n>>>>>>> theirs"
    data = text.replace(line, conflict).replace("\n", newline).encode()
    reading = parse_notebook(data)
    assert sources(reading.notebook) == sources(solved())
    assert "merge conflict" in reading.notes[0]


def test_windows_line_endings_are_no_change():
    notebook = solved()
    for cell in notebook.cells:
        cell.source = cell.source.replace("\n", "\r\n")
    reading = parse_notebook(written(notebook).replace(b"\n", b"\r\n"))
    assert restore(reading.notebook, outline(release())) == [] == reading.notes
    assert sources(reading.notebook) == sources(solved())


@pytest.mark.parametrize("minor", range(5))
def test_older_minor_formats_get_ids(minor):
    notebook = solved()
    notebook.nbformat_minor = minor
    for cell in notebook.cells:
        del cell["id"]
    reading = parse_notebook(written(notebook))
    nbformat.validate(reading.notebook)
    assert sources(reading.notebook) == sources(solved())


def test_format_3_is_converted():
    old = nbformat.convert(solved(), 3)
    assert old.nbformat == 3
    reading = parse_notebook(json.dumps(old).encode())
    assert "old format 3" in reading.notes[0]
    assert ANSWER in sources(reading.notebook)
    restore(reading.notebook, outline(release()))
    nbformat.validate(reading.notebook)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[1]",
        b"3",
        b'{"cells": 3}',
        b'{"nbformat": "x", "cells": []}',
        b'{"nbformat": 3}',
        b'{"cells": [' * 100_000,
        b"[" * 1_000_000,
        b"\x00\x01",
    ],
)
def test_what_is_no_notebook_is_said_to_be_none(content):
    with pytest.raises(Unreadable):
        read_notebook_of(content)


def read_notebook_of(content: bytes):
    if not content:
        return read_notebook(BytesIO())
    return parse_notebook(content)


def test_unsound_cells_are_made_sound_or_left_out():
    cells = [
        3,
        {"cell_type": "video"},
        {"cell_type": "code", "source": ["a", 1], "id": 5, "metadata": 7, "outputs": 3},
        {"cell_type": "code", "source": "b", "id": "same", "metadata": {"nbgrader": [1]}},
        {"cell_type": "markdown", "source": None, "id": "same", "attachments": 3},
        {"cell_type": "code", "source": "\ud800", "metadata": {"nbgrader": {"grade_id": 4}}},
    ]
    reading = parse_notebook(json.dumps({"cells": cells, "metadata": 4}).encode())
    nbformat.validate(reading.notebook)
    assert sources(reading.notebook)[:2] == ["a1", "b"] and len(reading.notebook.cells) == 4
    restore(reading.notebook, outline(release()))


def test_restoring_an_honest_notebook_changes_nothing():
    notebook = solved()
    assert restore(notebook, outline(release())) == []
    assert notebook == solved() or sources(notebook) == sources(solved())


@pytest.mark.parametrize("index", [2, 3, 5])
def test_a_deleted_cell_comes_back_in_its_place(index):
    notebook = solved()
    wanted = sources(solved())
    wanted[index] = release().cells[index].source
    del notebook.cells[index]
    [note] = restore(notebook, outline(release()))
    counts = "the released one is used" if index == 3 else "it counts as not written"
    assert note.endswith(f"was deleted: {counts}.")
    assert sources(notebook) == wanted
    assert notebook.cells[index].metadata.nbgrader == release().cells[index].metadata.nbgrader


def test_lost_marks_are_found_by_content():
    notebook = solved()
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({})
    notes = restore(notebook, outline(release()))
    assert len(notes) == 3 and all("found by its content" in note for note in notes)
    assert [cell.metadata for cell in notebook.cells] == [cell.metadata for cell in release().cells]
    assert sources(notebook) == sources(solved())


def test_a_lost_mark_is_not_guessed():
    notebook = solved()
    del notebook.cells[2].metadata["nbgrader"]
    notebook.cells.insert(0, new_code_cell("def double(x):\n    return 3 * x"))
    notebook.cells.insert(0, new_code_cell("x = 1"))
    [note, own] = restore(notebook, outline(release()))
    assert "found by its content" in note and own == OWN_CELLS  # the one in its place
    notebook = solved()
    del notebook.cells[2].metadata["nbgrader"]
    notebook.cells[2:3] = [
        new_code_cell("1 + 1"),
        notebook.cells[2],
        new_code_cell("def double(x):\n    return 3 * x"),
    ]
    [note, own] = restore(notebook, outline(release()))
    assert "more than one cell could be it: it counts as not written" in note and own == OWN_CELLS
    assert "NotImplementedError" in next(
        cell.source for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("solution")
    )


def test_second_copies_changed_checks_and_changed_kinds():
    notebook = solved()
    notebook.cells.append(marked(new_code_cell("second"), "answer", True))
    notebook.cells.append(marked(new_code_cell("1.0"), "of another course", False))
    notebook.cells[3].source = "1.0"
    notebook.cells[5] = marked(new_code_cell("Because."), "question", True)
    assert restore(notebook, outline(release())) == [
        "the answer double is there 2 times: the first one counts.",
        "the check toy.double was changed: the released one is used.",
        "the answer question was a code cell: read as markdown.",
    ]
    wanted = [*sources(solved())[:5], "Because.", "second", "1.0"]
    assert sources(notebook) == wanted
    assert [bool(cell.metadata) for cell in notebook.cells[6:]] == [False, False]
    assert notebook.cells[5].cell_type == "markdown"
    assert restore(notebook, outline(release())) == [OWN_CELLS]


def test_a_renamed_notebook_without_marks_is_found_by_its_given_cells():
    stranger = new_notebook(cells=[new_code_cell("from exercise_lib.check.verdict import check")])
    notebook = solved()
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({})
    found = {"abc.ipynb": stranger, "final.ipynb": notebook}
    outlines = {"01_double.ipynb": outline(release())}
    assert find_notebooks(outlines, found) == {"01_double.ipynb": "final.ipynb"}
    assert find_notebooks(outlines, {"abc.ipynb": stranger}) == {}


def test_memory_is_bounded_by_what_is_kept_not_by_the_file(tmp_path: Path):
    notebook = solved()
    notebook.cells[0].source = "x" * 60_000_000
    with pytest.raises(Unreadable, match="more than 50 MB without its outputs"):
        parse_notebook(written(notebook))


@pytest.mark.parametrize("empty", ["", "def double(x):\n    raise NotImplementedError"])
@pytest.mark.parametrize("place", [2, 3, 6])
def test_an_empty_or_unsolved_copy_never_counts(empty, place):
    notebook = solved()
    notebook.cells.insert(place, marked(new_code_cell(empty), "answer", True))
    [note] = restore(notebook, outline(release()))
    assert "empty or unsolved copies do not count" in note and sources(notebook) == sources(
        solved()
    )


@pytest.mark.parametrize(
    "parts",
    [
        ["def double(x):", "    return 2 * x"],
        ["K = 2", "def double(x):\n    return K * x"],
        ["def double(x):\n    return K * x", "", "K = 2"],
    ],
)
def test_the_parts_of_a_split_answer_belong_together(parts):
    notebook = solved()
    notebook.cells[2:3] = [marked(new_code_cell(it), "answer", True) for it in parts]
    notes = restore(notebook, outline(release()))
    assert notes[-1] == "the answer double was split: its 2 parts count together."
    space: dict = {}
    exec(notebook.cells[2].source, space)
    assert space["double"](3) == 6 and len(notebook.cells) == 6


def test_two_whole_answers_are_no_parts():
    notebook = solved()
    copy = marked(new_code_cell("def double(x):\n    return x"), "answer", True)
    notebook.cells.insert(3, copy)
    notes = restore(notebook, outline(release()))
    assert notes[0] == "the answer double is there 2 times: the first one counts."
    assert notebook.cells[2].source == ANSWER


def test_an_answer_that_was_merged_into_another_is_read_from_there():
    wanted = release()
    wanted.cells.insert(3, marked(new_code_cell("def triple(x):\n    raise E"), "triple", True))
    notebook = solved()
    notebook.cells[2].source += "\n\ndef triple(x):\n    return 3 * x"
    assert restore(notebook, outline(wanted)) == ["the answer triple was merged: read from there."]
    assert notebook.cells[3].metadata.nbgrader.grade_id == "triple"
    assert "return 3 * x" in notebook.cells[3].source


@pytest.mark.parametrize(
    ("own", "answer"),
    [
        ("K = 2\nraise SystemExit", "def double(x):\n    return K * x"),
        ("import math", "def double(x):\n    return int(math.sqrt(4)) * x"),
        ("L = 1\ndef two():\n    return 2 * L", "def double(x):\n    return two() * x"),
        ("from math import *", "def double(x):\n    return int(sqrt(4)) * x"),
        ("try:\n    K = 2\nexcept NameError:\n    K = 3", "def double(x):\n    return K * x"),
        ("for K in range(3):\n    pass", "def double(x):\n    return K * x"),
        ("table = {}\ntable[1] = 2", "def double(x):\n    return table[1] * x"),
        ("t = []\nfor k in range(3):\n    t.append(k)", "def double(x):\n    return t[2] * x"),
        ("K = 1\nK += 1", "def double(x):\n    return K * x"),
        ("%time 1\n!ls\nK = 2", "%time 2\ndef double(x):\n    return K * x"),
        (
            "def twice(f):\n    return lambda: 2 * f()\n@twice\ndef two():\n    return 1",
            "def double(x):\n    return two() * x",
        ),
        ("def round(x):\n    return 2", "def double(x):\n    return round(1) * x"),
    ],
)
@pytest.mark.parametrize("in_given", [False, True])
def test_what_an_answer_uses_of_other_cells_comes_along(own, answer, in_given):
    notebook = solved()
    notebook.cells[2].source = answer
    if in_given:
        notebook.cells[1].source += f"\n{own}"
    else:
        notebook.cells.insert(2, new_code_cell(own))
    notes = restore(notebook, outline(release()))
    assert "taken along" in notes[0] and notes[1] == OWN_CELLS
    source = next(
        it.source for it in notebook.cells if it.metadata.get("nbgrader", {}).get("solution")
    )
    space: dict = {}
    exec(source.replace("%time", "#"), space)
    assert space["double"](3) == 6


def test_of_other_cells_only_what_an_answer_uses_comes_along():
    notebook = solved()
    notebook.cells[2].source = "def double(x):\n    return int(math.sqrt(4)) * x"
    own = "import math\nmath.tau = 6\nprint(math.pi)\nfrom os import *\nx = 1\nx.y = 2\n1 / 0"
    notebook.cells.insert(2, new_code_cell(own))
    restore(notebook, outline(release()))
    assert notebook.cells[3].source.startswith("import math\n\ndef double")


def test_hostile_cells_take_no_time():
    notebook = solved()
    notebook.cells[2].source = "a0"
    chain = "\n".join(f"a{n}=a{n + 1}" for n in range(1500))
    notebook.cells.insert(0, new_code_cell(chain))
    start = time.process_time()
    restore(notebook, outline(release()))
    many = "\n".join(f"b{n}=b{n + 1}" for n in range(14_000))
    notebook.cells[1].source = f"b0\n{notebook.cells[1].source}"
    for source in ("(" * 9000, "def f():\n nonlocal x", "x = 1\0", many, chain * 99):
        notebook.cells.insert(0, new_code_cell(source))
        restore(notebook, outline(release()))
    assert time.process_time() - start < 5
