"""Grading a cohort: what holds is kept, what does not is graded again, whatever goes wrong."""

import errno
import multiprocessing
import os
import pickle
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import textwrap
import time
import zipfile
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import toy_dying_grader
from nbgrader.api import Gradebook
from toy_cohort import SCORES
from toy_course import ASSIGNMENT
from toy_graded import STUDENTS, run
from toy_sandbox import InThisProcess, needs_bubblewrap

from autograder.builder.exercises import LoadExercises
from autograder.grading import run as grade_module
from autograder.grading import worker
from autograder.grading.changes import Change, find_changes, write_changes
from autograder.grading.job import Job, Settings
from autograder.grading.journal import Journal
from autograder.grading.notebook import NO_TIME
from autograder.grading.run import GradingStopped
from autograder.grading.workers import IMPORTED_ONCE, WorkerDied, Workers, own_processes
from autograder.lms import read_name
from autograder.paths import REPOSITORY, ROOT, Course
from autograder.submissions.collect import collect_submissions, confirm
from autograder.submissions.files import UNREADABLE
from autograder.terminal import problems

pytestmark = [pytest.mark.xdist_group("grade"), needs_bubblewrap]


def test_what_did_not_change_is_kept_and_what_did_is_graded_again(cohort, checks):
    reports, worked = run(cohort, checks)
    assert worked == STUDENTS
    assert {name: it.score for name, it in reports.items()} == cohort.scores() == SCORES
    assert all(it.seconds > 0 for it in reports.values())

    again, worked = run(cohort, checks)
    assert worked == [] and again == reports

    cohort.hand_in("bilal", like="gustav")
    reports, worked = run(cohort, checks)
    assert worked == ["bilal"] and cohort.scores()["bilal"] == reports["bilal"].score == 1
    assert find_changes(cohort.course, STUDENTS) == [Change("bilal", "toy.double", 0, 1)]


def test_all_checks_of_a_submission_have_one_time(cohort, checks, monkeypatch):
    checks.get_ready(1, "")
    no_time = replace(checks.settings.limits, submission_seconds=0)
    settings = replace(checks.settings, limits=no_time)
    monkeypatch.setitem(worker.GRADERS, settings, worker.GRADERS[checks.settings])
    graded = worker.grade(settings, Job("anna"))
    said = [it.failure for checks in graded.checks.values() for it in checks]
    assert len(said) == 2 and all(NO_TIME in it for it in said)


def test_an_unreadable_submission_is_not_to_be_looked_at_once_it_is_confirmed(
    cohort, checks, tmp_path
):
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        archive.writestr("anna/answers.pdf", b"%PDF")
        archive.writestr("bilal/answers.pdf", b"%PDF")
    collect_submissions(cohort.course, tmp_path / "in.zip", read_name)
    reports, _ = run(cohort, checks, ["anna", "bilal"])
    assert problems(list(reports.values())) == {UNREADABLE: "anna, bilal"}
    confirm(cohort.course, "anna")
    for again in (False, True):
        reports, worked = run(cohort, checks, ["anna", "bilal"], again=again)
        assert bool(worked) == again
        assert problems(list(reports.values())) == {UNREADABLE: "bilal"}


def test_what_was_refused_of_a_submission_belongs_to_its_report(cohort, checks, tmp_path):
    folder = cohort.course.step("submitted", "anna")
    link = zipfile.ZipInfo("anna/extra.py")
    link.external_attr = stat.S_IFLNK << 16
    for with_link in (False, True, False):
        with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
            for path in filter(Path.is_file, sorted(folder.rglob("*"))):
                archive.write(path, f"anna/{path.relative_to(folder).as_posix()}")
            if with_link:
                archive.writestr(link, "warmup.py")
        collect_submissions(cohort.course, tmp_path / "in.zip", read_name)
        reports, worked = run(cohort, checks, ["anna"])
        assert worked == ["anna"] and reports["anna"].score == 2
        assert len(reports["anna"].repairs) == with_link
        assert all("it is a link" in it for it in reports["anna"].repairs)
        collect_submissions(cohort.course, tmp_path / "in.zip", read_name)
        assert run(cohort, checks, ["anna"])[1] == []


@pytest.mark.parametrize("damage", ["code", "gradebook", "report", "autograded", "journal"])
def test_a_score_without_all_that_belongs_to_it_does_not_hold(cohort, checks, damage):
    run(cohort, checks, ["anna", "bilal"])
    course = cohort.course
    if damage == "code":
        added = cohort.repository.labs[0].folder / "changed.py"
        added.write_text("# another version\n")
    elif damage == "gradebook":
        with closing(sqlite3.connect(course.root / "gradebook.db")) as gradebook, gradebook:
            gradebook.execute("UPDATE grade SET auto_score = 1.5 WHERE auto_score = 1")
    elif damage == "report":
        course.report("anna").unlink()
    elif damage == "autograded":
        shutil.rmtree(course.step("autograded", "anna"))
    else:
        Journal(course).path("anna").write_text('{"finge')
    _, worked = run(cohort, checks, ["anna", "bilal"])
    assert worked == (["anna", "bilal"] if damage == "code" else ["anna"])
    assert cohort.scores() == {"anna": 2, "bilal": 0}


