"""A Dask cluster on loopback: a scheduler and two worker processes."""

import os
import re
import subprocess
import sys
import threading

import pytest
from toy_course import PYTHON_PATH


def start(*arguments: str, path: str = PYTHON_PATH, **options) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "distributed.cli." + arguments[0], *arguments[1:]],
        env={**os.environ, "PYTHONPATH": path},
        **options,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(process: subprocess.Popen[str], pattern: str) -> str:
    """Return what the pattern finds in a process's log, and keep its pipe empty from then on."""
    assert process.stderr is not None
    for line in process.stderr:
        if found := re.search(pattern, line):
            threading.Thread(target=process.stderr.read, daemon=True).start()
            return found[1]
    raise AssertionError(f"{process.args} ended")


@pytest.fixture
def cluster():
    """Yield the address of a scheduler and its two workers."""
    host = ["--host", "127.0.0.1"]
    scheduler = start("dask_scheduler", *host, "--port", "0", "--no-dashboard")
    processes = [scheduler]
    try:
        address = wait_for(scheduler, r"(tcp://127\.0\.0\.1:\d+)")
        for _ in range(2):
            worker = start("dask_worker", address, *host, "--nthreads", "1", "--no-nanny",
                           "--no-dashboard")  # fmt: skip
            processes.append(worker)
            wait_for(worker, r"(Registered to)")
        yield address, processes[1:]
    finally:
        for process in processes:
            process.kill()
            process.wait()
