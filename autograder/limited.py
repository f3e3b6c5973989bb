"""Run one function in a process of its own that ends at a limit: for what reads a submission."""

from __future__ import annotations

import ctypes
import gc
import os
import pickle
import resource
import signal
import sys
from collections.abc import Callable
from multiprocessing import Pipe
from pathlib import Path
from typing import TypeVar

SECONDS = 60.0
MEMORY = 2_000_000_000  # bytes
DEATH_SIGNAL = 1  # <linux/prctl.h>
T = TypeVar("T")


class TooMuch(Exception):
    """A function took more time or memory than it may, or its process ended."""


def limited(function: Callable[[], T], seconds: float = SECONDS, memory: int = MEMORY) -> T:
    """Return what a function returns in a fork of this process, which is killed at a limit.

    What it writes to disk stays, what it changes in memory does not.

    Args:
        function: needs no other thread; what it returns can be pickled.
        memory: bytes beside what this process has; on Linux only.

    Raises: TooMuch, or what the function raises.
    """
    receiving, sending = Pipe(duplex=False)
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        try:
            end_with(parent)
            sending.send_bytes(answer(function, memory))
        finally:
            os._exit(0)
    sending.close()
    try:
        with receiving:
            if not receiving.poll(seconds):
                raise TooMuch(f"it took more than {seconds:g} s")
            result, error = pickle.loads(receiving.recv_bytes())
    except EOFError:
        raise TooMuch("it ended the process it ran in") from None
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    if error is not None:
        raise error
    return result


def end_with(parent: int) -> None:
    """Let this process end when the one that forked it does, even if that was killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)


def answer(function: Callable[[], T], memory: int) -> bytes:
    """Return what a function returns or raises within a limit, pickled as a pair."""
    gc.freeze()  # what the parent has is not looked at, and so not copied
    unbounded = resource.getrlimit(resource.RLIMIT_AS)
    try:
        bound_memory(memory)
        return pickle.dumps((function(), None))
    except MemoryError:
        resource.setrlimit(resource.RLIMIT_AS, unbounded)
        return pickle.dumps((None, TooMuch(f"it needed more than {memory / 1e6:g} MB of memory")))
    except BaseException as error:
        return pickle.dumps((None, sendable(error)))


def bound_memory(memory: int) -> None:
    """Let this process have so many bytes more than it has."""
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        size = pages * resource.getpagesize() + memory
        most = resource.getrlimit(resource.RLIMIT_AS)[1]
        if most == resource.RLIM_INFINITY or size < most:
            resource.setrlimit(resource.RLIMIT_AS, (size, most))


def sendable(error: BaseException) -> BaseException:
    """Return an exception that another process can read: this one where it can be pickled."""
    try:
        return pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
