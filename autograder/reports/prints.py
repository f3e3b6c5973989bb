"""The fingerprints of submissions: winnowed token n-grams, as `similarity` compares them.

Those of a submission are worked out once and kept in the course while it stays as it is.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from hashlib import sha256
from keyword import iskeyword
from pathlib import Path
from typing import NamedTuple

import numpy as np
from nbgrader.utils import is_solution

from autograder.limited import limited
from autograder.own_notebooks import read_own
from autograder.paths import Course, student_modules
from autograder.submissions.fingerprint import fingerprint_of_submission, fingerprint_on
from exercise_lib.files import replace_file, write_text

GRAM, WINDOW = 16, 8  # tokens
MOST_COMPARED = 100_000  # characters of an answer or module

CODE = re.compile(
    r"""
      (?P<aside> [^\S\n]+ | \#.* | \\ )
    | (?P<lines> \n\s* )
    | (?P<string> [rbufRBUF]{0,2} (?:
          \"{3} (?: [^\"\\]+ | \\[\s\S] | \"(?!\"\") )* (?:\"{3})?
        |  '{3}  (?: [^'\\]+  | \\[\s\S] |  '(?!'')  )* (?:'{3})?
        |  \"   (?: [^\"\\\n]+ | \\[\s\S] )* \"?
        |   '    (?: [^'\\\n]+  | \\[\s\S] )* '? ) )
    | (?P<word> [^\W\d]\w* )
    | (?P<number> \.?\d (?: [eE][-+]\d | [\w.] )* )
    | (?P<sign> [!=]= | << | >> | := | . )
    """,
    re.VERBOSE,
)
"""Tokens of Python, also of Python that is broken; read in a time that grows with the text alone.
Pygments, which says much more of each token, takes twenty times as long."""

WORD = re.compile(r"\w+")
MULTIPLIER = 0x9E3779B97F4A7C15  # odd; of a polynomial in whole numbers of 64 bits
HOW = sha256(Path(__file__).read_bytes()).hexdigest()
"""Kept fingerprints that were made otherwise don't count."""

Hashes = np.ndarray[tuple[int], np.dtype[np.uint64]]


class Token(NamedTuple):
    text: str
    line: int  # from 0


@dataclass(frozen=True)
class Passage:
    """A piece of a submission that has a hash: lines `first` to `last` of one of its parts."""

    part: str
    first: int
    last: int


Prints = dict[int, Passage]  # hash -> where it was found first


@dataclass(frozen=True)
class Part:
    """An answer or module of a submission."""

    digest: str  # of its text
    prints: Prints


def code_tokens(text: str) -> list[Token]:
    """Return the tokens of Python: names alike but for those of attributes, and strings alike."""
    tokens: list[Token] = []
    line = 0
    for found in CODE.finditer(text):
        kind, value = found.lastgroup, found[0]
        if kind == "lines":
            line += value.count("\n")
        elif kind == "string":
            tokens.append(Token("string", line))
            line += value.count("\n")
        elif kind == "word" and not iskeyword(value):
            if tokens and tokens[-1].text == ".":
                tokens[-1] = Token(f".{value}", tokens[-1].line)
            else:
                tokens.append(Token("name", line))
        elif kind != "aside":
            tokens.append(Token(value, line))
    return tokens


def word_tokens(text: str) -> list[Token]:
    """Return the words of prose."""
    return [
        Token(word.lower(), number)
        for number, line in enumerate(text.splitlines())
        for word in WORD.findall(line)
    ]


def gram_hashes(tokens: Iterable[Token]) -> Hashes:
    """Return a hash of each run of GRAM tokens."""
    numbers = np.array([number_of(it.text) for it in tokens], np.uint64)
    count = len(numbers) - GRAM + 1
    hashes = np.zeros(max(count, 0), np.uint64)
    for k in range(GRAM if count > 0 else 0):
        hashes = hashes * np.uint64(MULTIPLIER) + numbers[k : k + count]
    hashes = (hashes ^ (hashes >> np.uint64(32))) * np.uint64(MULTIPLIER)
    return hashes ^ (hashes >> np.uint64(29))


@cache
def number_of(text: str) -> int:
    return zlib.crc32(text.encode(errors="replace"))


