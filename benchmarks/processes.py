"""What a command takes: elapsed time, and processor time of all the processes it starts."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

SET_CHILD_SUBREAPER = 36  # <linux/prctl.h>
PERIOD = 0.02  # seconds between two looks at all processes
TICK = os.sysconf("SC_CLK_TCK")


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
    watch = Watch()
    watch.start()
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
    watch.end()
    return Cost(elapsed, max(used() - before, watch.total), first)


class Watch(threading.Thread):
    """Adds up the processor time of all that descends from this process.

    The kernel's own sum lacks those that nobody waits for, as a sandbox's children that are killed.
    Of each, what it uses after the last look is missed.
    """

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.seconds: dict[tuple[int, bytes], float] = {}  # by process and when it started
        self.done = threading.Event()

    def run(self) -> None:
        """Look again and again."""
        while not self.done.wait(PERIOD):
            left = children_of(os.getpid())
            while left:
                pid = left.pop()
                with contextlib.suppress(OSError):  # it has ended
                    stat = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
                    self.seconds[pid, stat[19]] = (int(stat[11]) + int(stat[12])) / TICK
                    left += children_of(pid)

    def end(self) -> None:
        """Look no more."""
        self.done.set()
        self.join()

    @property
    def total(self) -> float:
        """Seconds of all together."""
        return sum(self.seconds.values())


def children_of(pid: int) -> list[int]:
    """Return the processes that a process, with any of its threads, has started."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return [int(it) for thread in threads for it in (thread / "children").read_text().split()]


def used() -> float:
    """Return the processor seconds of all children that have ended and were waited for."""
    found = resource.getrusage(resource.RUSAGE_CHILDREN)
    return found.ru_utime + found.ru_stime
