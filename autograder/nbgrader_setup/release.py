"""Generate the students' version aside, then put it and the gradebook's rows in place together."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.utils import temp_attrs

from autograder.decisions import read_decisions
from autograder.nbgrader_setup.answers import stubs_in
from autograder.nbgrader_setup.api import succeed
from autograder.nbgrader_setup.ledger import impose_decisions, lift_decisions, remember_stubs
from autograder.nbgrader_setup.structure import follow
from autograder.paths import Course


def generate(api: NbGraderAPI, course: Course) -> None:
    """Generate the students' version, also when there are submissions; see `structure`.

    Where that fails, release and gradebook are as they were.

    Args: api: nbgrader's, of this course.
    """
    decisions = read_decisions(course)
    with TemporaryDirectory(prefix=".release-", dir=course.root) as name:
        aside = Path(name)
        own = f"sqlite:///{aside / 'gradebook.db'}"
        directory = str(aside / "release")
        with temp_attrs(api.coursedir, release_directory=directory, db_url=own):
            succeed(api.generate_assignment(course.assignment))
        url, course_id = api.coursedir.db_url, api.coursedir.course_id
        with Gradebook(own) as made, Gradebook(url, course_id) as gradebook:
            session = gradebook.db()
            assignment = gradebook.update_or_create_assignment(course.assignment)
            before = lift_decisions(session, assignment)
            follow(session, assignment, made.find_assignment(course.assignment))
            session.flush()
            session.expire_all()
            new = aside / "release" / course.assignment
            remember_stubs(session, assignment, stubs_in(course.release) - stubs_in(new))
            impose_decisions(session, assignment, decisions, before)
            with swapped(new, course.release, aside / "before"):
                session.commit()


@contextmanager
def swapped(new: Path, place: Path, aside: Path) -> Iterator[None]:
    """Put a folder in the place of another; back, where what is done within fails."""
    existed = place.exists()
    place.parent.mkdir(exist_ok=True)
    if existed:
        place.rename(aside)
    try:
        new.rename(place)
        yield
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        if existed:
            aside.rename(place)
        raise
