"""What may happen to a grader from outside: nothing is lost, no score is stale, a clear message."""

import errno
import functools
import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import nbformat
import psutil
import pytest
from toy_cohort import SCORES, ToyCohort, failures_of_runs
from toy_course import PYTHON_PATH, TESTS, toy_exercises
from toy_graded import STUDENTS, run
from toy_sandbox import needs_bubblewrap
from typer.testing import CliRunner

from autograder import cli
from autograder.grading import patience, writer
from autograder.grading.autograded import Autograded
from autograder.grading.journal import Journal
from autograder.grading.patience import LOCKED, GradingStopped
from autograder.grading.run import sandboxed

pytestmark = [pytest.mark.xdist_group("faults"), needs_bubblewrap]
ENVIRONMENT = {**os.environ, "PYTHONPATH": PYTHON_PATH}
DAY = 86_400


def program(*arguments: str, **options) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *arguments],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        text=True,
        **options,
    )


# ---------------------------------------------------------------- processes that are killed


def name_of(process: psutil.Process) -> str:
    """Return a process's name, "" where it has ended meanwhile."""
    try:
        return process.name()
    except psutil.NoSuchProcess:
        return ""


@pytest.mark.parametrize("moment", [pytest.param("ready", marks=pytest.mark.slow), "bilal"])
def test_a_killed_grader_takes_its_workers_along_and_what_it_wrote_holds(cohort, checks, moment):
    with program(str(TESTS / "toy_grading.py"), str(cohort.course.root.parent)) as grader:
        for line in grader.stdout:
            if line.strip() == moment:
                break
        started = psutil.Process(grader.pid).children(recursive=True)
        names = list(map(name_of, started))
        grader.kill()
    assert names.count("bwrap") >= 2
    _, alive = psutil.wait_procs(started, timeout=60)
    assert not [it for it in alive if it.status() != psutil.STATUS_ZOMBIE]
    _, worked = run(cohort, checks)
    assert ("bilal" in worked) == (moment == "ready")
    assert len(worked) == len(set(worked)) and cohort.scores() == SCORES
    assert run(cohort, checks)[1] == []


@pytest.fixture(scope="module")
def two_workers(pristine):
    with sandboxed(pristine.repository, pristine.course, toy_exercises, count=2) as checks:
        yield checks


def slow_down(cohort: ToyCohort, student: str) -> None:
    """Let a student's answer take a while."""
    path = cohort.course.step("submitted", student) / "01_double.ipynb"
    notebook = nbformat.read(path, as_version=4)
    answer = next(it for it in notebook.cells if it.id == "answer-double")
    answer.source = "import time\ntime.sleep(4)\n" + answer.source
    nbformat.write(notebook, path)


def find_busy() -> dict[str, psutil.Process]:
    """Return the processes of a worker in whose sandbox a student's code runs, or none."""
    for process in psutil.Process().children(recursive=True):
        worker = process.parent()
        inside = process.children(recursive=True)
        inside = [it for it in inside if it.status() != psutil.STATUS_ZOMBIE]
        own = worker.pid == os.getpid() or worker.name() == "bwrap"
        if process.name() == "bwrap" and not own and len(inside) > 4:
            zygote = inside[2]  # below bubblewrap and the process that waits for it
            return {"worker": worker, "bubblewrap": process, "zygote": zygote}
    return {}


INSIDE = "bubblewrap", "zygote"  # test_sandbox.py has sandboxes that die in the process of a test


@pytest.mark.parametrize(
    "part", ["worker", *(pytest.param(it, marks=pytest.mark.slow) for it in INSIDE)]
)
def test_a_process_killed_over_a_submission_costs_nobody_a_point(cohort, two_workers, part):
    slow_down(cohort, "anna")
    two_workers.get_ready(len(STUDENTS), "")
    killed, over = [], threading.Event()

    def kill() -> None:
        while not (killed or over.wait(0.02)):
            try:
                if busy := find_busy():
                    busy[part].kill()
                    killed.append(busy[part])
            except (psutil.NoSuchProcess, ValueError):
                pass  # the processes changed while they were looked at

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        reports, worked = run(cohort, two_workers)
    finally:
        over.set()
        thread.join()
    assert len(killed) == 1 and not killed[0].is_running()
    assert sorted(worked) == STUDENTS and cohort.scores() == SCORES
    assert not failures_of_runs(reports.values())
    assert run(cohort, two_workers)[1] == []


