"""The pages and tables on a whole cohort, written where they would differ."""

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path

from autograder.paths import Course, Repository
from autograder.submissions.fingerprint import add_files
from exercise_lib.files import write_text

MADE_OF = ".made_of"  # beside the pages: the fingerprints of what they show, and where they are


def write_cohort(repository: Repository, course: Course, grading: str) -> list[Path]:
    """Write what there is on everybody who is graded; return where it is.

    Args: grading: the fingerprint of the grader.
    """
    graded, taken_in = course.students("autograded"), course.students("intake")
    numbers = course.participants("numbers")
    reports = [*map(course.report, graded), *course.collected.glob("*.json"), numbers]
    return [
        *written("cohort", course, fingerprint(grading, reports), lambda: cohort(course)),
        *written(
            "similarity",
            course,
            fingerprint(grading, map(course.prints, taken_in)),
            lambda: similarity(repository, course),
        ),
    ]


def cohort(course: Course) -> list[Path]:
    """Write what their reports come to."""
    from autograder.reports.cohort_page import write_cohort_page
    from autograder.reports.items import write_items

    return [write_cohort_page(course), *write_items(course)]


def similarity(repository: Repository, course: Course) -> list[Path]:
    """Write which submissions look alike; as long as none changes, that takes no time."""
    from autograder.reports.similarity import write_similarity_page

    return [write_similarity_page(repository, course)]


def written(name: str, course: Course, shown: str, write: Callable[[], list[Path]]) -> list[Path]:
    """Return where some pages are, written where they would differ.

    Args: shown: the fingerprint of all that they show.
    """
    made_of = course.reports / MADE_OF
    try:
        known = dict(json.loads(made_of.read_text(encoding="utf-8")))
        before, names = known.get(name, ("", []))
    except (OSError, ValueError, TypeError):
        known, before, names = {}, "", []
    pages = [course.reports / it for it in names]
    if before != shown or not all(it.exists() for it in pages):
        pages = write()
        write_text(made_of, json.dumps(known | {name: [shown, [it.name for it in pages]]}))
    return pages


def fingerprint(grading: str, files: Iterable[Path]) -> str:
    """Return the fingerprint of some files, those that there are, and of the grader."""
    digest = hashlib.sha256(grading.encode())
    add_files(digest, filter(Path.exists, files))
    return digest.hexdigest()
