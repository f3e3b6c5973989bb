"""What there is to know of a learning-management system."""

import re
from collections.abc import Mapping
from pathlib import Path

from autograder.paths import Course, Repository
from autograder.submissions.participants import Participant
from autograder.submissions.roster import Listed

TOLERANCE = 0.005  # systems write a maximum with two decimals


class System:
    """A system that has nothing of its own; each one overrides what it has.

    `layout` matches a name at the top of its download of submissions: the group `number` says whose
    it is, and `name`, `attempt`, `file` and `late` what else the name tells.
    """

    layout: re.Pattern[str] | None = None
    numbers_anew = False  # whether a participant has another number in each assignment

    def read_name(self, name: str) -> tuple[Participant, str] | None:
        """Return what a name at the top of the system's download of submissions says.

        Returns: whose it is, and the name the file had, or "" for a folder; None for other names.

        Raises: Refused where the name could be that of two participants.
        """
        match = self.layout.fullmatch(name) if self.layout else None
        if match is None:
            return None
        told = {
            "name": match["number"],
            "attempt": "",
            "file": "",
            "late": "",
            **match.groupdict(""),
        }
        system, late = type(self).__name__.lower(), bool(told["late"])
        participant = Participant(system, told["number"], told["name"], told["attempt"], late)
        return participant, told["file"]

    def read_row(self, row: Mapping[str, str]) -> tuple[Participant, Listed] | None:
        """Return what a line of the system's list of participants says, and who it is of.

        Args: row: heading -> what stands under it.

        Returns: None where it is no line of such a list, or of nobody.
        """
        return None

    def keep_list(self, course: Course, rows: list[dict[str, str]]) -> None:
        """Keep what a list of the system says beside names, for `export` and `remarks`.

        Args: rows: its lines, or those of another system's list, by heading.
        """

    def remarks(self, course: Course) -> list[str]:
        """Return what is to be done before the files with grades are uploaded, a sentence each."""
        return []

    def export(self, repository: Repository, course: Course) -> list[Path]:
        """Write the files with grades; return what was written."""
        return []

    def give_feedback(self, course: Course) -> list[Path]:
        """Write the feedback pages as the system takes them; return what was written."""
        return []


def is_other(maximum: str, points: float) -> bool:
    """Whether a maximum that a system wrote is a number, and not these points."""
    try:
        return abs(float(maximum) - points) > TOLERANCE
    except ValueError:
        return False
