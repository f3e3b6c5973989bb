"""What a child sees of the file system: this Python, and nothing of the grader's own."""

import subprocess
import sys
from pathlib import Path

import pytest
from toy_sandbox import needs_bubblewrap

from autograder.sandbox import bubblewrap
from autograder.sandbox.errors import SandboxUnavailable
from autograder.sandbox.program import find_program
from autograder.sandbox.sandbox import Sandbox


@pytest.fixture
def release(tmp_path) -> Path:
    (tmp_path / "course/release/exercise_lib").mkdir(parents=True)
    return tmp_path / "course/release"


@needs_bubblewrap
@pytest.mark.parametrize("what", ["course", "checkout", "below /usr"])
def test_an_environment_around_the_graders_own_files_is_refused(release, monkeypatch, what):
    if what == "course":
        monkeypatch.setattr(sys, "prefix", str(release.parent))
    elif what == "checkout":
        monkeypatch.setattr(sys, "prefix", str(bubblewrap.CHECKOUT))
    else:
        monkeypatch.setattr(bubblewrap, "CHECKOUT", Path("/usr/src/kit"))
    with pytest.raises(SandboxUnavailable, match=r"lies there.*python -m venv \.venv"):
        Sandbox(release, []).start()


@needs_bubblewrap
def test_a_python_reached_through_links_runs(release, tmp_path, monkeypatch):
    real = Path(sys.executable).resolve()
    (tmp_path / "versions").mkdir()
    (tmp_path / "versions/current").symlink_to(real.parent)
    (tmp_path / "pythons").symlink_to("versions")
    environment = tmp_path / "environment"
    (environment / "bin").mkdir(parents=True)
    home = tmp_path / "pythons/current"
    (environment / "bin/python").symlink_to(home / real.name)
    (environment / "pyvenv.cfg").write_text(f"home = {home}\n")
    (tmp_path / "mine").symlink_to(environment)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "mine/bin/python"))
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "mine"))
    command = bubblewrap.command(str(find_program()), release, 0)
    command = command[: command.index("-m")]
    done = subprocess.run(
        [*command, "-c", "import sys; print(sys.prefix)"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == str(tmp_path / "mine"), done.stderr
