"""Machine code is made once and found again; where it can't be kept, sandboxes make their own."""

import subprocess
from shutil import copytree

import pytest
from toy_sandbox import needs_bubblewrap

from autograder.paths import ROOT
from autograder.sandbox import machine_code
from autograder.sandbox.bubblewrap import MACHINE_CODE
from autograder.sandbox.machine_code import kept_machine_code
from autograder.sandbox.sandbox import Sandbox


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A cache of this test's own, and a program in place of a library's imports."""
    monkeypatch.setattr(machine_code, "CACHE", tmp_path / "cache")
    program = (
        "import os, sys; open(os.environ['NUMBA_CACHE_DIR'] + '/code', 'w').write(sys.argv[1])"
    )
    monkeypatch.setattr(machine_code, "MAKE", program)
    return tmp_path / "cache"


def test_machine_code_is_made_once_for_the_same_names(cache, monkeypatch):
    folder = kept_machine_code(["librosa.feature"])
    assert (folder / "code").read_text() == "librosa.feature"
    monkeypatch.setattr(subprocess, "run", None)
    assert kept_machine_code(["librosa.feature"]) == folder
    assert list(cache.iterdir()) == [folder]


@pytest.mark.parametrize("program", ["raise SystemExit(1)", "import os; os.abort()"])
def test_what_fails_is_not_kept(cache, monkeypatch, program):
    monkeypatch.setattr(machine_code, "MAKE", program)
    assert kept_machine_code(["librosa.feature"]) is None
    assert list(cache.iterdir()) == []


def test_a_folder_that_can_not_be_made_is_done_without(cache):
    cache.write_text("in the way")
    assert kept_machine_code(["librosa.feature"]) is None


@needs_bubblewrap
def test_a_sandbox_reads_the_folder_and_can_not_change_it(cache, tmp_path):
    folder = kept_machine_code(["librosa.feature"])
    copytree(ROOT / "exercise_lib", tmp_path / "release" / "exercise_lib")
    program = f"""
open("{MACHINE_CODE}/code").read() == "librosa.feature" or 1 / 0
try:
    open("{MACHINE_CODE}/code", "w")
except OSError as error:
    raise ValueError(error)
"""
    with Sandbox(tmp_path / "release", [], machine_code=folder) as sandbox, sandbox.child({}) as it:
        answer, _ = it.ask({"do": "run", "source": program}, {}, 20)
    assert answer["raised"].startswith("ValueError: [Errno 30] Read-only file system")
    assert (folder / "code").read_text() == "librosa.feature"
