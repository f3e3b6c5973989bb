"""Grade the toy cohort as a program of its own: `python toy_grading.py FOLDER`, a line for each."""

import sys
from pathlib import Path

from toy_course import ASSIGNMENT, toy_exercises

from autograder.grading.run import grade, sandboxed
from autograder.paths import Course, Repository

if __name__ == "__main__":
    root = Path(sys.argv[1])
    repository = Repository(root / "repository")
    course = Course(root / "course", ASSIGNMENT)
    students = course.students("submitted")
    with sandboxed(repository, course, toy_exercises, count=2) as checks:
        checks.get_ready(len(students), "")
        print("ready", flush=True)
        grade(repository, course, students, checks, lambda it: print(it.student, flush=True))
