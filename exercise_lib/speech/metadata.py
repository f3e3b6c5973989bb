"""metadata.csv and the lists of splits: which utterances there are, and what they say."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from exercise_lib.speech.problems import MALFORMED, NO_TEXT, TWICE, DataError, Problem, short
from exercise_lib.speech.recordings import id_of

ID_HEADINGS = {"id", "file", "file_name", "filename", "path", "wav", "audio", "audio_file", "name"}
TEXT_HEADINGS = {"text", "raw_text", "transcript", "transcription", "sentence"}


@dataclass(frozen=True)
class Entry:
    """The text of one utterance and the line it stands in."""

    text: str
    line: int


@dataclass
class Metadata:
    """The utterances of metadata.csv by id, what is wrong there, and what is worth knowing."""

    path: Path
    entries: dict[str, Entry] = field(default_factory=dict)
    faulty: set[str] = field(default_factory=set)  # ids of lines that can't be used
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_metadata(path: Path) -> Metadata:
    """Read the normalised text of every id (third field), or where it is missing the second.

    Raises: DataError: there is no such file, or no utterance in it.
    """
    found = Metadata(path)
    rows = {
        number: [it.strip() for it in line.split("|")]
        for number, line in enumerate(read_lines(path), start=1)
        if line.strip()
    }
    if rows and is_heading(next(iter(rows.values()))):
        number = min(rows)
        found.notes.append(f"{path.name}, line {number}: {'|'.join(rows.pop(number))} is a heading")
    thirds = [row for row in rows.values() if len(row) == 3 and row[2]]
    third_is_text = sum(map(is_said_there, thirds)) >= len(thirds) / 4
    if not third_is_text:
        found.notes.append(
            f"{path.name}: the third fields ({thirds[0][2]!r}, ...) share no word with the second "
            "ones; the second ones are read"
        )
    for number, row in rows.items():
        text = next((it for it in reversed(row[1 : 3 if third_is_text else 2]) if it), "")
        key = id_of(row[0])
        if len(row) not in (2, 3) or not row[0] or not text:
            problem = Problem(MALFORMED, path, short("|".join(row)), number)
        elif key in found.entries:
            problem = Problem(TWICE, path, f"the id {key!r} occurs twice", number)
        elif text in row[2:] and is_number(text) and not is_number(row[1]):
            detail = f"{text!r}, where the second field is {short(row[1])}"
            problem = Problem(NO_TEXT, path, detail, number)
        else:
            found.entries[key] = Entry(text, number)
            continue
        found.problems.append(problem)
        found.faulty.add(key)
    if not rows:
        raise DataError(f"{path} is empty. It needs one line id|text|normalised text an utterance.")
    return found


def is_heading(row: list[str]) -> bool:
    names = [it.lower() for it in row]
    return len(names) > 1 and names[0] in ID_HEADINGS and names[1] in TEXT_HEADINGS


def is_said_there(row: list[str]) -> bool:
    """Tell whether the third field has a word of the second, as a normalised text would."""
    second, third = (set(it.lower().split()) for it in row[1:])
    return bool(second & third)


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def read_ids(path: Path) -> dict[int, str]:
    """Return the ids of a split by line; what stands behind a | is not read."""
    lines = enumerate(read_lines(path), start=1)
    return {number: id_of(line.split("|")[0]) for number, line in lines if line.strip()}


def read_lines(path: Path) -> list[str]:
    """Return the lines of a UTF-8 file, with or without a byte order mark.

    A line ends where a file's lines end, not at what U+2028 and its like separate inside a text.
    """
    if not path.parent.is_dir():
        raise DataError(f"{path.parent} is not a folder. Check the path of the corpus.")
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except FileNotFoundError as error:
        raise DataError(
            f"{path} is missing. A corpus folder needs it beside wavs/, as in LJSpeech."
        ) from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 text. Save it in that encoding.") from error
    return lines
