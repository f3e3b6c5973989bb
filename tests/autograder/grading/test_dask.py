"""The same grading on a real Dask cluster: a scheduler and two worker processes on loopback."""

import os
import signal
import time

import pytest
from toy_cluster import start, wait_for
from toy_cohort import toy_cohort
from toy_course import toy_exercises
from toy_sandbox import needs_bubblewrap

from autograder.grading.run import grade, sandboxed
from autograder.grading.workers import NoCluster, dask_workers

pytestmark = [pytest.mark.slow, needs_bubblewrap]


def test_a_cluster_grades_the_cohort_though_a_worker_is_killed(tmp_path, cluster):
    cohort = toy_cohort(tmp_path)
    address, workers = cluster
    for number in range(12):  # so that there is work left when the worker is killed
        cohort.hand_in(f"zoe{number:02}", like="anna" if number % 2 else "dilara")
    killed = []

    def kill_one(_):
        if not killed:
            os.kill(workers[0].pid, signal.SIGKILL)
            killed.append(time.monotonic())

    executor, count = dask_workers(address)
    assert count == 2
    with sandboxed(
        cohort.repository, cohort.course, toy_exercises, count=count, start=lambda: executor
    ) as checks:
        reports = grade(cohort.repository, cohort.course, cohort.students, checks, kill_one)
    assert killed and workers[0].wait() == -signal.SIGKILL
    on_dask = cohort.scores()
    assert on_dask == {it.student: it.score for it in reports}
    assert len(on_dask) == len(cohort.students) == 20

    with sandboxed(cohort.repository, cohort.course, toy_exercises) as checks:
        grade(cohort.repository, cohort.course, cohort.students, checks, again=True)
    assert cohort.scores() == on_dask


def test_no_cluster_is_said_in_a_message():
    with pytest.raises(NoCluster, match=r"No Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        dask_workers("tcp://127.0.0.1:9")


def test_a_cluster_without_the_repository_is_said_in_a_message(tmp_path):
    arguments = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    scheduler = start("dask_scheduler", *arguments, path="", cwd=tmp_path)
    try:
        address = wait_for(scheduler, r"(tcp://127\.0\.0\.1:\d+)")
        with pytest.raises(NoCluster, match="can't import this repository"):
            dask_workers(address)
    finally:
        scheduler.kill()
        scheduler.wait()
