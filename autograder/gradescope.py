"""Gradescope: a `results.json` for each student, and an autograder zip made of the same checks.

In the zip are this repository and the release; Gradescope's container makes the environment with
`setup.sh` and calls `run_autograder` for each submission. That takes the submission in, runs its
checks in the sandbox and writes `results.json`; answers that people grade are not in it. Where the
container has no user namespaces the sandbox refuses, nothing is written, and Gradescope reports
that the autograder failed: no student gets a wrong score. Tried: the grading that it does, on toy
submissions. Not tried: an upload, and `setup.sh` in Gradescope's own image.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.utils import determine_grade

from autograder.atomic import write_text
from autograder.audit import is_check_cell
from autograder.checks import Checked, Job, Settings, read_job, run_checks
from autograder.exercise import Exercise
from autograder.exercises import all_exercises
from autograder.export_lms import graded_reports
from autograder.intake import take_in
from autograder.report import Report, describe, failure_of
from autograder.repository import REPOSITORY, ROOT, Course, Repository

FOLDERS = ("autograder", "data", "exercise_lib", "solutions")
FILES = ("LICENSE", "README.md", "pyproject.toml")
LEFT_OUT = {"__pycache__", "course", "demo_course", "hidden", ".ipynb_checkpoints"}
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
exec /autograder/venv/bin/python -m autograder.gradescope \\
    /autograder/submission /autograder/results/results.json
"""


def results(report: Report) -> dict[str, Any]:
    """Return a report as Gradescope's `results.json`."""
    return {
        "score": report.score,
        "execution_time": round(report.seconds, 3),
        "output": "\n".join([*report.failures, *report.repairs]),
        "output_format": "text",
        "tests": [
            {
                "name": it.id,
                "score": it.points,
                "max_score": it.max_points,
                "status": "passed" if it.points == it.max_points else "failed",
                "output": "\n".join([it.reason, *it.misconceptions.values()]).strip(),
                "output_format": "text",
            }
            for it in report.exercises
        ],
    }


def write_results(course: Course) -> Path:
    """Write `gradescope/<student>/results.json` of what is graded; return the folder."""
    folder = course.root / "gradescope"
    for report in graded_reports(course):
        path = folder / report.student / "results.json"
        write_text(path, json.dumps(results(report), indent=1, ensure_ascii=False) + "\n")
    return folder


def write_zip(repository: Repository, course: Course) -> Path:
    """Write `gradescope/autograder.zip`."""
    path = course.root / "gradescope" / "autograder.zip"
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (("setup.sh", SETUP), ("run_autograder", RUN)):
            info = zipfile.ZipInfo(name, time.localtime()[:6])
            info.external_attr = 0o100755 << 16
            archive.writestr(info, text)
        for file in files_of(repository.root):
            archive.write(file, file.relative_to(repository.root))
        for file in filter(Path.is_file, sorted(course.release.rglob("*"))):
            archive.write(file, RELEASE / file.relative_to(course.release))
    return part.replace(path)


def files_of(root: Path) -> Iterable[Path]:
    """Yield what the checks need of a repository."""
    for name in FOLDERS:
        for path in sorted((root / name).rglob("*")):
            if path.is_file() and not LEFT_OUT.intersection(path.relative_to(root).parts):
                yield path
    yield from (root / name for name in FILES if (root / name).is_file())


def grade_one(
    repository: Repository,
    release: Path,
    submission: Path,
    exercises: Callable[[], list[Exercise]],
) -> Report:
    """Grade one folder without a gradebook: the checks of `autograder grade`, points only."""
    with tempfile.TemporaryDirectory() as folder:
        course = Course(Path(folder))
        shutil.copytree(release, course.release)
        shutil.copytree(submission, course.step("submitted", "student"), symlinks=True)
        repairs = take_in(repository, course, "student")
        job = read_job("student", course.step("intake", "student"), repository.student_modules)
        return report_of(job, run_checks(Settings(repository, release, exercises), job), repairs)


def report_of(job: Job, checked: Checked, repairs: list[str]) -> Report:
    """Return the report on checks that no gradebook holds."""
    report = Report(job.student, repairs=repairs, seconds=checked.seconds)
    for name, text in sorted(job.notebooks.items()):
        for cell in filter(is_check_cell, nbformat.reads(text, as_version=4).cells):
            cell.outputs = [nbformat.from_dict(it) for it in checked.outputs[name][cell.id]]
            points, most = determine_grade(cell)
            report.exercises.append(describe(cell, points or 0.0, most))
            failure = failure_of(cell)
            if failure and f"{name}: {failure}" not in report.failures:
                report.failures.append(f"{name}: {failure}")
    report.score = sum(it.points for it in report.exercises)
    report.max_score = sum(it.max_points for it in report.exercises)
    return report


if __name__ == "__main__":
    graded = grade_one(REPOSITORY, ROOT / RELEASE, Path(sys.argv[1]), all_exercises)
    write_text(Path(sys.argv[2]), json.dumps(results(graded), indent=1))
