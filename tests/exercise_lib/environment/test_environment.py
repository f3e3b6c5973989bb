"""The environment check and the one fault it mends."""

import sys

import pytest
import tomllib
from packaging.requirements import Requirement

from autograder.paths import ROOT
from exercise_lib import environment

CUDA_FAULT = "raise OSError('Could not load this library: libc10_cuda.so')"


@pytest.fixture
def fake_torchaudio(tmp_path, monkeypatch):
    """Return a function that installs a torchaudio whose import runs the given line."""

    def install(line: str):
        package = tmp_path / "torchaudio"
        (package / "lib").mkdir(parents=True)
        (package / "__init__.py").write_text(
            "from pathlib import Path\n"
            f"if list(Path(__file__).parent.glob('lib/*.so')):\n    {line}\n"
        )
        (package / "lib" / "_torchaudio.so").write_bytes(b"\x7fELF")
        (tmp_path / "torchaudio-2.11.0.dist-info").mkdir()
        (tmp_path / "torchaudio-2.11.0.dist-info" / "METADATA").write_text(
            "Metadata-Version: 2.1\nName: torchaudio\nVersion: 2.11.0\n"
        )
        return package

    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    return install


def test_compiled_files_that_stop_the_import_are_set_aside_once(fake_torchaudio):
    package = fake_torchaudio(CUDA_FAULT)
    assert "1 compiled files were set aside" in environment.mend_torchaudio()
    assert [path.name for path in (package / "lib").iterdir()] == ["_torchaudio.so.set-aside"]
    assert environment.mend_torchaudio() == "torchaudio: nothing to mend."


@pytest.mark.parametrize("line", ["pass", "raise ImportError('something else')"])
def test_any_other_case_is_left_alone(fake_torchaudio, line):
    package = fake_torchaudio(line)
    assert environment.mend_torchaudio() == "torchaudio: nothing to mend."
    assert (package / "lib" / "_torchaudio.so").exists()


def test_files_outside_the_environment_are_left_alone(fake_torchaudio, monkeypatch, tmp_path):
    package = fake_torchaudio(CUDA_FAULT)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "elsewhere"))
    environment.mend_torchaudio()
    assert (package / "lib" / "_torchaudio.so").exists()


def test_report_names_every_package():
    text = environment.report()
    for name in environment.NEEDED + environment.REFERENCE_ONLY:
        assert name in text


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr(environment, "NEEDED", ("no-such-package",))
    assert "no-such-package" in environment.report() and "not installed" in environment.report()


def test_importing_the_package_brings_nothing_heavy():
    import subprocess

    code = (
        "import sys, torch; before = set(sys.modules); import exercise_lib.check; "
        "new = {m.partition('.')[0] for m in set(sys.modules) - before}; "
        "print(new & {'librosa', 'matplotlib', 'ipywidgets', 'torchaudio', 'scipy', 'soundfile'})"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


def test_the_lock_has_every_pin_and_names_no_host():
    root = ROOT
    lock = (root / "autograder" / "requirements.lock").read_text()
    assert "://" not in lock and "file:" not in lock
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    needed = [it for group in groups for it in group if "python_version < '3.11'" not in it]
    pins = map(Requirement, needed)
    locked = {line.partition(" ")[0] for line in lock.splitlines()}
    assert {f"{it.name}{it.specifier}" for it in pins if not it.extras} <= locked
