"""The name that a student has in folders, files and the gradebook."""

import hashlib
import re
import unicodedata

SAFE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._@-]{0,62}[A-Za-z0-9])?")
DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)  # on Windows
LEADS_ELSEWHERE = re.compile(r"\.{0,2}|.*[/\\\0].*", re.DOTALL)


def student_id(name: str) -> str:
    """Return a name as nbgrader and a disk can take it, the same every time, two never the same."""
    if SAFE.fullmatch(name) and not DEVICE.fullmatch(name):
        return name
    mark = hashlib.sha256(unicodedata.normalize("NFC", name).encode(errors="replace")).hexdigest()
    return f"{slug(name) or 'student'}-{mark[:6]}"


def written_id(name: str) -> str:
    """Return the student that somebody wrote into a list: never a path to another folder.

    nbgrader's exchange has names that a download's students never get, and those stay.
    """
    return student_id(name) if LEADS_ELSEWHERE.fullmatch(name) else name


def slug(name: str) -> str:
    """Return a name in small ASCII letters: `Jürgen Groß` -> `jurgen-gross`."""
    text = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    return re.sub("[^a-z0-9]+", "-", text).strip("-")[:40].strip("-")
