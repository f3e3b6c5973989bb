"""A file is replaced as a whole or not at all."""

import os
import signal
import subprocess
import sys

import pytest

from exercise_lib.files import replace_file, write_text

OLD, NEW = "old\n", "new: ä\n"


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text(OLD)
    return path


def test_a_file_takes_the_place_of_the_old_one_and_everybody_may_read_it(path):
    path.chmod(0o600)
    assert write_text(path, NEW) == path
    assert path.read_bytes() == NEW.encode() and path.stat().st_mode & 0o777 == 0o644
    assert os.listdir(path.parent) == [path.name]


def test_folders_are_made(tmp_path):
    assert write_text(tmp_path / "a" / "b.txt", NEW).read_text(encoding="utf-8") == NEW


@pytest.mark.parametrize("error", [OSError("No space left on device"), KeyboardInterrupt()])
def test_what_fails_leaves_the_old_file_and_nothing_else(path, error):
    def write(file):
        file.write(b"half")
        raise error

    with pytest.raises(type(error)):
        replace_file(path, write)
    assert path.read_text() == OLD and os.listdir(path.parent) == [path.name]


def test_who_is_killed_leaves_the_old_file(path):
    code = (
        "import os, signal, sys; from pathlib import Path; "
        "from exercise_lib.files import replace_file; replace_file(Path(sys.argv[1]), "
        "lambda file: (file.write(b'half'), file.flush(), os.kill(os.getpid(), signal.SIGKILL)))"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert killed.returncode == -signal.SIGKILL and path.read_text() == OLD
