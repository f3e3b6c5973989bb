"""The pages and tables on a whole cohort, written where they would differ."""

import hashlib
import json
from pathlib import Path

from autograder.paths import Course, Repository
from autograder.submissions.fingerprint import add_files
from exercise_lib.files import write_text

MADE_OF = ".made_of"  # beside the pages: the fingerprint of what they show, and where they are


def write_cohort(repository: Repository, course: Course, grading: str) -> list[Path]:
    """Write what there is on everybody who is graded; return where it is.

    Args: grading: the fingerprint of the grader.
    """
    shown, made_of = fingerprint_of_cohort(course, grading), course.reports / MADE_OF
    try:
        before, names = json.loads(made_of.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        before, names = "", []
    pages = [course.reports / it for it in names]
    if before == shown and all(it.exists() for it in pages):
        return pages

    from autograder.reports.cohort_page import write_cohort_page
    from autograder.reports.items import write_items
    from autograder.reports.similarity import write_similarity_page

    pages = [
        write_cohort_page(course),
        *write_items(course),
        write_similarity_page(repository, course),
    ]
    write_text(made_of, json.dumps([shown, [it.name for it in pages]]))
    return pages


def fingerprint_of_cohort(course: Course, grading: str) -> str:
    """Return the fingerprint of all that the pages show."""
    digest = hashlib.sha256(grading.encode())
    reports = filter(Path.exists, map(course.report, course.students("autograded")))
    numbers = course.participants("numbers")
    add_files(digest, [*reports, *course.collected.glob("*.json"), *filter(Path.exists, [numbers])])
    return digest.hexdigest()
