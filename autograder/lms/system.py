"""What there is to know of a learning-management system."""

from pathlib import Path

from autograder.paths import Course, Repository
from autograder.submissions.participants import Participant


class System:
    """A system that has nothing of its own; each one overrides what it has."""

    def read_name(self, name: str) -> tuple[Participant, str] | None:
        """Return what a name at the top of the system's download of submissions says.

        Returns: whose it is, and the name the file had, or "" for a folder; None for other names.
        """
        return None

    def export(self, repository: Repository, course: Course) -> list[Path]:
        """Write the files with grades; return what was written."""
        return []

    def give_feedback(self, course: Course) -> list[Path]:
        """Write the feedback pages as the system takes them; return what was written."""
        return []
