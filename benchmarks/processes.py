"""What a command takes: elapsed time, and processor time of all the processes it starts."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

SET_CHILD_SUBREAPER = 36  # <linux/prctl.h>


@dataclass(frozen=True)
class Cost:
    """Of one command; `first` is when it wrote the line that was looked for."""

    elapsed: float
    processor: float
    first: float = 0.0


def cost_of(command: list[str], folder: Path, look_for: str = "") -> Cost:
    """Run a command in a folder and return what it took; raises CalledProcessError if it fails.

    Args: look_for: a text in the first line that is waited for.
    """
    ctypes.CDLL(None).prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0)  # whom it leaves behind counts, too
    before, start, first = used(), time.perf_counter(), 0.0
    said = []
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout
        for line in process.stdout:
            said.append(line)
            if look_for and not first and look_for in line:
                first = time.perf_counter() - start
    elapsed = time.perf_counter() - start
    if process.returncode:
        sys.stderr.writelines(said)
        raise subprocess.CalledProcessError(process.returncode, command)
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()
    return Cost(elapsed, used() - before, first)


def used() -> float:
    """Return the processor seconds of all children that have ended."""
    found = resource.getrusage(resource.RUSAGE_CHILDREN)
    return found.ru_utime + found.ru_stime
