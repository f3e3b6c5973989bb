"""Reading a notebook takes time and memory in proportion to its file, whatever is in it."""

import json
import resource
import time

import nbformat
import pytest

from autograder.limited import limited
from autograder.submissions.answers import clean_answer
from exercise_lib.doctor.reading import Unreadable, parse_notebook
from exercise_lib.doctor.released import find_notebooks, outline, restore

ANSWER = {"grade_id": "answer", "solution": True, "grade": False, "locked": False, "points": 0}
SMALL, LARGE = 60_000, 240_000  # bytes


def code(source="x", **fields):
    return {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], **fields}


def answer(source):
    return code(source, metadata={"nbgrader": ANSWER})


def notebook(*cells, **fields):
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **fields}
    return json.dumps(content).encode()


def of_lines(*lines, before="{", after=""):
    """Return a maker of files that repeat some lines."""
    return lambda size: "\n".join(
        [before, *lines * (size // len("\n".join(lines))), after]
    ).encode()


def repeated(text, before="", after=""):
    return lambda size: f"{before}{text * (size // len(text))}{after}".encode()


def old(version, cell):
    content = {"nbformat": version, "worksheets": [{"cells": [cell]}]}
    text = json.dumps(content)
    start = text.index("[{", text.index("cells")) + 1
    one = json.dumps(cell)
    return lambda size: (text[:start] + f"{one}," * (size // len(one)) + text[start:]).encode()


FILES = {
    "opened conflicts": of_lines("<<<<<<< a"),
    "halves of conflicts": of_lines("<<<<<<< a", "======="),
    "old versions": of_lines("<<<<<<< a", "||||||| b"),
    "old versions without end": of_lines("||||||| b", "=======", before="{\n<<<<<<< a"),
    "one conflict": of_lines("x", before="{\n<<<<<<< a"),
    "whole conflicts": of_lines("<<<<<<< a", "x", "=======", "y", ">>>>>>> b"),
    "nested conflicts": of_lines("<<<<<<< a", "|||||||", "|||||||", "======="),
    "ends of conflicts": of_lines(">>>>>>> a", "=======", before="{\n<<<<<<< a"),
    "brackets": repeated("["),
    "closed brackets": repeated("]"),
    "objects": repeated("{},", "[", "{}]"),
    "objects as cells": repeated("{},", '{"cells": [', "{}]}"),
    "objects in metadata": repeated("{},", '{"cells": [], "metadata": {"a": [', "{}]}}"),
    "objects in outputs": repeated("{},", '{"cells": [{"outputs": [', "{}]}]}"),
    "deep objects": repeated('{"a":'),
    "deep metadata": lambda size: notebook(code()).replace(
        b'"metadata": {}', b'"metadata": ' + b'{"a":' * 480 + b"1" + b"}" * 480
    ),
    "quotes": repeated('"'),
    "backslashes": repeated("\\", '"'),
    "quoted backslashes": repeated('\\"', '"'),
    "outputs without end": repeated('{"outputs":['),
    "names of outputs": repeated('"outputs":', "{"),
    "spaces after outputs": repeated('"outputs"' + " " * 100, "{"),
    "strings in outputs": repeated('"\\a' * 150, '{"outputs": ['),
    "numbers": repeated("1,", "[", "1]"),
    "digits": repeated("9", '{"cells": ', "}"),
    "NULs": repeated("\0"),
    "half surrogates": repeated("\\ud800", '{"cells": [{"cell_type": "code", "source": "', '"}]}'),
    "UTF-16": lambda size: notebook(code("x" * size)).decode().encode("utf-16"),
    "no UTF-16": lambda size: b"\xff\xfe" + b"\x00\xd8" * (size // 2),
    "Latin-1": lambda size: b'{"cells": [], "a": "' + b"\xe4" * size + b'"}',
    "tiny strings": lambda size: notebook(code(["a"] * (size // 5))),
    "no strings": lambda size: notebook(code([{}, [], 1, None] * (size // 16))),
    "small cells": lambda size: notebook(*[{"cell_type": "raw"}] * (size // 24)),
    "odd cells": lambda size: notebook(
        *[code(cell_type=it) for it in ([], {}, None, 1, "x", "heading")] * (size // 600), code()
    ),
    "equal ids": lambda size: notebook(*[code(id="a")] * (size // 90)),
    "an answer often": lambda size: notebook(*[answer("def a():\n    1")] * (size // 200)),
    "an empty answer often": lambda size: notebook(*[answer("")] * (size // 200)),
    "own cells": lambda size: notebook(
        answer("f0()"), *[code(f"def f{i}():\n    f{i + 1}()") for i in range(size // 90)]
    ),
    "own lines": lambda size: notebook(
        answer("f0()"), code("\n".join(f"f{i} = f{i + 1}" for i in range(1400)))
    ),
    "long line": lambda size: notebook(code("x" * size)),
    "line ends": lambda size: notebook(code("\n" * size)),
    "keys of metadata": lambda size: notebook(
        code(metadata={f"k{i}": 0 for i in range(size // 12)})
    ),
    "attachments": lambda size: notebook(
        code(attachments={f"k{i}": {"a": ""} for i in range(size // 30)})
    ),
    "format 3": old(3, {"cell_type": "code", "input": "x", "outputs": []}),
    "format 2": old(2, {"cell_type": "code", "input": "x"}),
    "format -1": lambda size: notebook(nbformat=-1),
}


def cost(work):
    """Return the seconds and the megabytes that some work takes in a process of its own."""

    def measured():
        before = resource.getrusage(resource.RUSAGE_SELF)
        work()
        after = resource.getrusage(resource.RUSAGE_SELF)
        return after.ru_utime - before.ru_utime, (after.ru_maxrss - before.ru_maxrss) / 1000

    return limited(measured, seconds=60)


def put_in_order(data):
    released = outline(nbformat.from_dict(json.loads(notebook(answer("def a():\n    ...")))))
    try:
        found = parse_notebook(data).notebook
    except Unreadable:
        return
    find_notebooks({"a.ipynb": released}, {"b.ipynb": found})
    restore(found, released)


@pytest.mark.parametrize("name", FILES)
def test_time_and_memory_grow_with_the_size_of_a_file(name):
    small, _ = cost(lambda: put_in_order(FILES[name](SMALL)))
    large, megabytes = cost(lambda: put_in_order(FILES[name](LARGE)))
    assert large < 8 * small + 0.5 and megabytes < 100


@pytest.mark.parametrize("part", ["{},", '"a",', "[", '"":'])
def test_what_would_need_much_memory_is_refused_soon(part):
    start = f'{{"cells": [], "metadata": {{"a": [{part * 1_000_000}'.encode()
    begin = time.process_time()
    with pytest.raises(Unreadable, match="it holds more than 500000 values"):
        parse_notebook(start + b" " * 1_000_000)
    assert time.process_time() - begin < 5


def test_a_notebook_with_odd_parts_keeps_the_others():
    deep = b'{"a":' * 700 + b"1" + b"}" * 700
    data = notebook(
        code("1", cell_type=[]), code("2", metadata={"a": "DEEP"}), code(["3", {}]), "5"
    )
    cells = parse_notebook(data.replace(b'"DEEP"', deep)).notebook.cells
    assert [it.source for it in cells] == ["2", "3"]


@pytest.mark.parametrize("kind", ["code", "markdown", "raw"])
@pytest.mark.parametrize(
    "fields",
    [
        {"attachments": {"a": {"image/png": ""}}}, {"attachments": {"a": 1}}, {"attachments": [1]},
        {"metadata": {"tags": 3}}, {"metadata": {"collapsed": "x", "jupyter": 1, "name": []}},
        {"metadata": [1]}, {"metadata": {"nbgrader": [1]}}, {"id": 3}, {"id": "a b"},
        {"outputs": [{}]}, {"outputs": [{"output_type": "x"}]}, {"execution_count": "x"},
        {"more": 1},
    ],
)  # fmt: skip
def test_a_cell_with_an_odd_part_is_a_sound_cell(kind, fields):
    mark = {"nbgrader": ANSWER}
    cell = {**code(metadata=mark), "cell_type": kind, **fields}
    for metadata in ({}, {"kernelspec": 3}, {"language_info": []}, [], {"orig_nbformat": "x"}):
        for outputs in (False, True):
            reading = parse_notebook(notebook(cell, metadata=metadata), outputs)
            nbformat.validate(reading.notebook)
            [found] = reading.notebook.cells
            assert found.source == "x"
            assert found.metadata.get("nbgrader") == (ANSWER if "metadata" not in fields else None)


def test_of_conflicts_the_first_version_counts_and_what_is_no_whole_one_stays():
    lines = ["a", "<<<<<<< x", "b", "||||||| y", "c", "=======", "d", ">>>>>>> z", "e"]
    joined = "\n".join(['{"cells": [{"cell_type": "raw", "source": [""', *lines, '""]}]}'])
    text = joined
    for it in "abcde":
        text = text.replace(f"\n{it}\n", f'\n,"{it}"\n')
    reading = parse_notebook(text.replace('""]', ',""]').encode())
    assert reading.notebook.cells[0].source == "abe"
    assert reading.notes == ["a merge conflict was left in it: the first of two versions counts"]


@pytest.mark.parametrize(
    "part", ["\\begin{a}", "\\\\(", "\\\\[", "<div>", "*a", "$", "[a](", "_a_"]
)
def test_cleaning_an_answer_takes_seconds_at_most(part):
    text = (part * 100_000)[:100_000]
    assert cost(lambda: clean_answer(text, {}))[0] < 10