def test_hand_given_scores_and_comments_stay(cohort, checks):
    run(cohort, checks, ["anna"])
    with Gradebook(cohort.course.gradebook_url) as gradebook:
        found = "question", "00_peak", ASSIGNMENT, "anna"
        grade_, comment = gradebook.find_grade(*found), gradebook.find_comment(*found)
        grade_.manual_score, grade_.needs_manual_grade = 1.5, False
        comment.manual_comment = "Nearly."
        gradebook.db.commit()
    kept, worked = run(cohort, checks, ["anna"])
    assert worked == [] and kept["anna"].score == 3.5 and kept["anna"].to_grade_by_hand == 0
    again, worked = run(cohort, checks, ["anna"], again=True)
    assert worked == ["anna"] and again["anna"].score == 3.5
    with Gradebook(cohort.course.gradebook_url) as gradebook:
        assert gradebook.find_comment(*found).manual_comment == "Nearly."


def test_one_exercise_is_graded_again_and_the_others_keep_their_points(cohort, checks):
    run(cohort, checks, ["anna"])
    for path, old, new in [
        ("exercise_lib/warmup.py", "def peak_normalise", "def another_name"),
        ("01_double.ipynb", "return 2 * x", "return 3 * x"),
    ]:
        file = cohort.course.step("submitted", "anna") / path
        file.write_text(file.read_text().replace(old, new))
    reports, _ = run(cohort, checks, ["anna"], only="toy.double")
    points = {it.id: it.points for it in reports["anna"].exercises}
    assert points == {"warmup.peak_normalise": 1, "toy.double": 0}
    assert cohort.scores()["anna"] == 1
    changes = find_changes(cohort.course, ["anna"])
    assert changes == [Change("anna", "toy.double", 1, 0)]
    assert "anna,toy.double,1.0,0.0" in write_changes(cohort.course, changes).read_text()

    _, worked = run(cohort, checks, ["anna"])  # a part of what was handed in is not graded yet
    assert worked == ["anna"] and cohort.scores()["anna"] == 0


def test_checks_that_can_not_be_run_leave_a_zero_a_reason_and_are_tried_again(
    cohort, checks, monkeypatch
):
    run(cohort, checks, ["anna", "bilal"])
    cohort.hand_in("anna", like="hanna")
    real = grade_module.grade_job

    def fail_for_anna(settings, job: Job):
        if job.student == "anna":
            raise MemoryError("no more")
        return real(settings, job)

    with monkeypatch.context() as patch:
        patch.setattr(grade_module, "grade_job", fail_for_anna)
        reports, _ = run(cohort, checks, ["anna", "bilal"], again=True)
    assert cohort.scores() == {"anna": 0, "bilal": 0}
    assert "could not be run: no more" in reports["anna"].failures[0]
    assert "no more" in reports["anna"].exercises[0].reason

    reports, worked = run(cohort, checks, ["anna", "bilal"])
    assert worked == ["anna"] and reports["anna"].failures == []
    assert cohort.scores()["anna"] == 1


def test_a_submission_that_can_not_be_taken_in_stops_nobody(cohort, checks, monkeypatch):
    real = worker.take_in

    def take_in(course, student):
        if student == "anna":
            raise ValueError("odd")
        return real(course, student)

    monkeypatch.setattr(worker, "take_in", take_in)
    reports, _ = run(cohort, checks, ["anna", "gustav"])
    assert cohort.scores() == {"anna": 0, "gustav": 1}
    assert "could not be taken in" in reports["anna"].failures[0]


@pytest.mark.parametrize("place", ["take_in", "autograde", "report"])
def test_a_full_disk_ends_the_run_and_loses_nothing(cohort, checks, monkeypatch, place):
    run(cohort, checks, ["anna"])

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        if place == "take_in":
            patch.setattr(worker, "take_in", full)
        elif place == "autograde":
            patch.setattr("autograder.grading.autograded.shutil.copyfile", full)
        else:
            patch.setattr("autograder.reports.report.write_text", full)
            patch.setattr(grade_module.GradingRun, "kept", lambda *_: None)
        with pytest.raises(GradingStopped, match="disk is full"):
            run(cohort, checks, ["anna", "gustav"])
    _, worked = run(cohort, checks, ["anna", "gustav"])
    assert worked == ["gustav"] and cohort.scores() == {"anna": 2, "gustav": 1}


