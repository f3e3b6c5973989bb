"""Generate the students' version aside, then put it and the gradebook's rows in place together."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from nbgrader.api import Assignment, Gradebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.utils import temp_attrs

from autograder.decisions import read_decisions, replace_decisions
from autograder.nbgrader_setup.answers import stubs_in
from autograder.nbgrader_setup.api import succeed
from autograder.nbgrader_setup.ledger import impose_decisions, lift_decisions, remember_stubs
from autograder.nbgrader_setup.structure import follow, graded_cells
from autograder.paths import Course


def generate(api: NbGraderAPI, course: Course) -> list[str]:
    """Generate the students' version, also when there are submissions; see `structure`.

    Where that fails, release and gradebook are as they were.

    Args: api: nbgrader's, of this course.

    Returns: a sentence on each exercise with a decision that is called otherwise now, or gone.
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
            before, earlier = lift_decisions(session, assignment), exercises_of(assignment)
            follow(session, assignment, made.find_assignment(course.assignment))
            session.flush()
            session.expire_all()
            names = new_names(earlier, exercises_of(assignment))
            new = aside / "release" / course.assignment
            remember_stubs(session, assignment, stubs_in(course.release) - stubs_in(new))
            followed = decisions.followed(names)
            impose_decisions(session, assignment, followed, before)
            with swapped(new, course.release, aside / "before"):
                session.commit()
    if followed != decisions:
        replace_decisions(course, followed)
    return [
        f"What was decided on {old} {f'holds for {new}' if new else 'ended with it'}."
        for old, new in sorted(names.items())
        if old in decisions.exercises
    ]


def exercises_of(assignment: Assignment) -> dict[tuple[str, str], str]:
    """Return notebook and id of each graded cell -> its exercise."""
    return {(cell.notebook.name, cell.name): name for name, cell in graded_cells(assignment)}


def new_names(
    earlier: Mapping[tuple[str, str], str], now: Mapping[tuple[str, str], str]
) -> dict[str, str]:
    """Return each exercise that is called otherwise now -> its name, "" where it is gone.

    Args: earlier, now: what `exercises_of` returns.
    """
    there = set(now.values())
    return {
        old: now.get(cell, "")
        for cell, old in earlier.items()
        if now.get(cell) != old and (cell in now or old not in there)
    }


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
