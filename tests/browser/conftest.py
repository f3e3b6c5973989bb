"""A real browser and real servers for the slow tests."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_SECONDS = 60


@pytest.fixture(scope="session")
def browser() -> Iterator:
    """Return a Chromium; without one the test is skipped with the reason."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def page(browser) -> Iterator:
    """Return an empty page of 1400 x 1000 pixels that waits 3 minutes for what it looks for."""
    opened = browser.new_page(viewport={"width": 1400, "height": 1000})
    opened.set_default_timeout(180_000)
    yield opened
    opened.close()


@pytest.fixture
def serve(tmp_path) -> Iterator[Callable[..., str]]:
    """Start a Jupyter server: `serve(["lab", ...], folder)` returns its address.

    Its kernels import from its folder, or from `python_path` before, whatever the tests' own path.
    """
    started: list[subprocess.Popen] = []

    def start(arguments: list[str], folder: Path, python_path: str = "") -> str:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [sys.executable, "-m", *arguments, "--no-browser", f"--port={port}"]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": python_path}
        log = (tmp_path / "server.log").open("w")
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        started.append(server)
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + START_SECONDS
        while not _answers(port):
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{command} did not start:\n{Path(log.name).read_text()}")
            time.sleep(0.3)
        return address

    yield start
    for server in started:
        server.terminate()
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()


@pytest.fixture
def open_in_lab(page, serve) -> Callable[..., None]:
    """Open a notebook in JupyterLab, its first cell chosen and its kernel ready for keys."""

    def open_there(folder: Path, name: str, python_path: str = "") -> None:
        lab = ["jupyter", "lab", "--ServerApp.token=", "--allow-root"]
        address = serve(lab, folder, python_path)
        page.goto(f"{address}/lab/tree/{name}?reset")
        cell = page.locator(".jp-Notebook .jp-Cell").first
        cell.wait_for()
        page.get_by_text("| Idle").wait_for()  # the mark on top says so before there is a kernel
        cell.click()

    return open_there


@pytest.fixture
def screenshots(tmp_path) -> Path:
    """Return where pictures go: $SCREENSHOTS, to be looked at, or a temporary folder."""
    folder = Path(os.environ.get("SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _answers(port: int) -> bool:
    """Ask for no page: Voilà runs a whole notebook for each."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            return True
    except OSError:
        return False