# ---------------------------------------------------------------- a disk that is full


def on_a_small_disk(folder: Path, megabytes: int, command: list[str]) -> list[str]:
    """Return a command that has a file system of its own in `folder` while it runs."""
    mount = f"mount -t tmpfs -o size={megabytes}m,mode=700 none {folder}"
    if os.geteuid() == 0:
        return ["unshare", "-m", "sh", "-c", f'{mount} && exec "$@"', "sh", *command]
    own = ["unshare", "-Um", "--map-current-user", "--keep-caps"]
    drop = "exec setpriv --ambient-caps=-all --inh-caps=-all"
    return [*own, "sh", "-c", f'{mount} && {drop} "$@"', "sh", *command]


@pytest.mark.parametrize(
    "rooms",
    [
        [0, 800_000],
        pytest.param([0, 200_000, 400_000, 600_000, 800_000], marks=pytest.mark.slow),
    ],
    ids=len,
)
def test_a_disk_that_gets_full_stops_the_run_and_costs_nobody_a_point(cohort, tmp_path, rooms):
    if subprocess.run(on_a_small_disk(tmp_path, 1, ["true"]), check=False).returncode:
        pytest.skip("no file system can be mounted here")
    folders = cohort.course.root.parent, tmp_path
    script = [sys.executable, str(TESTS / "toy_disk.py"), *map(str, [*folders, *rooms])]
    done = subprocess.run(
        on_a_small_disk(tmp_path, 8, script),
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [it["room"] for it in found] == rooms
    for it in found:
        first, cut_off, last = it["graded"]
        assert "disk is full" in it["said"] and first == ["anna", "gustav"]
        assert cut_off + last == ["bilal", "gustav", "hanna"]
        assert it["scores"] == {**SCORES, "gustav": 0}
    assert len({len(it["graded"][1]) for it in found}) > 1  # they stop at different submissions


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("collect_submissions", "The submissions can't be copied into the course"),
        ("write_cohort", "All is graded, but its pages can't be written"),
    ],
)
def test_a_full_disk_before_and_after_grading_is_said(cohort, monkeypatch, step, said):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "a file")

    monkeypatch.setattr(cli, "courses", lambda _="": [cohort.course])
    monkeypatch.setattr(cli, "run_grading", lambda *_: [])
    monkeypatch.setattr(cli, step, full)
    done = CliRunner().invoke(cli.app, ["grade"])
    shown = " ".join(done.output.split())
    assert done.exit_code == 1 and said in shown and "No space left on device: 'a file'" in shown


def test_what_can_not_be_written_is_one_submissions_fault(cohort, checks, monkeypatch):
    write, failed = Autograded.write, []

    def fails_once(self, student, notebooks):
        if student == "anna" and not failed:
            failed.append(student)
            raise IsADirectoryError(errno.EISDIR, "Is a directory", "released.json")
        return write(self, student, notebooks)

    monkeypatch.setattr(Autograded, "write", fails_once)
    reports, _ = run(cohort, checks, ["anna", "gustav"])
    assert cohort.scores() == {"anna": 0, "gustav": 1}
    assert "could not be written" in reports["anna"].failures[0]
    reports, worked = run(cohort, checks, ["anna", "gustav"])
    assert worked == ["anna"] and reports["anna"].score == 2 and not reports["anna"].failures


# ---------------------------------------------------------------- a gradebook that is locked

LOCKER = """
import sqlite3, sys
gradebook = sqlite3.connect(sys.argv[1], isolation_level=None)
for line in sys.stdin:
    gradebook.execute(line)
    print("done", flush=True)
"""


@pytest.fixture
def other_program(cohort):
    """Return a function that lets another program send SQL to the gradebook."""
    path = str(cohort.course.root / "gradebook.db")
    with program("-c", LOCKER, path, stdin=subprocess.PIPE, bufsize=1) as process:

        def say(sql: str) -> None:
            process.stdin.write(f"{sql}\n")
            assert process.stdout.readline() == "done\n"

        yield say
        process.stdin.close()


