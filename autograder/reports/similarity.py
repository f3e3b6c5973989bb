"""Which submissions look alike: winnowed token n-grams, as in Schleimer, Wilkerson & Aiken (2003).

1. The answers, cells and modules, become tokens. Comments go; every string becomes one token, and
   every name that is no keyword another one, except after a dot: `x.softmax` stays a softmax. What
   stands in the braces of an f-string is code like any other.
   So other names and other comments change nothing. Of answers in words the tokens are the words.
2. Each run of GRAM tokens is hashed, and of each WINDOW neighbours the smallest hash is kept. Any
   passage of GRAM + WINDOW - 1 tokens that two have in common is found.
3. Hashes of the released scaffold and of the reference solution are taken out, and those that more
   than COMMON of the cohort have: what everybody writes says nothing about two.
4. Pairs that share at least LEAST hashes are reported, the largest number first.

What it does not find: other orders of statements, other constructs for the same idea, and exercises
so short that everyone writes the same. What it finds is a reason to look, and no proof.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from pathlib import Path

import nbformat
from nbgrader.utils import is_solution
from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Name, String, Text

from autograder.limited import limited
from autograder.page import render
from autograder.paths import Course, Repository, student_modules
from exercise_lib.files import write_text

GRAM, WINDOW = 16, 8  # tokens
LEAST = 4  # shared hashes: some three lines
COMMON = 1 / 3  # of the cohort, where that is more than two
LINES = 40  # shown of a passage
MOST_COMPARED = 100_000  # characters of an answer or module

LEXER = PythonLexer(stripnl=False)
WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Token:
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
class Pair:
    """Two submissions with `shared` hashes in common, and the longest passage of each."""

    students: tuple[str, str]
    shared: int
    of: tuple[int, int]  # hashes that each has of its own
    passages: tuple[Passage, Passage]


def code_tokens(text: str) -> list[Token]:
    """Return the tokens of Python, also of Python that is broken."""
    tokens: list[Token] = []
    line, before = 0, Text
    for kind, value in LEXER.get_tokens(text):
        if kind in String:
            if before not in String:
                tokens.append(Token("string", line))
        elif kind in Name and value != ".":
            if value.startswith("@"):
                tokens.append(Token("@", line))
            if tokens and tokens[-1].text == ".":
                tokens[-1] = Token(f".{value}", tokens[-1].line)
            else:
                tokens.append(Token("name", line))
        elif kind not in Comment and value.strip() and kind not in Text:
            tokens.append(Token(value, line))
        line += value.count("\n")
        before = kind
    return tokens


def word_tokens(text: str) -> list[Token]:
    """Return the words of prose."""
    return [
        Token(word.lower(), number)
        for number, line in enumerate(text.splitlines())
        for word in WORD.findall(line)
    ]


def winnow(part: str, tokens: list[Token]) -> Prints:
    """Return the hashes that stand for some tokens, and where each is."""
    hashes = [
        zlib.crc32("\0".join(it.text for it in tokens[i : i + GRAM]).encode())
        for i in range(len(tokens) - GRAM + 1)
    ]
    prints: Prints = {}
    for start in range(max(1, len(hashes) - WINDOW + 1) if hashes else 0):
        window = range(start, min(start + WINDOW, len(hashes)))
        best = min(window, key=lambda index: (hashes[index], -index))
        passage = Passage(part, tokens[best].line, tokens[best + GRAM - 1].line)
        prints.setdefault(hashes[best], passage)
    return prints


def all_hashes(texts: Iterable[str]) -> set[int]:
    """Return every hash of some code: what is taken out must be found wherever it begins."""
    found = set()
    for text in texts:
        tokens = [it.text for it in code_tokens(text)]
        for i in range(len(tokens) - GRAM + 1):
            found.add(zlib.crc32("\0".join(tokens[i : i + GRAM]).encode()))
    return found


def read_parts(folder: Path, modules: Iterable[str]) -> dict[str, str]:
    """Return a submission's answers by where they stand; prose has `words` at the end of its name.

    Args: folder: a submission that was taken in, or the release.
    """
    parts = {it: (folder / it).read_text(encoding="utf-8", errors="replace") for it in modules}
    for path in sorted(folder.glob("*.ipynb")):
        for cell in filter(is_solution, nbformat.read(path, as_version=4).cells):
            kind = ", words" if cell.cell_type == "markdown" else ""
            parts[f"{path.stem}, {cell.metadata.nbgrader.grade_id}{kind}"] = cell.source
    return parts


def fingerprints(parts: Mapping[str, str], without: set[int]) -> Prints:
    """Return the hashes of a submission that are its own."""
    prints: Prints = {}
    for part, text in parts.items():
        start = text[:MOST_COMPARED]
        tokens = word_tokens(start) if part.endswith(", words") else code_tokens(start)
        for value, passage in winnow(part, tokens).items():
            if value not in without:
                prints.setdefault(value, passage)
    return prints


def find_pairs(prints: Mapping[str, Prints]) -> list[Pair]:
    """Return the pairs that share enough, the most alike first."""
    students_of = defaultdict(list)
    for student, own in sorted(prints.items()):
        for value in own:
            students_of[value].append(student)
    most = max(2, int(COMMON * len(prints)))
    shared = defaultdict(list)
    for value, students in students_of.items():
        if len(students) <= most:
            for pair in combinations(students, 2):
                shared[pair].append(value)
    pairs = [
        Pair(
            (a, b),
            len(values),
            (len(prints[a]), len(prints[b])),
            (longest(prints[a], values), longest(prints[b], values)),
        )
        for (a, b), values in shared.items()
        if len(values) >= LEAST
    ]
    return sorted(pairs, key=lambda it: (-it.shared, it.students))


def longest(prints: Prints, values: Iterable[int]) -> Passage:
    """Return the longest passage that some hashes cover, in the part that has most of them."""
    passages = [prints[it] for it in values]
    [(part, _)] = Counter(it.part for it in passages).most_common(1)
    runs: list[Passage] = []
    for it in sorted((it for it in passages if it.part == part), key=lambda it: it.first):
        if runs and it.first <= runs[-1].last + 1:
            runs[-1] = Passage(part, runs[-1].first, max(it.last, runs[-1].last))
        else:
            runs.append(it)
    return max(runs, key=lambda it: it.last - it.first)


def compare(repository: Repository, course: Course) -> tuple[list[Pair], dict[str, dict[str, str]]]:
    """Return the pairs of a course that look alike, and the answers of all that were compared."""
    modules = student_modules(course.release)
    given = read_parts(course.release, modules)
    masters = [it for lab in repository.labs for it in (lab.master, *lab.modules)]
    solved = [path.read_text(encoding="utf-8") for path in masters]
    without = all_hashes([*given.values(), *solved])

    def read(student: str) -> tuple[dict[str, str], Prints]:
        parts = read_parts(course.step("intake", student), modules)
        own = {part: text for part, text in parts.items() if given.get(part) != text}
        return own, fingerprints(own, without)

    works = {}
    for student in course.students("intake"):
        with suppress(Exception):  # one that can't be read is named on the page
            works[student] = limited(partial(read, student))
    pairs = find_pairs({student: prints for student, (_, prints) in works.items()})
    return pairs, {student: parts for student, (parts, _) in works.items()}


def write_similarity_page(repository: Repository, course: Course) -> Path:
    """Write `reports/<assignment>/similarity.html`."""
    pairs, parts = compare(repository, course)
    left_out = [it for it in course.students("intake") if it not in parts]
    return write_text(course.reports / "similarity.html", similarity_page(pairs, parts, left_out))


def similarity_page(
    pairs: Iterable[Pair],
    parts: Mapping[str, Mapping[str, str]],
    left_out: Iterable[str] = (),
) -> str:
    """Return the page: each pair by name, and the longest passage they share, side by side.

    Args: left_out: who could not be compared.
    """
    shown = [
        {
            "students": pair.students,
            "shared": pair.shared,
            "sides": [
                {
                    "student": student,
                    "passage": passage,
                    "own": own,
                    "lines": quote(parts[student][passage.part], passage),
                }
                for student, passage, own in zip(pair.students, pair.passages, pair.of, strict=True)
            ],
        }
        for pair in pairs
    ]
    return render("similarity.html.j2", pairs=shown, left_out=list(left_out))


def quote(text: str, passage: Passage) -> str:
    """Return the lines of a passage, the first LINES of them."""
    return "\n".join(text.splitlines()[passage.first : passage.last + 1][:LINES])
