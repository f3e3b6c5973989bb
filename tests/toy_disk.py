"""Grade on a full disk: `python toy_disk.py COHORT FOLDER BYTES...`, a line of JSON each.

The folder is the disk, and a copy of the toy cohort lies on it; a line says what became of that
with so many bytes left. The disk has no hard links: so each submission takes room of its own.
"""

import errno
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from toy_cohort import SCORES, ToyCohort, toy_cohort_in
from toy_course import toy_exercises
from toy_sandbox import InThisProcess

from autograder.grading.run import Checks, GradingStopped, grade, sandboxed


def no_links(*_: Any) -> None:
    raise OSError(errno.EPERM, os.strerror(errno.EPERM))


def grade_with_room(cohort: ToyCohort, checks: Checks, room: int) -> dict[str, Any]:
    """Grade a part with plenty of room, then all with `room` bytes left, then all with plenty."""
    runs: list[list[str]] = []

    def grade_all(students: list[str]) -> None:
        runs.append([])
        work = checks.workers.run

        def watched(function, jobs):
            for job, outcome in work(function, jobs):
                yield job, outcome
                runs[-1].append(job.student)  # the writer is done with it

        checks.workers.run = watched
        try:
            grade(cohort.repository, cohort.course, students, checks)
        finally:
            checks.workers.run = work

    cohort.hand_in("gustav", like="anna")
    grade_all(["anna", "gustav"])
    cohort.hand_in("gustav", like="bilal")  # so that the score of before would be a stale one
    ballast = cohort.course.root / "ballast"
    disk = os.statvfs(cohort.course.root)
    ballast.write_bytes(bytes(max(0, disk.f_bavail * disk.f_frsize - room)))
    said = ""
    try:
        grade_all(list(SCORES))
    except GradingStopped as error:
        said = str(error)
    ballast.unlink()
    grade_all(list(SCORES))
    return {"room": room, "said": said, "graded": runs, "scores": cohort.scores()}


if __name__ == "__main__":
    os.link = no_links
    cohort = toy_cohort_in(Path(sys.argv[1])).copy(Path(sys.argv[2]))
    root = cohort.course.root
    with (
        tempfile.TemporaryDirectory() as kept,
        sandboxed(cohort.repository, cohort.course, toy_exercises, start=InThisProcess) as checks,
    ):
        shutil.copytree(root, kept, dirs_exist_ok=True)
        for room in sys.argv[3:]:
            print(json.dumps(grade_with_room(cohort, checks, int(room))), flush=True)
            for path in root.iterdir():
                if path.name != "release":  # the sandbox has it
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
            shutil.copytree(kept, root, dirs_exist_ok=True)
