"""Kernels that need not import what is slow: forked from a process that has.

`launch_kernel` takes the place of Jupyter's. As a program, this file starts a kernel for each line
it reads: its command, its folder, and its environment, as JSON. It imports nothing of this
repository before, so a kernel finds the `exercise_lib` of its own folder.
"""

import atexit
import functools
import json
import os
import signal
import subprocess
import sys
import threading
from importlib import import_module
from typing import Any

import psutil

INLINE = "module://matplotlib_inline.backend_inline"
SLOW = (
    "ipykernel.kernelapp",
    "ipywidgets",
    "librosa",
    "matplotlib.pyplot",
    "nbformat",
    "pocketsphinx",
    "scipy.signal",
    "torch",
)
ONE_AT_A_TIME = threading.Lock()


class ForkedKernel:
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


@functools.cache
def program() -> subprocess.Popen[str]:
    """Start this file."""
    started = subprocess.Popen(
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "MPLBACKEND": INLINE, "PYTHONPATH": ""},
        text=True,
    )
    atexit.register(started.communicate)
    return started


def launch_kernel(command: list[str], env: dict[str, str], cwd: str, **_: Any) -> ForkedKernel:
    """Start a kernel, as `jupyter_client.launcher.launch_kernel` does."""
    with ONE_AT_A_TIME:
        started = program()
        started.stdin.write(json.dumps([command, cwd, env]) + "\n")
        started.stdin.flush()
        return ForkedKernel(int(started.stdout.readline()))


def main() -> None:
    for name in SLOW:
        import_module(name)
    from ipykernel import kernelapp

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the kernels
    folders = sys.path[1:]
    for line in sys.stdin:
        if os.fork():
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        print(os.getpid(), flush=True)
        os.dup2(2, 1)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        command, folder, environment = json.loads(line)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        sys.path[:] = [*filter(None, environment.get("PYTHONPATH", "").split(os.pathsep)), *folders]
        sys.argv = [*command[2:], f"--IPKernelApp.parent_handle={os.getppid()}"]
        kernelapp.launch_new_instance()
        os._exit(0)


if __name__ == "__main__":
    main()
