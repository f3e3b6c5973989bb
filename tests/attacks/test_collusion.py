"""What a submission could learn from another one, or from itself where it has help."""

import textwrap
from contextlib import ExitStack
from copy import deepcopy

import pytest
from attacks import LIMITS
from nbformat import NotebookNode
from toy_calling import MODULE, SQUARE, calling_sandbox
from toy_sandbox import needs_bubblewrap

from autograder.cells import checked_exercise, is_check_cell
from autograder.grading import notebook
from autograder.grading.lines import Children, HelpedLine
from autograder.grading.notebook import Attempt

pytestmark = [needs_bubblewrap, pytest.mark.xdist_group("attacks")]


@pytest.fixture(scope="module")
def calling(tmp_path_factory):
    with calling_sandbox(tmp_path_factory.mktemp("calling"), LIMITS) as toy:
        yield toy


def said(child, source: str) -> str:
    answer, _ = child.ask({"do": "show", "source": textwrap.dedent(source)}, {}, 30)
    return "\n".join(it["shown"] for it in answer["outputs"]).strip()


def test_locks_and_watches_of_files_tell_another_child_nothing(toy):
    """Else one submission could ask another one for its results while both are graded."""
    with ExitStack() as stack:
        one, other = (stack.enter_context(toy.grader.sandbox.child({})) for _ in range(2))
        source = """
            import ctypes, fcntl, os, struct, torch
            file = os.open(torch.__file__, os.O_RDONLY)
            folder = os.open(os.path.dirname(torch.__file__), os.O_RDONLY)
            asked = struct.pack("hhqqi", fcntl.F_WRLCK, 0, 7, 1, 0)
            calls = {
                "flock": lambda: fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB),
                "lock": lambda: fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB, 1, 7),
                "locked": lambda: fcntl.fcntl(file, fcntl.F_GETLK, asked),
                "notify": lambda: fcntl.fcntl(folder, fcntl.F_NOTIFY, fcntl.DN_ACCESS),
            }
            for name, call in calls.items():
                try:
                    print(name, call())
                except PermissionError:
                    print(name, "refused")
            print("watch", ctypes.CDLL(None).inotify_init1(0))
        """
        expected = ["flock refused", "lock refused", "locked refused", "notify refused", "watch -1"]
        for child in (one, other):
            assert said(child, source).splitlines() == expected


def test_what_the_kernel_counts_for_all_children_together_is_not_told(toy):
    """Open files that are sent, processes, memory, and that of pipes: many are seen by others."""
    with toy.grader.sandbox.child({}) as child:
        source = """
            import ctypes, fcntl, os, socket
            one, other = socket.socketpair()
            one.sendall(b"x")
            numbers = (ctypes.c_ulong * 64)()
            end = os.pipe()[1]
            F_SETPIPE_SZ = 1031
            calls = {
                "file sent": lambda: socket.send_fds(one, [b"x"], [0]),
                "message": lambda: one.sendmsg([b"x"]),
                "pipe": lambda: fcntl.fcntl(end, F_SETPIPE_SZ, 1 << 20),
            }
            for name, call in calls.items():
                try:
                    print(name, call())
                except PermissionError:
                    print(name, "refused")
            print("counts", ctypes.CDLL(None).sysinfo(numbers), any(numbers))
        """
        assert said(child, source).splitlines() == [
            "file sent refused",
            "message refused",
            "pipe refused",
            "counts -1 False",
        ]


def test_no_call_tells_or_sets_what_of_a_file_is_in_memory(toy):
    """One process could leave a bit for the next one in each file that both can read."""
    with toy.grader.sandbox.child({}) as child:
        source = """
            import ctypes, mmap, os, torch
            file = os.open(torch.__file__, os.O_RDONLY)
            pages, seen = mmap.mmap(-1, 4096), (ctypes.c_ubyte * 1)()
            start = ctypes.c_void_p(ctypes.addressof(ctypes.c_char.from_buffer(pages)))
            libc = ctypes.CDLL(None)
            calls = {
                "drop": lambda: os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED),
                "ask": lambda: os.preadv(file, [bytearray(1)], 0, os.RWF_NOWAIT),
            }
            for name, call in calls.items():
                try:
                    print(name, call())
                except PermissionError:
                    print(name, "refused")
            print("fetch", libc.readahead(file, 0, 4096), "list", libc.mincore(start, 4096, seen))
            print("read", len(os.pread(file, 3, 0)))
        """
        assert said(child, source).splitlines() == [
            "drop refused",
            "ask refused",
            "fetch -1 list -1",
            "read 3",
        ]


def test_what_runs_without_help_has_none_beside_it(calling, monkeypatch):
    """Else a first try could ask a second one for what that calls."""
    solved = calling.assignment.solved_notebooks["03_steps"]
    parts = []
    for names in (("steps.square", "steps.energy"), ("steps.power",)):
        cells = [it for it in deepcopy(solved.cells) if is_check_cell(it)]
        cells = [it for it in cells if checked_exercise(it) in names]
        parts.append(NotebookNode({**solved, "cells": cells}))
    asked, run = [], Attempt.run_cases

    def watched(attempt, line, bundle, *more):
        asked.append((isinstance(line, HelpedLine), bundle.id))
        lines = (children.hidden, children.public, children.helped, children.helper)
        with_help = lines[2:] if asked[-1][0] else []
        beside = [it.running for it in lines if it not in (*with_help, line)]
        assert not any(beside)
        return run(attempt, line, bundle, *more)

    class Watched(Children):
        def __init__(self, *args):
            super().__init__(*args)
            nonlocal children
            children = self

    children = None
    monkeypatch.setattr(Attempt, "run_cases", watched)
    monkeypatch.setattr(notebook, "Children", Watched)
    text = calling.assignment.solved_modules[MODULE].replace(SQUARE, "    return x * x + 100")
    calling.grader.grade(parts, {MODULE: text.encode()})
    helped = [number for number, (has_help, _) in enumerate(asked) if has_help]
    assert asked[0] == (False, "steps.square") and helped
    assert helped == list(range(helped[0], helped[-1] + 1))
    assert (False, "steps.power") in asked[: helped[0]]
    assert asked[helped[-1] + 1 :]


def test_a_warning_tells_no_number_of_a_hidden_case(calling):
    warned = "import warnings\n\ndef power(x):\n    warnings.warn(f'{x.shape[-1]} saw {x[0, 0]}')\n"
    graded = calling.grade(only="steps.power", after=f"{warned}    return x\n")
    assert "warned: 3 saw" in graded.texts["power"] and "warned: 4" not in graded.texts["power"]