@pytest.fixture
def quickly_locked(monkeypatch):
    """SQLite waits a moment for another program, not five seconds."""
    connect = functools.partial(sqlite3.connect, timeout=0.1)
    for module in (sqlite3, sqlite3.dbapi2):
        monkeypatch.setattr(module, "connect", connect)


@pytest.mark.usefixtures("quickly_locked")
@pytest.mark.parametrize("moment", ["begin", "written_submission", "end"])
def test_a_gradebook_that_is_locked_for_a_while_is_waited_for(
    cohort,
    checks,
    other_program,
    monkeypatch,
    moment,
):
    run(cohort, checks, ["bilal"])
    owner = Journal if moment in ("begin", "end") else writer
    step, locked, waited = getattr(owner, moment), [], []

    def lock_first(*arguments):
        if not locked and "anna" in arguments:
            other_program("BEGIN EXCLUSIVE")
            locked.append(moment)
        return step(*arguments)

    class Locked:
        @staticmethod
        def search(error: str):
            waited.append(LOCKED.search(error))
            other_program("ROLLBACK")
            return waited[-1]

    monkeypatch.setattr(owner, moment, lock_first)
    monkeypatch.setattr(patience, "LOCKED", Locked)
    _, worked = run(cohort, checks, ["anna", "hanna", "bilal"])
    assert locked and len(waited) == 1 and waited[0]
    assert worked == ["anna", "hanna"]
    monkeypatch.undo()
    assert cohort.scores() == {"anna": 2, "bilal": 0, "hanna": 1}
    assert run(cohort, checks, ["anna", "hanna", "bilal"])[1] == []


@pytest.mark.usefixtures("quickly_locked")
def test_a_gradebook_that_stays_locked_stops_the_run_in_a_message(
    cohort,
    checks,
    other_program,
    monkeypatch,
):
    run(cohort, checks, ["anna", "bilal"])
    cohort.hand_in("anna", like="bilal")
    begin = Journal.begin

    def lock_then_begin(journal, student):
        other_program("BEGIN EXCLUSIVE")
        begin(journal, student)

    with monkeypatch.context() as patch:
        patch.setattr(patience, "LOCKED_SECONDS", 0.0)
        patch.setattr(Journal, "begin", lock_then_begin)
        with pytest.raises(GradingStopped, match=r"gradebook can't be used \(database is locked\)"):
            run(cohort, checks, ["bilal", "anna"])
        with pytest.raises(GradingStopped, match="database is locked"):
            run(cohort, checks, ["bilal", "anna"])
    other_program("ROLLBACK")
    _, worked = run(cohort, checks, ["bilal", "anna"])
    assert worked == ["anna"] and cohort.scores() == {"anna": 0, "bilal": 0}


# ---------------------------------------------------------------- a clock that jumps


def test_a_clock_that_jumps_by_days_changes_nothing(cohort, checks, monkeypatch):
    real, calls = time.time, []

    def jumping() -> float:
        calls.append(1)
        return real() + (-1) ** len(calls) * len(calls) * DAY

    with monkeypatch.context() as patch:
        patch.setattr(time, "time", jumping)
        patch.setattr(time, "time_ns", lambda: int(jumping() * 1e9))
        reports, worked = run(cohort, checks)
    assert calls and worked == STUDENTS and cohort.scores() == SCORES
    assert all(0 < it.seconds < DAY / 2 for it in reports.values())
    assert not failures_of_runs(reports.values())
    assert run(cohort, checks)[1] == []


def test_no_date_decides_what_is_graded_again(cohort, checks):
    run(cohort, checks)
    course = cohort.course
    for student, date in zip(STUDENTS, (0, DAY, 2**31, 2**32), strict=True):
        for path in course.step("submitted", student).rglob("*"):
            os.utime(path, (date, date))
    assert run(cohort, checks)[1] == []

    module = course.step("submitted", "anna") / "exercise_lib/warmup.py"
    text, before = module.read_bytes(), module.stat()
    module.write_bytes(text.replace(b"def peak", b"def peek"))
    assert module.stat().st_size == before.st_size
    os.utime(module, ns=(before.st_atime_ns, before.st_mtime_ns))
    _, worked = run(cohort, checks)
    assert worked == ["anna"] and cohort.scores()["anna"] == 1
