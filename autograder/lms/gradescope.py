"""Gradescope: a `results.json` for each student, and an autograder zip made of the same checks.

In the zip are this repository and the release; Gradescope's container makes the environment with
`setup.sh` and calls `run_autograder` for each submission. That takes the submission in, runs its
checks in the sandbox and writes `results.json`; answers that people grade are not in it. Where the
container has no user namespaces the sandbox refuses, nothing is written, and Gradescope reports
that the autograder failed: no student gets a wrong score. Tried: the grading that it does, on toy
submissions. Not tried: an upload, and `setup.sh` in Gradescope's own image.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from autograder.lms.graded import graded_reports, taken_off
from autograder.lms.system import System
from autograder.paths import REPOSITORY, ROOT, Course, Repository
from autograder.plan import read_plans
from autograder.reports.report import ExerciseReport, Report, describe
from autograder.sandbox.limits import Limits
from autograder.tables import DECIMALS
from exercise_lib.files import replace_file, write_text

if TYPE_CHECKING:
    from autograder.exercise import Exercise
    from autograder.grading.job import Graded

FILES = ("LICENSE", "README.md", "pyproject.toml")
LEFT_OUT = {"__pycache__", "course", "demo_course", "hidden", ".ipynb_checkpoints"}
ZIP = "autograder.zip"
RELEASE = "release"  # in the zip

SETUP = """\
#!/usr/bin/env bash
set -e
apt-get update
apt-get install --yes --no-install-recommends python3 python3-venv
python3 -m venv /autograder/venv
cd /autograder/source
/autograder/venv/bin/pip install --extra-index-url https://download.pytorch.org/whl/cpu \\
    --editable ".[instructor]"
"""
RUN = """\
#!/usr/bin/env bash
set -e
cd /autograder/source
export OMP_NUM_THREADS=1
exec /autograder/venv/bin/python -m autograder.lms.gradescope {assignment} \\
    /autograder/submission /autograder/results/results.json
"""


class Gradescope(System):
    layout = re.compile(r"submission_(?P<number>[0-9]+)")

    def export(self, repository: Repository, course: Course) -> list[Path]:
        """Write the folder `exports/<assignment>/gradescope`."""
        return [write_results(course), write_zip(repository, course)]


def results(report: Report) -> dict[str, Any]:
    """Return a report as Gradescope's `results.json`."""
    return {
        "score": round(report.grade, DECIMALS),
        "execution_time": round(report.seconds, 3),
        "output": "\n".join([*taken_off(report), *report.failures, *report.repairs]),
        "output_format": "text",
        "tests": [
            {
                "name": it.id,
                "score": round(it.points, DECIMALS),
                "max_score": it.max_points,
                "status": "passed" if it.points == it.max_points else "failed",
                "output": "\n".join(explained(it)).strip(),
                "output_format": "text",
            }
            for it in report.exercises
        ],
    }


def explained(exercise: ExerciseReport) -> list[str]:
    """Return why points are missing; a person may have given all."""
    if exercise.points >= exercise.max_points:
        return []
    return [exercise.reason, *exercise.misconceptions.values()]


def write_results(course: Course) -> Path:
    """Write `gradescope/<student>/results.json` of what is graded; return the folder.

    Whose submission nobody could read yet has none.
    """
    folder = course.exports / "gradescope"
    for report in graded_reports(course):
        path = folder / folder_of(report.student) / "results.json"
        if report.unseen:
            path.unlink(missing_ok=True)
            continue
        write_text(path, json.dumps(results(report), indent=1, ensure_ascii=False) + "\n")
    return folder


def folder_of(student: str) -> str:
    """Return the name of a student's folder, which is never that of the zip beside it."""
    return f"{student}-results" if student.casefold() == ZIP else student


def write_zip(repository: Repository, course: Course) -> Path:
    """Write `gradescope/autograder.zip` where it is not what it would be now."""
    path = course.exports / "gradescope" / ZIP
    scripts = {"setup.sh": SETUP, "run_autograder": RUN.format(assignment=course.assignment)}
    files = dict(files_of(repository, course))
    digest = fingerprint(scripts, files)
    if path.exists() and mark_of(path) == digest:
        return path

    def write(zipped: BinaryIO) -> None:
        with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.comment = digest
            for name, text in scripts.items():
                info = zipfile.ZipInfo(name, time.localtime()[:6])
                info.external_attr = 0o100755 << 16
                archive.writestr(info, text)
            for place, file in files.items():
                archive.write(file, place)

    return replace_file(path, write)


def fingerprint(scripts: Mapping[str, str], files: Mapping[str, Path]) -> bytes:
    """Return the mark of a zip with these files in it."""
    digest = hashlib.sha256(json.dumps(scripts).encode())
    for place, file in files.items():
        data = file.read_bytes()
        digest.update(f"\n{place} {len(data)}\n".encode())
        digest.update(data)
    return digest.hexdigest().encode()


def mark_of(path: Path) -> bytes:
    """Return the mark of a zip that was written before; empty for a damaged one."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.comment
    except zipfile.BadZipFile:
        return b""


def files_of(repository: Repository, course: Course) -> Iterator[tuple[str, Path]]:
    """Yield what the checks need: its place in the zip, and the file.

    Of the data that is what the assignment is handed out with: neither a whole corpus nor weights.
    """
    from autograder.builder.assignment import given_package

    data = [*read_plans(repository)[course.assignment].data_sets, repository.references.name]
    folders = {
        "autograder": ROOT / "autograder",
        "exercise_lib": given_package(repository),
        **{f"data/{name}": repository.data / name for name in data},
        "solutions": repository.solutions,
        RELEASE: course.release,
    }
    for name, folder in folders.items():
        for path in sorted(folder.rglob("*")):
            inside = path.relative_to(folder)
            if path.is_file() and not LEFT_OUT.intersection(inside.parts):
                yield f"{name}/{inside.as_posix()}", path
    yield from ((name, ROOT / name) for name in FILES)


def grade_one(
    assignment: str,
    release: Path,
    submission: Path,
    exercises: Callable[[], list[Exercise]],
    limits: Limits,
) -> Report:
    """Grade one folder without a gradebook: the checks of `autograder grade`, points only."""
    from autograder.grading import worker
    from autograder.grading.job import Job, Settings

    with tempfile.TemporaryDirectory() as folder:
        course = Course(Path(folder), assignment)
        shutil.copytree(release, course.release)
        shutil.copytree(submission, course.step("submitted", "student"), symlinks=True)
        settings = Settings(course, exercises, limits=limits)
        return report_of("student", worker.grade(settings, Job("student")))


def report_of(student: str, graded: Graded) -> Report:
    """Return the report on checks that no gradebook holds."""
    report = Report(student, repairs=graded.repairs, failures=list(graded.failures))
    report.seconds = graded.seconds
    for name, checks in graded.checks.items():
        for check in checks:
            points = graded.scores[name].points[check.grade_id] or 0.0
            report.exercises.append(describe(check, points, check.max_points))
            if check.failure:
                report.add_failure(f"{name}: {check.failure}")
    report.score = sum(it.points for it in report.exercises)
    report.max_score = sum(it.max_points for it in report.exercises)
    return report


GRADESCOPE = Gradescope()

if __name__ == "__main__":
    from autograder.builder.exercises import LoadExercises

    name, submission, result = sys.argv[1:]
    plan = read_plans(REPOSITORY)[name]
    exercises = LoadExercises(REPOSITORY, plan.labs)
    graded = grade_one(name, ROOT / RELEASE, Path(submission), exercises, plan.sandbox)
    write_text(Path(result), json.dumps(results(graded), indent=1))
