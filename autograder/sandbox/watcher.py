"""Bounds on a submission as a whole: what all the processes of one child use together.

The kernel's limits are each process's own. This is a loop beside the zygote, out of the children's
sight; it needs no control groups, which a grader's user often can't make.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from autograder.sandbox.limits import Limits

PERIOD = 0.1  # seconds
SAVED = 2.0  # seconds of processor time
TICK = os.sysconf("SC_CLK_TCK")
ANONYMOUS = re.compile(rb"^(\w+)-(\w+) ...s \w+ (\S+ \d+) +/dev/zero \(deleted\)$", re.MULTILINE)
PRIVATE = re.compile(rb"^Pss_Anon: +(\d+) kB$", re.MULTILINE)


@dataclass(frozen=True)
class Process:
    """What /proc says of one process."""

    pid: int
    parent: int
    started: int
    seconds: float  # of processor time
    waited: float  # of processor time, by processes that it started and waited for
    space: int  # bytes of address space
    is_at_work: bool  # it runs, could, or was made to wait


@dataclass
class Allowance:
    """Processor time that a child may use: as it passes, and a little that it has saved."""

    saved: float = SAVED
    spent: dict[tuple[int, int], float] = field(default_factory=dict)  # by process, ended ones too
    total: float = 0.0
    paused: bool = False

    def update(self, members: list[Process], passed: float) -> None:
        """Count what was spent in the seconds that passed, and let the child wait or go on."""
        self.spent |= {(it.pid, it.started): it.seconds for it in members}
        waited = sum(it.seconds + it.waited for it in members)
        before, self.total = self.total, max(self.total, waited, sum(self.spent.values()))
        self.saved = min(SAVED, self.saved + passed - (self.total - before))
        if self.paused or self.saved < 0:
            self.paused = self.saved < 0
            for member in members:
                signal_to(member.pid, signal.SIGSTOP if self.paused else signal.SIGCONT)


def watch(zygote: int, limits: Limits) -> None:
    """Bound what each child of the zygote uses, until the zygote itself ends."""
    allowances: dict[int, Allowance] = {}
    now = time.monotonic()
    while not os.waitpid(zygote, os.WNOHANG)[0]:
        passed, now = time.monotonic() - now, time.monotonic()
        processes = {it.pid: it for it in read_processes()}
        roots = [it.pid for it in processes.values() if it.parent == zygote]
        allowances = {it: allowances.get(it, Allowance()) for it in roots}
        for child, allowance in allowances.items():
            members = family(child, processes)
            allowance.update(members, passed)
            is_bomb = sum(it.is_at_work for it in members) > limits.processes // 2
            if is_bomb or uses_memory(members, processes[zygote], limits.memory):
                signal_to(child, signal.SIGKILL)  # and with it to all its pid namespace
        time.sleep(PERIOD)


def signal_to(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def read_processes() -> Iterator[Process]:
    """Yield the processes of this pid namespace and those below it."""
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        with contextlib.suppress(OSError):  # it has ended
            fields = (folder / "stat").read_bytes().rpartition(b")")[2].split()
            parent, user, system, waited_user, waited_system, started, space = (
                int(fields[it]) for it in (1, 11, 12, 13, 14, 19, 20)
            )
            yield Process(
                int(folder.name),
                parent,
                started,
                (user + system) / TICK,
                (waited_user + waited_system) / TICK,
                space,
                fields[0] in (b"R", b"T"),
            )


def family(pid: int, processes: dict[int, Process]) -> list[Process]:
    """Return a process and all that descend from it; orphans are its own again."""
    found = [processes[pid]]
    for member in found:
        found += [it for it in processes.values() if it.parent == member.pid]
    return found


def uses_memory(members: list[Process], zygote: Process, limit: int) -> bool:
    """Whether processes use more than `limit` bytes beside what they share with the zygote.

    Address space is an upper bound that is read quickly: only where it is too large, pages are
    counted, those that processes share once.
    """
    if sum(growth(it, zygote) for it in members) <= limit:
        return False
    pages, shared = -count_pages(zygote.pid), {}
    for member in members:
        folder = Path(f"/proc/{member.pid}")
        try:
            pages += count_pages(member.pid)
            for start, end, file in ANONYMOUS.findall((folder / "maps").read_bytes()):
                shared[file] = max(shared.get(file, 0), int(end, 16) - int(start, 16))
        except PermissionError:  # it hides them, as prctl(2) allows
            pages += growth(member, zygote)
        except OSError:
            pass  # it has ended
    return pages + sum(shared.values()) > limit


def growth(member: Process, zygote: Process) -> int:
    """Return the bytes of address space that a process has beside what it started with."""
    return max(0, member.space - zygote.space)


def count_pages(pid: int) -> int:
    """Return the bytes of a process's own pages, and its share of those it has with others."""
    found = PRIVATE.search(Path(f"/proc/{pid}/smaps_rollup").read_bytes())
    return int(found[1]) * 1024 if found else 0