def winnow(part: str, tokens: list[Token]) -> Prints:
    """Return the hashes that stand for some tokens, and where each is."""
    hashes = gram_hashes(tokens)
    if not len(hashes):
        return {}
    width = min(WINDOW, len(hashes))
    backwards = np.lib.stride_tricks.sliding_window_view(hashes, width)[:, ::-1]
    last = np.arange(len(backwards)) + width - 1
    prints: Prints = {}
    for best in np.unique(last - backwards.argmin(axis=1)):  # of equal ones the last
        passage = Passage(part, tokens[best].line, tokens[best + GRAM - 1].line)
        prints.setdefault(int(hashes[best]), passage)
    return prints


def all_hashes(texts: Iterable[str]) -> set[int]:
    """Return every hash of some code: what is taken out must be found wherever it begins."""
    found: set[int] = set()
    for text in texts:
        found.update(gram_hashes(code_tokens(text)).tolist())
    return found


def kept_hashes(course: Course, texts: Iterable[str]) -> set[int]:
    """Return every hash of what all are given and of the solutions, as kept, or worked out."""
    texts = list(texts)
    made_of = sha256("".join([HOW, *map(digest_of, texts)]).encode()).hexdigest()
    path = course.prints(".given").with_suffix(".npz")
    with suppress(OSError, ValueError, KeyError), np.load(path) as kept:
        if kept["made_of"] == made_of:
            return set(kept["hashes"].tolist())
    found = all_hashes(texts)
    hashes = np.fromiter(found, np.uint64, len(found))
    replace_file(path, lambda file: np.savez(file, made_of=made_of, hashes=hashes))
    return found


def read_parts(folder: Path, modules: Iterable[str]) -> dict[str, str]:
    """Return a submission's answers by where they stand; prose has `words` at the end of its name.

    Args: folder: a submission that was taken in, or the release.
    """
    parts = {it: (folder / it).read_text(encoding="utf-8", errors="replace") for it in modules}
    for path in sorted(folder.glob("*.ipynb")):
        for cell in filter(is_solution, read_own(path).cells):
            kind = ", words" if cell.cell_type == "markdown" else ""
            parts[f"{path.stem}, {cell.metadata.nbgrader.grade_id}{kind}"] = cell.source
    return parts


def prints_of(part: str, text: str) -> Prints:
    """Return the hashes of an answer or module."""
    start = text[:MOST_COMPARED]
    return winnow(part, word_tokens(start) if part.endswith(", words") else code_tokens(start))


def digest_of(text: str) -> str:
    return sha256(text.encode(errors="replace")).hexdigest()


def printed(folder: Path, modules: Iterable[str]) -> dict[str, Part]:
    """Return the parts of a submission that was taken in, by their names."""
    return {
        part: Part(digest_of(text), prints_of(part, text))
        for part, text in read_parts(folder, modules).items()
    }


def kept_prints(course: Course, student: str) -> dict[str, Part]:
    """Return the parts of a submission with their fingerprints, as they are kept, or worked out.

    Raises: TooMuch, or whatever reading the submission raises.
    """
    made_of = origin_of(course.step("intake", student))
    try:
        return read_prints(course.prints(student), made_of)
    except (OSError, ValueError, KeyError, TypeError):
        return limited(partial(keep_prints, course, student))


def keep_prints(course: Course, student: str) -> dict[str, Part]:
    """Work the fingerprints of a submission out that was taken in, keep and return them."""
    folder = course.step("intake", student)
    parts = printed(folder, student_modules(course.release))
    write_prints(course.prints(student), origin_of(folder), parts)
    return parts


def origin_of(folder: Path) -> str:
    """Return what fingerprints are made of: a submission that was taken in, and how."""
    return fingerprint_on(HOW, fingerprint_of_submission(folder))


def read_prints(path: Path, made_of: str) -> dict[str, Part]:
    """Return kept fingerprints; raises ValueError where they are of something else."""
    kept = json.loads(path.read_text(encoding="utf-8"))
    if kept["made of"] != made_of:
        raise ValueError("they are of another submission")
    return {
        part: Part(
            it["digest"], {value: Passage(part, first, last) for value, first, last in it["prints"]}
        )
        for part, it in kept["parts"].items()
    }


def write_prints(path: Path, made_of: str, parts: Mapping[str, Part]) -> None:
    """Keep the fingerprints of a submission."""
    kept = {
        part: {
            "digest": it.digest,
            "prints": [[value, at.first, at.last] for value, at in it.prints.items()],
        }
        for part, it in parts.items()
    }
    write_text(path, json.dumps({"made of": made_of, "parts": kept}))
