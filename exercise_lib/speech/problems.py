"""What is wrong with data: one problem as a sentence, many as a page."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from exercise_lib.files.unusable import UnusableData

PAGE = 48  # lines
LONGEST = 50  # characters of a text
METADATA = "metadata.csv"
LISTS = (".csv", ".txt", ".jsonl")  # files with lines of their own; others are recordings


@dataclass(frozen=True)
class Kind:
    """What several problems have in common."""

    name: str
    remedy: str


MALFORMED = Kind(
    "Lines that are not id|text|normalised text",
    "Write one utterance a line, without further | signs.",
)
TWICE = Kind("Ids that occur twice", "Remove one.")
NO_TEXT = Kind(
    "Third fields that are no text", "Write what is said there, or leave the third field empty."
)
UNREADABLE_TEXT = Kind(
    "Texts with what has neither a symbol nor a reading",
    "Write it in words, or take the line out.",
)
MISALIGNED = Kind(
    "Alignments that do not fit", "Use the files of one and the same build, and texts in words."
)
UNKNOWN = Kind("Ids that metadata.csv does not have", "Add them there, or take them out.")
MISSING = Kind(
    "Recordings that are missing", "Restore the file, or remove its line from metadata.csv."
)
UNCLEAR = Kind("Ids that fit several recordings", "Write the path into the id, as folder/name.")
DAMAGED = Kind("Recordings that cannot be used", "Restore it from the original.")
LOUD = Kind("Samples out of [-1, 1]", "Divide whole-number samples by 32768, or turn it down.")
OTHER_RATE = Kind("Recordings of another rate", "Convert it, or open the corpus with that rate.")
SHORT = Kind("Recordings that are too short", "Record it again, or remove it from metadata.csv.")
SILENT = Kind("Silent recordings", "Record it again, or remove it from metadata.csv.")
CLIPPED = Kind("Clipped recordings", "Record it again at a lower level.")


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, and where."""

    kind: Kind
    path: Path
    detail: str
    line: int | None = None  # of the path, or for a recording of metadata.csv

    def __str__(self) -> str:
        return f"{self.place()}{self.detail}. {self.kind.remedy}"

    def met_in(self, line: int) -> Problem:
        """Return the same, with the line of metadata.csv that leads to a recording or is wrong."""
        elsewhere = self.path.suffix in LISTS and self.path.name != METADATA
        return self if elsewhere else dataclasses.replace(self, line=line)

    def place(self, root: Path | None = None) -> str:
        """Return file and line, and what joins them to the detail."""
        known = root is not None and self.path.is_relative_to(root)
        path = self.path.relative_to(root) if root and known else self.path
        if path.suffix in LISTS:
            return f"{path}: " if self.line is None else f"{path}, line {self.line}: "
        return f"{path} " if self.line is None else f"{path} ({METADATA}, line {self.line}) "


class DataError(UnusableData):
    """Speech that cannot be used."""

    def __init__(self, said: str | Problem) -> None:
        super().__init__(str(said))
        self.problem = said if isinstance(said, Problem) else None


def page_of(problems: list[Problem], root: Path) -> str:
    """List problems by kind, of each kind as many as one page has room for."""
    groups: dict[Kind, list[str]] = {}
    for it in problems:
        groups.setdefault(it.kind, []).append(f"  {it.place(root)}{it.detail}")

    def height(most: int) -> int:
        return sum(1 + min(len(it), most) + (len(it) > most) for it in groups.values())

    fitting = (it for it in range(len(problems), 0, -1) if height(it) <= PAGE)
    most = next(fitting, 1)
    lines = []
    for kind, found in groups.items():
        lines += [f"{kind.name} ({len(found)}). {kind.remedy}", *found[:most]]
        lines += [f"  and {len(found) - most} more"] if len(found) > most else []
    return "\n".join(lines)


def short(text: str) -> str:
    """Quote a text, or its beginning."""
    return repr(text if len(text) <= LONGEST else f"{text[:LONGEST]} ...")
