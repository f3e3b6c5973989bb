"""What a person decided on exercises: full points or none for everybody, a solution accepted.

They stand in one file of the course, written by commands or by hand:

    [lecture7.everybody]
    "mel.frame" = "full"
    "mel.hann_window" = "dropped"

    [lecture7.accepted]
    "attention.masked_softmax" = ["anna-virtanen-48201"]

An exercise is called by its id, a question by the id of its cell.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from autograder.errors import BuildError
from autograder.gradebook import ask
from autograder.paths import Course
from exercise_lib.files import write_text

SETTLED = """
    SELECT decisions FROM settled_decisions
    JOIN assignment ON settled_decisions.assignment_id = assignment.id WHERE assignment.name = ?"""
CHANGED = """
    SELECT 1 FROM decided_grade JOIN grade ON decided_grade.grade_id = grade.id
    WHERE grade.manual_score IS NOT decided_grade.given"""
FULL, DROPPED, ACCEPTED = "full", "dropped", "accepted"
SAID = {
    FULL: "full points for everybody",
    DROPPED: "dropped for everybody",
    ACCEPTED: "accepted by hand",
}


@dataclass
class Decisions:
    """The decisions on one assignment."""

    everybody: dict[str, str] = field(default_factory=dict)  # exercise -> FULL or DROPPED
    accepted: dict[str, list[str]] = field(default_factory=dict)  # exercise -> students

    def __str__(self) -> str:
        return json.dumps([self.everybody, self.accepted], sort_keys=True)

    @property
    def exercises(self) -> set[str]:
        return {*self.everybody, *self.accepted}

    def on(self, exercise: str, student: str) -> str:
        """Return the decision that holds for one exercise of one student, or ""."""
        accepted = student in self.accepted.get(exercise, [])
        return self.everybody.get(exercise, ACCEPTED if accepted else "")

    def said(self, exercise: str, student: str) -> str:
        """Return it in the words that the student reads."""
        return SAID.get(self.on(exercise, student), "")

    def followed(self, names: Mapping[str, str]) -> Decisions:
        """Return them as they hold in another release.

        Args: names: exercise -> what it is called now, "" where it is gone; others stay.
        """
        everybody = {names.get(it, it): decision for it, decision in self.everybody.items()}
        accepted = {names.get(it, it): students for it, students in self.accepted.items()}
        everybody.pop("", None)
        accepted.pop("", None)
        return Decisions(everybody, accepted)


def read_decisions(course: Course) -> Decisions:
    """Return the decisions on an assignment.

    Raises: BuildError: the file can't be read, or says something else.
    """
    stated = read_file(course).unwrap().get(course.assignment, {})
    decisions = Decisions()
    try:
        for exercise, decision in stated.get("everybody", {}).items():
            if decision not in (FULL, DROPPED):
                raise ValueError(f'{exercise} is "{FULL}" or "{DROPPED}", not {decision!r}')
            decisions.everybody[exercise] = decision
        for exercise, students in stated.get("accepted", {}).items():
            if not isinstance(students, list):
                raise ValueError(f"{exercise} is accepted of a list of students")
            decisions.accepted[exercise] = students
    except (AttributeError, ValueError) as error:
        raise BuildError(f"{course.decisions}, {course.assignment}: {error}") from error
    return decisions


def is_settled(course: Course) -> bool:
    """Whether the gradebook says what the decisions say, and nobody gave other points since.

    Raises: BuildError, as `read_decisions`.
    """
    wanted = [(str(read_decisions(course)),)]
    try:
        return ask(course, SETTLED, course.assignment) == wanted and not ask(course, CHANGED)
    except sqlite3.OperationalError:  # nothing was decided in this gradebook yet
        return False


def read_file(course: Course) -> tomlkit.TOMLDocument:
    """Return the file with its comments."""
    path = course.decisions
    try:
        return tomlkit.parse(path.read_text(encoding="utf-8") if path.exists() else "")
    except TOMLKitError as error:
        raise BuildError(f"{path}: {error}") from error


def change(course: Course, edit: Callable[[Decisions], None]) -> None:
    """Edit the decisions on an assignment; the rest of the file stays.

    Raises: BuildError.
    """
    decisions, file = read_decisions(course), read_file(course)
    edit(decisions)
    assignment = table(file, course.assignment)
    for name, stated in (("everybody", decisions.everybody), ("accepted", decisions.accepted)):
        kept = table(assignment, name)
        for exercise in [*kept]:
            if exercise not in stated:
                kept.remove(exercise)
        for exercise, value in stated.items():
            if kept.get(exercise) != value:
                kept[exercise] = value
    write_text(course.decisions, tomlkit.dumps(file))


def table(parent: Any, name: str) -> Any:
    if name not in parent:
        parent[name] = tomlkit.table()
    return parent[name]


def replace_decisions(course: Course, new: Decisions) -> None:
    """Write other decisions on an assignment.

    Raises: BuildError.
    """

    def edit(decisions: Decisions) -> None:
        decisions.everybody, decisions.accepted = new.everybody, new.accepted

    change(course, edit)


def decide(course: Course, exercise: str, decision: str) -> None:
    """Give everybody full points, or none, for an exercise; or let it count again with ""."""

    def edit(decisions: Decisions) -> None:
        decisions.everybody.pop(exercise, None)
        if decision:
            decisions.everybody[exercise] = decision

    change(course, edit)


def accept(course: Course, exercise: str, student: str, accepted: bool) -> None:
    """Give one student an exercise's points, or let the check count again."""

    def edit(decisions: Decisions) -> None:
        students = set(decisions.accepted.pop(exercise, [])) - {student}
        if accepted:
            students.add(student)
        if students:
            decisions.accepted[exercise] = sorted(students)

    change(course, edit)
