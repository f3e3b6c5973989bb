"""A run in the background: it starts, stops, goes on, and ends with who started it."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from toy_background import ToyConfig
from toy_course import TESTS

from exercise_lib.train.background import BackgroundRun
from exercise_lib.train.checkpoint import load_checkpoint

PATIENCE = 120  # s
TASK = "toy_background:ToyTask"


@pytest.fixture(autouse=True)
def toy_path(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(TESTS), os.getcwd()]))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


def until(happened) -> None:
    end = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.05)


def steps(folder: Path) -> int:
    state = load_checkpoint(folder)
    return state["step"] if state else 0


@pytest.mark.slow
def test_a_stopped_run_keeps_its_checkpoint_and_goes_on_from_it(tmp_path):
    endless, short = ToyConfig(steps=10**9), ToyConfig(steps=1)
    run = BackgroundRun(TASK, tmp_path, endless, every=5)
    run.start_button.click()
    assert run.start_button.disabled and not run.stop_button.disabled
    process = run.process
    run.start()  # a second click starts no second process
    assert run.process is process
    until(lambda: steps(tmp_path) >= 5)
    run.stop_button.click()
    run.wait()
    assert process.poll() is not None
    assert not run.start_button.disabled and run.stop_button.disabled
    assert "Stopped" in run.said.value
    done = steps(tmp_path)
    further = BackgroundRun(TASK, tmp_path, ToyConfig(steps=done + 5), every=5)
    further.start()
    further.wait()
    assert f"Done: {done + 5} steps" in further.said.value and steps(tmp_path) == done + 5
    log = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    every = sorted({*range(5, done + 5, 5), done + 5})
    without = [it for it in every if it != done]  # it was stopped between checkpoint and log
    assert [entry["step"] for entry in log] in (every, without)
    assert short.steps < done  # a shorter order leaves what is there as it is
    again = BackgroundRun(TASK, tmp_path, short, every=5)
    again.start()
    again.wait()
    assert steps(tmp_path) == done + 5


def test_what_goes_wrong_is_said_below_the_buttons(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"steps": 3, "width": 9}))
    run = BackgroundRun(TASK, tmp_path, ToyConfig(steps=3), every=5)
    run.start()
    run.wait()
    assert "holds a run with width 9, not 4" in run.said.value
    assert not run.start_button.disabled


def test_it_ends_with_the_process_that_started_it(tmp_path):
    program = (
        "import os, sys, time; from pathlib import Path\n"
        "from toy_background import ToyConfig\n"
        "from exercise_lib.train.background import BackgroundRun\n"
        f"run = BackgroundRun({TASK!r}, Path(sys.argv[1]), ToyConfig(steps=10**9), every=5)\n"
        "run.start()\n"
        "while not Path(sys.argv[1], 'checkpoint.pt').exists(): time.sleep(0.05)\n"
        "print(run.process.pid, flush=True); os._exit(0)"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    pid = int(subprocess.run(command, stdout=subprocess.PIPE, timeout=PATIENCE).stdout)
    until(lambda: not alive(pid))


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
