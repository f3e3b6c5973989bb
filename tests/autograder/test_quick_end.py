"""A process that does not take apart what it has imported ends as any other does."""

import os
import subprocess
import sys

import pytest

from autograder.paths import ROOT

PROGRAM = """
import atexit
from autograder import quick_end

class Late:
    def __del__(self):
        print("taken apart")

late = Late()
atexit.register(print, "done before")

def program():
    {does}

quick_end.run(program)
"""


def ended(does: str, **streams):
    command = [sys.executable, "-c", PROGRAM.format(does=does)]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | streams
    buffered = {**os.environ, "PYTHONUNBUFFERED": ""}
    return subprocess.run(command, cwd=ROOT, text=True, env=buffered, **streams)


@pytest.mark.parametrize(
    ("does", "status"),
    [
        ("print('said')", 0),
        ("raise SystemExit", 0),
        ("raise SystemExit(0)", 0),
        ("raise SystemExit(3)", 3),
        ("raise SystemExit('why')", 1),
        ("1 / 0", 1),
        ("raise KeyboardInterrupt", 1),
    ],
)
def test_its_status_is_that_of_the_program(does, status):
    assert ended(does).returncode == status


def test_what_is_to_be_done_and_said_at_the_end_is_and_nothing_is_taken_apart():
    assert ended("print('said')").stdout == "said\ndone before\n"


def test_an_exception_is_told():
    assert "ZeroDivisionError" in ended("1 / 0").stderr
    assert ended("raise SystemExit('why')").stderr == "why\n"


@pytest.mark.skipif(sys.platform != "linux", reason="there is no /dev/full")
def test_what_can_not_be_said_is_a_failure():
    with open("/dev/full", "w") as full:
        assert ended("print('said')", stdout=full).returncode == 120
