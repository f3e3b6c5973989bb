"""Kernels and nbgrader that need not import what is slow: forked from a process that has.

As a program, this file forks a process for each line it reads: what it is to be, its arguments,
its folder, and its environment, as JSON. It imports nothing of this repository before, so a kernel
finds the `exercise_lib` of its own folder.
"""

import atexit
import functools
import gc
import json
import os
import runpy
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import IO, Any, NamedTuple

import psutil

INLINE = "module://matplotlib_inline.backend_inline"
LAUNCHER = "jupyter_client.provisioning.local_provisioner.launch_kernel"
SLOW = (
    "ipykernel.kernelapp",
    "ipywidgets",
    "librosa.core.audio",
    "librosa.core.pitch",
    "librosa.feature",
    "lightning_fabric",
    "matplotlib.pyplot",
    "nbformat",
    "nbgrader.apps",
    "pocketsphinx",
    "scipy.signal",
    "torch",
)
DOTS_PER_INCH = 20  # of pictures, at which nobody looks
NBGRADER_SECONDS = 900
ONE_AT_A_TIME = threading.Lock()


class Forked:
    """What Jupyter asks of a kernel's process."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.process = psutil.Process(pid)
        self.send_signal = self.process.send_signal
        self.kill, self.terminate = self.process.kill, self.process.terminate

    def poll(self) -> int | None:
        return None if self.process.is_running() else 0

    def wait(self, timeout: float | None = None) -> int:
        self.process.wait(timeout)
        return 0


class Forker(NamedTuple):
    """A process to fork from, by the pipes to it."""

    requests: IO[str]
    pids: IO[str]

    def fork(self, kind: str, arguments: list[str], folder: str, env: dict[str, str]) -> Forked:
        with ONE_AT_A_TIME:
            self.requests.write(json.dumps([kind, arguments, folder, env]) + "\n")
            self.requests.flush()
            return Forked(int(self.pids.readline()))

    def launch_kernel(
        self, command: list[str], env: dict[str, str], cwd: str | None = None, **_: Any
    ) -> Forked:
        """Start a kernel, as `jupyter_client.launcher.launch_kernel` does."""
        return self.fork("kernel", command[2:], cwd or os.getcwd(), env)

    def run_nbgrader(self, arguments: list[str], folder: Path, env: dict, log: Path) -> int:
        """Run nbgrader and return its exit code, which ends the file that it prints to."""
        self.fork("nbgrader", [str(log), *arguments], str(folder), env).wait(NBGRADER_SECONDS)
        return int(log.read_text(encoding="utf-8").rpartition("\n")[2])


@functools.cache
def forker() -> Forker:
    """Start this file."""
    started = subprocess.Popen(
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "MPLBACKEND": INLINE, "PYTHONPATH": ""},
        text=True,
    )
    assert started.stdin and started.stdout
    atexit.register(started.communicate)
    return Forker(started.stdin, started.stdout)


def become_kernel(arguments: list[str]) -> None:
    from ipykernel import kernelapp

    sys.argv = [*arguments, f"--IPKernelApp.parent_handle={os.getppid()}"]
    kernelapp.launch_new_instance()


def become_nbgrader(arguments: list[str]) -> None:
    """Do as `python -m nbgrader`; the last line of what it prints is its exit code."""
    module, _, name = LAUNCHER.rpartition(".")
    setattr(import_module(module), name, fork_forker().launch_kernel)
    log, *sys.argv[1:] = arguments
    for stream in (1, 2):
        os.dup2(os.open(log, os.O_WRONLY | os.O_APPEND), stream)
    sys.path.insert(0, os.getcwd())
    code: Any = 0
    try:
        runpy.run_module("nbgrader", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        code = end.code or 0
    except BaseException:
        traceback.print_exc()
        code = 1
    print(f"\n{code}", end="", flush=True)


KINDS = {"kernel": become_kernel, "nbgrader": become_nbgrader}


def fork_forker() -> Forker:
    """Fork a process to fork from, which ends with this one."""
    requests, pids = os.pipe(), os.pipe()
    if not os.fork():
        os.close(requests[1])
        serve(os.fdopen(requests[0]), os.fdopen(pids[1], "w"))
        os._exit(0)
    os.close(requests[0])
    return Forker(os.fdopen(requests[1], "w"), os.fdopen(pids[0]))


def serve(requests: Iterable[str], pids: IO[str]) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for what is forked
    folders = sys.path[1:]
    for line in requests:
        if os.fork():
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        print(os.getpid(), file=pids, flush=True)
        os.dup2(2, 1)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        kind, arguments, folder, environment = json.loads(line)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        sys.path[:] = [*filter(None, environment.get("PYTHONPATH", "").split(os.pathsep)), *folders]
        KINDS[kind](arguments)
        os._exit(0)


if __name__ == "__main__":
    for slow in SLOW:
        import_module(slow)
    import_module("matplotlib").rcParams["figure.dpi"] = DOTS_PER_INCH
    gc.freeze()
    serve(sys.stdin, sys.stdout)
