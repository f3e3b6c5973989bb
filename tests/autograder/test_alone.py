"""One command at a time has a course."""

import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from autograder import cli
from autograder.alone import LOCK, InUse, alone
from autograder.paths import ROOT, Course

HOLD = """
import sys, time
from pathlib import Path
from autograder.alone import alone
with alone(Path(sys.argv[1]), "grade"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_the_second_says_who_has_it_and_a_killed_one_leaves_no_lock(holder, tmp_path):
    said = rf"in use by `grade`, process {holder.pid} on .+, since 20\d\d-.+\. Wait until"
    with pytest.raises(InUse, match=said), alone(tmp_path, "regrade"):
        pass
    holder.kill()
    holder.wait()
    with alone(tmp_path, "regrade"):
        assert f"`regrade`, process {os.getpid()}" in (tmp_path / LOCK).read_text()
    with alone(tmp_path, "grade"):
        pass


def test_each_grading_without_the_sandbox_warns(tmp_path, monkeypatch):
    monkeypatch.setattr(cli, "courses", lambda _="": [Course(tmp_path, "lecture7")])
    monkeypatch.setattr(cli, "grade_with_progress", lambda *_, **__: [])
    for step in ("release/lecture7", "submitted/anna/lecture7"):
        (tmp_path / step).mkdir(parents=True)
    for options in (["--no-sandbox"], ["--no-sandbox", "--student", "anna"]):
        done = CliRunner().invoke(cli.app, ["regrade", *options])
        assert "what is graded now can give itself points" in done.output


@pytest.mark.parametrize(
    "command",
    [
        ["grade"],
        ["regrade"],
        ["release"],
        ["feedback"],
        ["export"],
        ["confirm", "anna"],
        ["students", __file__],
        ["build"],
    ],
)
def test_each_command_that_writes_leaves_while_another_one_does(
    holder, tmp_path, monkeypatch, command
):
    monkeypatch.setattr(cli, "courses", lambda _="": [Course(tmp_path, "lecture7")])
    done = CliRunner().invoke(cli.app, command)
    assert done.exit_code == 1 and f"process {holder.pid}" in done.output
    assert {it.name for it in tmp_path.iterdir()} == {LOCK}
