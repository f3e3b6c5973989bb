"""Machine code of librosa's functions that ends the process is found, removed and made anew."""

import os
import shutil
import subprocess
import sys

import pytest

from exercise_lib.environment import machine_code

PITCH = """
import librosa, numpy
librosa.pyin(numpy.sin(numpy.arange(8000.0)), fmin=65, fmax=400, sr=8000)
"""
OTHER_FIRST = """
import librosa, numpy
librosa.sequence.dtw(numpy.ones((1, 9)), numpy.ones((1, 9)))
"""
WRAPPER = "guf-pitch._pi_wrapper*.nbc"


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Return a folder of machine code in which a use of librosa crashes where `broken.nbc` lies."""
    crash = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
    use = f"from pathlib import Path\nif Path({str(tmp_path)!r}, 'broken.nbc').exists(): {crash}"
    monkeypatch.setattr(machine_code, "USE", use)
    monkeypatch.setattr(machine_code, "machine_code_folders", lambda: [tmp_path])
    return tmp_path


def test_what_is_kept_and_works_stays(cache):
    (cache / "good.nbc").touch()
    assert machine_code.mend_machine_code() == "librosa: its functions are compiled."
    assert (cache / "good.nbc").exists()


def test_what_crashes_is_removed(cache):
    (cache / "broken.nbc").touch()
    (cache / "broken.nbi").touch()
    (cache / "pitch.py").touch()
    assert "was compiled anew" in machine_code.mend_machine_code()
    assert [file.name for file in cache.iterdir()] == ["pitch.py"]


def test_a_crash_that_stays_is_told(cache, monkeypatch):
    (cache / "broken.nbc").touch()
    monkeypatch.setattr(machine_code, "machine_code_folders", lambda: [cache / "elsewhere"])
    assert "also when compiled anew" in machine_code.mend_machine_code()


def test_an_error_of_python_is_told(monkeypatch):
    monkeypatch.setattr(machine_code, "USE", "import no_such_library")
    assert "No module named 'no_such_library'" in machine_code.mend_machine_code()


def test_the_kit_is_installed_with_machine_code_that_works():
    assert machine_code.mend_machine_code() == "librosa: its functions are compiled."


@pytest.mark.slow
def test_files_of_two_processes_that_do_not_fit_are_mended(tmp_path, monkeypatch):
    for folder, code in ("first", PITCH), ("second", OTHER_FIRST + PITCH):
        environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / folder)}
        subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    for file in (tmp_path / "second").rglob(WRAPPER):
        shutil.copy(file, next((tmp_path / "first").rglob(file.name)))
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "first"))
    monkeypatch.setattr("numba.config.CACHE_DIR", str(tmp_path / "first"))
    monkeypatch.setattr(machine_code, "USE", PITCH)
    folders = machine_code.machine_code_folders()
    monkeypatch.setattr(machine_code, "machine_code_folders", lambda: folders[-1:])
    assert machine_code.crashed(machine_code.use_librosa())
    assert "was compiled anew" in machine_code.mend_machine_code()
