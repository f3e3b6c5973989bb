"""How soon the stage of the lecture hall is there: `python -m benchmarks.stage`; needs Chromium.

The time runs from the command to the first sentence that can be typed, then to the first that is
read. Processor time is that of the stage's server alone, and of the browser beside it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time

import psutil
from playwright.sync_api import sync_playwright
from rich.console import Console

from autograder.paths import REPOSITORY
from benchmarks.tables import table

COMMAND = [sys.executable, "-m", "autograder", "lecture", "--no-browser"]
FLAGS = ["--no-sandbox", "--disable-gpu"]
SIZE = {"width": 1920, "height": 1080}
MOST_SECONDS = 300
READ = "document.querySelector('.picture').dataset.step !== undefined"


def measure() -> dict[str, dict[str, str]]:
    """Start the stage and a browser; return what had passed when it could be used."""
    start = time.perf_counter()
    server = subprocess.Popen(COMMAND, cwd=REPOSITORY.root, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout
        address = server.stdout.readline().split()[0]
        rows = {"server answers": row(start, server.pid)}
        with sync_playwright() as playwright:
            path = shutil.which("chromium") or shutil.which("chromium-browser")
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
            page = browser.new_page(viewport=SIZE)
            page.set_default_timeout(1000 * MOST_SECONDS)
            page.goto(address)
            page.locator("input.sentence:focus").wait_for()
            rows["a sentence can be typed"] = row(start, server.pid)
            page.wait_for_function(READ)
            rows["a first sentence is read"] = row(start, server.pid)
            browser.close()
    finally:
        server.terminate()
        server.wait()
    return rows


def row(start: float, server: int) -> dict[str, str]:
    """Return the seconds since the start, and the processor's for server and browser."""
    elapsed = time.perf_counter() - start
    processes = {it.pid: used(it) for it in psutil.Process().children(recursive=True)}
    of_server = processes.pop(server)
    return {
        "seconds": f"{elapsed:.1f}",
        "processor: server": f"{of_server:.1f}",
        "browser": f"{sum(processes.values()):.1f}",
    }


def used(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return times.user + times.system


if __name__ == "__main__":
    Console().print(table("From the command until ...", measure()))
