"""The processor time of a submission's processes together is that of one processor."""

import subprocess
import sys
import time
from dataclasses import replace

import psutil
import pytest

from autograder.sandbox.watcher import SAVED, Allowance, Process


@pytest.fixture
def busy():
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        yield process
        process.kill()


def becomes(pid: int, stopped: bool) -> bool:
    """Whether a process is soon stopped, or soon not."""
    deadline = time.monotonic() + 10
    while (psutil.Process(pid).status() == psutil.STATUS_STOPPED) != stopped:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def test_who_uses_more_waits_until_the_time_has_passed(busy):
    process = Process(
        busy.pid, parent=1, started=0, seconds=1.0, waited=0.0, space=0, is_at_work=True
    )
    allowance = Allowance()
    allowance.update([process], 0.1)
    assert becomes(busy.pid, stopped=False)
    more = replace(process, seconds=1.0 + SAVED)
    allowance.update([more], 0.1)
    assert becomes(busy.pid, stopped=True)
    allowance.update([more], 2.0)
    assert becomes(busy.pid, stopped=False)


def test_processes_that_have_ended_count_and_are_not_counted_twice():
    first = Process(
        2**22 + 1, parent=1, started=0, seconds=0.5, waited=0.0, space=0, is_at_work=True
    )
    second = replace(first, pid=2**22 + 2)
    allowance = Allowance()
    for members in ([first, second], [first], [replace(first, waited=0.5)]):
        allowance.update(members, 0.1)
    assert allowance.total == 1.0
    allowance.update([replace(first, seconds=0.7)], 0.1)
    assert allowance.total == pytest.approx(1.2)
