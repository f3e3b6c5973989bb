"""A function in a process of its own gives its result, or the reason why there is none."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from autograder.limited import TooMuch, limited
from autograder.paths import ROOT


class Stubborn(Exception):
    """An exception that can be pickled, but not read again."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(one)


def fail(error: BaseException) -> None:
    raise error


def is_there(pid: int) -> bool:
    """Whether a process runs, and is no zombie."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def loop() -> None:
    while True:
        pass


def test_a_result_comes_back_also_a_large_one():
    assert limited(lambda: (os.getppid(), {"a": [1]})) == (os.getpid(), {"a": [1]})
    assert len(limited(lambda: b"x" * 30_000_000)) == 30_000_000


def test_an_exception_comes_back():
    with pytest.raises(FileNotFoundError) as raised:
        limited(Path("/nowhere").read_text)
    assert raised.value.filename == "/nowhere"
    with pytest.raises(RuntimeError, match="Stubborn: one"):
        limited(lambda: fail(Stubborn("one", "two")))
    with pytest.raises(SystemExit):
        limited(lambda: sys.exit(3))


def test_what_can_not_be_pickled_is_an_error():
    with pytest.raises(Exception, match="pickle"):
        limited(lambda: lambda: None)


def test_an_endless_loop_ends_at_the_time_limit():
    start = time.monotonic()
    with pytest.raises(TooMuch, match=r"it took more than 0\.5 s"):
        limited(loop, seconds=0.5)
    assert time.monotonic() - start < 5


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere memory is not bounded")
def test_a_memory_bomb_ends_at_the_memory_limit():
    with pytest.raises(TooMuch, match="it needed more than 200 MB of memory"):
        limited(lambda: [b"x" * 1_000_000 for _ in range(1000)], memory=200_000_000)
    assert limited(lambda: len(b"x" * 100_000_000), memory=200_000_000) == 100_000_000


@pytest.mark.parametrize("end", [lambda: os.kill(os.getpid(), signal.SIGKILL), lambda: os._exit(0)])
def test_a_process_that_ends_is_no_result(end):
    with pytest.raises(TooMuch, match="it ended the process it ran in"):
        limited(end)


def test_no_process_and_no_open_file_is_left():
    before = sorted(os.listdir("/dev/fd"))
    limited(os.getpid)
    with pytest.raises(TooMuch):
        limited(loop, seconds=0.1)
    assert sorted(os.listdir("/dev/fd")) == before
    with pytest.raises(ChildProcessError):
        os.waitpid(limited(os.getpid), 0)


def test_it_works_while_other_threads_run_and_in_a_thread():
    end = threading.Event()
    others = [threading.Thread(target=end.wait) for _ in range(4)]
    found = []
    try:
        for it in others:
            it.start()
        own = threading.Thread(target=lambda: found.append(limited(os.getppid)))
        own.start()
        own.join()
        assert found == [os.getpid()] == [limited(os.getppid)]
    finally:
        end.set()


@pytest.mark.skipif(sys.platform != "linux", reason="a process is not told elsewhere")
def test_it_ends_when_the_process_that_waits_for_it_is_killed():
    program = """
import os, time
from autograder.limited import limited

def wait():
    print(os.getpid(), flush=True)
    time.sleep(60)

limited(wait)
"""
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as parent:
        pid = int(parent.stdout.readline())
        assert is_there(pid)
        parent.kill()
    deadline = time.monotonic() + 10
    while is_there(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_there(pid)
