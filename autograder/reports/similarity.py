"""Which submissions look alike: winnowed token n-grams, as in Schleimer, Wilkerson & Aiken (2003).

1. The answers, cells and modules, become tokens. Comments go; every string becomes one token, and
   every name that is no keyword another one, except after a dot: `x.softmax` stays a softmax. What
   stands in the braces of an f-string is code like any other.
   So other names and other comments change nothing. Of answers in words the tokens are the words.
2. Each run of GRAM tokens is hashed, and of each WINDOW neighbours the smallest hash is kept. Any
   passage of GRAM + WINDOW - 1 tokens that two have in common is found.
3. Hashes of the released scaffold and of the reference solution are taken out, and those that more
   than COMMON of the cohort have: what everybody writes says nothing about two.
4. Pairs that share at least LEAST hashes are reported, the largest number first, and PAIRS of
   them are shown: a large cohort may have thousands.

What it does not find: other orders of statements, other constructs for the same idea, and exercises
so short that everyone writes the same. What it finds is a reason to look, and no proof.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from pathlib import Path

from autograder.limited import limited
from autograder.page import render
from autograder.paths import Course, Repository, student_modules
from autograder.plan import read_plans
from autograder.reports.prints import (
    Part,
    Passage,
    Prints,
    digest_of,
    kept_hashes,
    kept_prints,
    read_parts,
)
from exercise_lib.files import write_text

LEAST = 4  # shared hashes: some three lines
PAIRS = 100  # shown
COMMON = 1 / 3  # of the cohort, where that is more than two
LINES = 40  # shown of a passage


@dataclass(frozen=True)
class Pair:
    """Two submissions with `shared` hashes in common, and the longest passage of each."""

    students: tuple[str, str]
    shared: int
    of: tuple[int, int]  # hashes that each has of its own
    passages: tuple[Passage, Passage]


def find_pairs(prints: Mapping[str, Prints]) -> tuple[list[Pair], int]:
    """Return the pairs that share most, the most alike first, and how many share enough."""
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
    alike = [(pair, values) for pair, values in shared.items() if len(values) >= LEAST]
    alike.sort(key=lambda it: (-len(it[1]), it[0]))
    pairs = [
        Pair(
            (a, b),
            len(values),
            (len(prints[a]), len(prints[b])),
            (longest(prints[a], values), longest(prints[b], values)),
        )
        for (a, b), values in alike[:PAIRS]
    ]
    return pairs, len(alike)


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


def compare(repository: Repository, course: Course) -> tuple[list[Pair], int, list[str]]:
    """Return the pairs of a course that look alike, their number, and who could not be compared."""
    given = read_parts(course.release, student_modules(course.release))
    labs = read_plans(repository)[course.assignment].labs
    masters = [it for lab in labs for it in (lab.master, *lab.modules)]
    solved = [path.read_text(encoding="utf-8") for path in masters]
    without = kept_hashes(course, [*given.values(), *solved])
    unchanged = {part: digest_of(text) for part, text in given.items()}
    students, prints = course.students("intake"), {}
    for student in students:
        with suppress(Exception):  # one that can't be read is named on the page
            prints[student] = own_prints(kept_prints(course, student), unchanged, without)
    return *find_pairs(prints), [it for it in students if it not in prints]


def own_prints(
    parts: Mapping[str, Part], unchanged: Mapping[str, str], without: set[int]
) -> Prints:
    """Return the hashes of a submission that are its own.

    Args: unchanged: digests of what was released, by part.
    """
    prints: Prints = {}
    for name, part in parts.items():
        if unchanged.get(name) != part.digest:
            for value, passage in part.prints.items():
                if value not in without:
                    prints.setdefault(value, passage)
    return prints


def write_similarity_page(repository: Repository, course: Course) -> Path:
    """Write `reports/<assignment>/similarity.html`."""
    pairs, count, left_out = compare(repository, course)
    answers = limited(partial(read_answers, course, {it for pair in pairs for it in pair.students}))
    page = similarity_page(pairs, answers, count, left_out)
    return write_text(course.reports / "similarity.html", page)


def read_answers(course: Course, students: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return the parts of these students' submissions, by student."""
    modules = student_modules(course.release)
    return {it: read_parts(course.step("intake", it), modules) for it in students}


def similarity_page(
    pairs: Iterable[Pair],
    parts: Mapping[str, Mapping[str, str]],
    count: int,
    left_out: Iterable[str] = (),
) -> str:
    """Return the page: each pair by name, and the longest passage they share, side by side.

    Args: count: of all pairs that look alike; left_out: who could not be compared.
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
    return render("similarity.html.j2", pairs=shown, count=count, left_out=list(left_out))


def quote(text: str, passage: Passage) -> str:
    """Return the lines of a passage, the first LINES of them."""
    return "\n".join(text.splitlines()[passage.first : passage.last + 1][:LINES])