@pytest.mark.parametrize(
    ("moment", "number", "left"),
    [
        ("taken", 3, 2),
        pytest.param("begin", 2, 3, marks=pytest.mark.slow),
        pytest.param("placed", 2, 3, marks=pytest.mark.slow),
        pytest.param("saved", 3, 3, marks=pytest.mark.slow),
        pytest.param("report", 2, 3, marks=pytest.mark.slow),
        ("end", 2, 3),
    ],
)
def test_after_kill_9_every_submission_is_graded_exactly_once_more_or_not_at_all(
    cohort, checks, moment, number, left
):
    run(cohort, checks, ["anna"])
    cohort.hand_in("anna", like="bilal")  # so that a score of before would be a stale one
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*IMPORTED_ONCE, toy_dying_grader.__name__])
    grader = context.Process(
        target=toy_dying_grader.grade_and_die, args=(cohort.course.root.parent, moment, number)
    )
    grader.start()
    grader.join(timeout=300)
    assert grader.exitcode == -signal.SIGKILL
    reports, worked = run(cohort, checks)
    assert len(worked) == len(set(worked)) == left
    expected = {**SCORES, "anna": 0.0}
    assert {name: it.score for name, it in reports.items()} == cohort.scores() == expected
    assert run(cohort, checks)[1] == []


DIE = textwrap.dedent("""
    import os
    from pathlib import Path
    from autograder.grading.job import Graded

    def work(job):
        marks = Path(__file__).parent
        with (marks / job.student).open("a") as file:
            file.write("x")
        if job.student == "guilty":
            os.kill(os.getpid(), 9)
        if job.student == "unlucky" and (marks / "unlucky").stat().st_size == 1:
            os.kill(os.getpid(), 9)
        return Graded(seconds=1.0)
""")


def test_a_worker_that_dies_takes_only_the_guilty_submission_with_it(tmp_path, monkeypatch):
    (tmp_path / "dying.py").write_text(DIE)
    monkeypatch.syspath_prepend(tmp_path)
    from dying import work

    students = ["a", "b", "guilty", "c", "unlucky", "d"]
    with Workers(lambda: own_processes(2), 2) as workers:
        jobs = [Job(it) for it in students]
        found = {job.student: outcome for job, outcome in workers.run(work, jobs)}
    assert sorted(found) == sorted(students)
    assert isinstance(found.pop("guilty"), WorkerDied)
    assert {it.seconds for it in found.values()} == {1.0}


def test_a_worker_computes_with_one_thread():
    code = (
        "import torch; from autograder.grading.workers import own_processes; "
        "print(own_processes(1).submit(torch.get_num_threads).result())"
    )
    others = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    environment = {**others, "PYTHONPATH": str(ROOT)}
    found = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True)
    assert found.stdout == b"1\n"


class Breaking(Executor):
    """Takes one job, does not do it, and is then found broken."""

    taken = None

    def submit(self, work, /, *arguments):
        if self.taken:
            raise BrokenExecutor
        self.taken = Future()
        return self.taken

    def shutdown(self, wait=True, *, cancel_futures=False):
        if self.taken.set_running_or_notify_cancel():
            self.taken.set_exception(BrokenExecutor())


def test_a_pool_that_breaks_while_work_is_handed_out_loses_none_of_it():
    executors = iter([Breaking(), InThisProcess()])
    jobs = [Job(it) for it in "abcd"]
    with Workers(lambda: next(executors), 2) as workers:
        found = {job.student: outcome for job, outcome in workers.run(lambda _: "done", jobs)}
    assert found == dict.fromkeys("abcd", "done")


def test_what_a_stopped_run_handed_out_is_not_of_the_next_one():
    jobs = [Job(it) for it in "abcd"]
    with Workers(InThisProcess, 2) as workers:
        next(workers.run(lambda _: "old", jobs))
        found = [(job.student, it) for job, it in workers.run(lambda _: "new", jobs)]
    assert found == [(it, "new") for it in "abcd"]


def test_workers_end_with_a_grader_that_is_killed(tmp_path):
    script = tmp_path / "start.py"
    script.write_text(
        textwrap.dedent("""
        import os, time
        from autograder.grading.workers import own_processes

        if __name__ == "__main__":
            print(own_processes(1).submit(os.getpid).result(), flush=True)
            time.sleep(600)
    """)
    )
    with subprocess.Popen(
        [sys.executable, str(script)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        pid = int(process.stdout.readline())
        process.kill()
    deadline = time.monotonic() + 60
    while Path(f"/proc/{pid}/cmdline").exists() and time.monotonic() < deadline:
        if not Path(f"/proc/{pid}/cmdline").read_bytes():
            break  # ended, and nobody has asked for its status
        time.sleep(0.1)
    else:
        assert not Path(f"/proc/{pid}").exists()


def test_a_worker_keeps_its_sandbox_and_cases_from_one_job_to_the_next():
    settings = Settings(
        Course(Path("course"), "toy"), LoadExercises(REPOSITORY, tuple(REPOSITORY.labs))
    )
    for_the_next_job = pickle.loads(pickle.dumps(settings))
    assert for_the_next_job == settings and hash(for_the_next_job) == hash(settings)
