"""Hand jobs to the workers of an executor, and go on when one of them dies."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from contextlib import suppress

from autograder.grading.job import Graded, Job

CONNECT_SECONDS = 20
IMPORTED_ONCE = [
    "autograder.quick_end",
    "autograder.sandbox.quick_imports",
    "autograder.quick_nbgrader",
    "autograder.grading.worker",
    "autograder.builder.exercises",
]  # by all own processes
LIVES = 2  # how often a job may end the process it runs in


class WorkerDied(RuntimeError):
    """A job ended its worker again and again."""


def own_processes(count: int) -> Executor:
    """Return an executor with processes of this machine, forked from one that has imported all.

    They can't be forked from this process: torch has threads here, which a fork would lose.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(IMPORTED_ONCE)
    return ProcessPoolExecutor(count, mp_context=context, initializer=end_with_parent)


def end_with_parent() -> None:
    """Let this process end when the one that started it does, even if that was killed."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


class NoCluster(RuntimeError):
    """There is no Dask cluster to use; the message says why."""


def dask_workers(address: str) -> tuple[Executor, int]:
    """Return the executor of a Dask cluster and how many jobs it takes at a time.

    Its workers need this repository and the course's folder in the same places, and bubblewrap.
    Dask gives the jobs of a worker that dies to another one.

    Raises: NoCluster when Dask is missing, no scheduler answers there, or it lacks the repository.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise NoCluster("Dask is not installed: pip install -e '.[dask]'.") from error
    try:
        client = Client(address, set_as_default=False, timeout=CONNECT_SECONDS)
    except (OSError, ValueError) as error:
        raise NoCluster(f"No Dask scheduler answers at {address} ({error}).") from error
    try:
        for run in (client.run_on_scheduler, client.run):
            run(exec, "import autograder.grading.worker")
    except ImportError as error:
        raise NoCluster(
            f"The Dask cluster can't import this repository ({error}). Start it in its folder: "
            f"`PYTHONPATH=. dask scheduler`, `PYTHONPATH=. dask worker {address} --nthreads 1`."
        ) from error
    return client.get_executor(), max(1, sum(client.nthreads().values()))


class Workers:
    """Some workers, and what to do with jobs whose worker dies."""

    def __init__(self, start: Callable[[], Executor], count: int) -> None:
        """Prepare; entering it as a context calls `start`.

        Args:
            start: makes an executor, once more whenever that breaks.
            count: how many jobs it works on at the same time.
        """
        self.start, self.count = start, count
        self.running: dict[Future[Graded], Job] = {}

    def __enter__(self) -> Workers:
        self.executor = self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def run(
        self, work: Callable[[Job], Graded], jobs: Iterable[Job]
    ) -> Iterator[tuple[Job, Graded | Exception]]:
        """Yield each job with what came out of it, in the order in which they end.

        A process pool breaks as a whole when one of its processes dies, and does not say over
        which job. Those that were in it then run again one by one; one that is alone in a broken
        pool LIVES times has ended it. Jobs are taken up only when a worker is soon free.
        """
        fresh, suspects = iter(jobs), deque[Job]()
        lost: dict[str, int] = {}
        running = self.running
        self.forget()  # what a run that was stopped has left
        while True:
            while len(running) < (1 if suspects else self.count + 1):
                job = suspects.popleft() if suspects else next(fresh, None)
                if job is None:
                    break
                alone = job.student in lost
                try:
                    running[self.executor.submit(work, job)] = job
                except BrokenExecutor:
                    suspects += [job, *running.values()]
                    lost |= {it.student: lost.get(it.student, 0) for it in running.values()}
                    self.replace()
                if alone:
                    break
            if not running:
                return
            ended, _ = wait(running, return_when=FIRST_COMPLETED)
            outcomes = {it: outcome(it) for it in running if it in ended}
            broken = any(isinstance(it, BrokenExecutor) for it in outcomes.values())
            for future, found in outcomes.items():
                if not isinstance(found, BrokenExecutor):
                    yield running.pop(future), found
            if broken:
                left = list(running.values())
                running.clear()
                self.replace()
                for job in left:
                    lost[job.student] = lost.get(job.student, 0) + (len(left) == 1)
                    if lost[job.student] < LIVES:
                        suspects.append(job)
                    else:
                        yield job, WorkerDied("its checks ended the process they ran in")

    def replace(self) -> None:
        """Start another executor in the place of one that broke."""
        self.stop()
        self.executor = self.start()

    def forget(self) -> None:
        """Give up what was handed out."""
        for future in self.running:
            future.cancel()
        self.running.clear()

    def stop(self) -> None:
        """Give up what was handed out, and let the workers end."""
        self.forget()
        with suppress(BrokenExecutor):
            self.executor.shutdown(wait=False)


def outcome(future: Future[Graded]) -> Graded | Exception:
    """Return the result of an ended future, or what it raised."""
    try:
        return future.result()
    except CancelledError:
        return WorkerDied("the cluster gave it up")
    except Exception as error:
        return error
