"""The participants of a learning-management system, and which student each of them is."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from autograder.paths import Course
from autograder.submissions.student_ids import slug, student_id, written_id
from autograder.tables import read_csv, write_csv

COLUMNS = ("participant", "student", "name")


@dataclass(frozen=True)
class Participant:
    """Someone as a system knows them: their number stays the same, their name may change."""

    system: str
    number: str
    name: str
    attempt: str = field(default="", compare=False)  # of two, the later one sorts last
    late: bool = field(default=False, compare=False)  # as the download's names mark it

    @property
    def student(self) -> str:
        """Who somebody new becomes; whom they are already, see `read_participants`."""
        return student_id(f"{slug(self.name) or 'participant'}-{self.number}")


# Returns whose a file or folder of a download is by its name, and the file's own name or "".
# Raises Refused where the name could be that of two.
ReadName = Callable[[str], tuple[Participant, str] | None]


def read_participants(course: Course, system: str) -> list[dict[str, str]]:
    """Return the lines on a system's participants: number, student, name."""
    path = course.participants(system)
    rows = read_csv(path) if path.exists() else []
    return [{**row, "student": written_id(row["student"])} for row in rows]


def all_names(course: Course) -> dict[str, str]:
    """Return student -> name, of everybody who came in a download."""
    folder = course.participants("").parent
    rows = [row for path in sorted(folder.glob("*.csv")) for row in read_csv(path)]
    return {it["student"]: it["name"] for it in rows if "student" in it and it.get("name")}


def read_numbers(course: Course) -> dict[str, str]:
    """Return student -> student number, by the course's list where there is one.

    That is `participants/<assignment>/numbers.csv`, with the columns `student` and `number`.
    """
    path = course.participants("numbers")
    rows = read_csv(path) if path.exists() else []
    return {it["student"]: "".join(it["number"].split()).casefold() for it in rows}


def write_participants(course: Course, system: str, rows: Iterable[dict[str, str]]) -> None:
    """Write the lines on a system's participants in the order of their numbers."""
    ordered = sorted(rows, key=lambda it: (len(it["participant"]), it["participant"]))
    write_csv(
        course.participants(system),
        [COLUMNS, *([row[it] for it in COLUMNS] for row in ordered)],
    )


def remember_participants(course: Course, students: Mapping[str, Participant]) -> None:
    """Add which student is which participant to what is known already."""
    for system in {it.system for it in students.values()}:
        known = {row["participant"]: row for row in read_participants(course, system)}
        for student, it in students.items():
            if it.system == system:
                row = {"participant": it.number, "student": student, "name": it.name}
                known[it.number] = row
        write_participants(course, system, known.values())
