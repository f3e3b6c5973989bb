"""Edits, row by row: a debugging task."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograder.builder.answers import answer
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

exercise = Exercise(
    id="mend.edit_distance",
    title="Find the mistake",
    target="notebook",
    solution=answer(__package__, "edit_distance"),
    todo="7.9",
    points=1,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    pairs = {
        "nothing was said": ("", "one two three"),
        "words missing at the beginning": ("three four", "one two three four"),
        "all words differ": ("one two", "three four five six"),
        "the same words": ("one two three", "one two three"),
        "a word wrong": ("one two three four", "one too three four"),
        "words too many at the beginning": ("so well one two", "one two"),
    }
    if hidden:
        words = rng.permutation(
            ["so", "it", "is", "said", "that", "nobody", "knows", "where", "they", "have", "gone"]
        )
        few, some, many = (" ".join(words[:n]) for n in sorted(rng.choice(range(2, 7), 3, False)))
        first, *others = many.split()
        pairs = {
            "nothing was said": ("", some),
            "words missing at the beginning": (some, f"well {words[8]} {some}"),
            "all words differ": (few, " ".join(words[6:])),
            "the same words": (some, some),
            "a word wrong": (many, " ".join([first, "was", *others[1:]])),
            "words too many at the beginning": (f"and {words[9]} well {few}", few),
        }
    return [Case(it, args={"a": a.split(), "b": b.split()}) for it, (a, b) in pairs.items()]


def zeros_in_row_0(a: Sequence[str], b: Sequence[str]) -> int:
    """What the handed-out code does."""
    row = [0] * (len(b) + 1)
    for i, x in enumerate(a, start=1):
        above, row = row, [i]
        for j, y in enumerate(b, start=1):
            row.append(min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (x != y)))
    return row[-1]


@exercise.misconception("Words of a that b lacks cost nothing at the beginning: a row starts at i.")
def first_column_free(a, b):
    row = list(range(len(b) + 1))
    for x in a:
        above, row = row, [0]
        for j, y in enumerate(b, start=1):
            row.append(min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (x != y)))
    return row[-1]


@exercise.misconception("A wrong word costs 2 here: a substitution is one edit.")
def two_for_a_substitution(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        above, row = row, [i]
        for j, y in enumerate(b, start=1):
            row.append(min(above[j] + 1, row[j - 1] + 1, above[j - 1] + 2 * (x != y)))
    return row[-1]


@exercise.misconception("You return the smallest number of the row: the last one is the distance.")
def smallest_of_row(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        above, row = row, [i]
        for j, y in enumerate(b, start=1):
            row.append(min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (x != y)))
    return min(row)


@exercise.misconception(
    "All words of b before the first of a cost 1 together: they cost 1 each, row 0 counts up."
)
def one_for_the_first_row(a, b):
    row = [0] + [1] * len(b)
    for i, x in enumerate(a, start=1):
        above, row = row, [i]
        for j, y in enumerate(b, start=1):
            row.append(min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (x != y)))
    return row[-1]


@exercise.misconception(
    "Only one symptom is mended: row 0 is still all zeros. D_0j = j in any sentence."
)
def special_case_for_nothing(a, b):
    return zeros_in_row_0(a, b) if a else len(b)


@exercise.neighbour(special_case_for_nothing)
def lifted_to_the_lengths(a, b):
    return max(zeros_in_row_0(a, b), abs(len(a) - len(b)))


@exercise.misconception("Row 0 counts from 1: nothing against nothing is no error, D_00 = 0.")
def row_from_one(a, b):
    row = list(range(1, len(b) + 2))
    for i, x in enumerate(a, start=1):
        above, row = row, [i]
        for j, y in enumerate(b, start=1):
            row.append(min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (x != y)))
    return row[-1]


@exercise.neighbour(row_from_one)
def row_and_column_from_one(a, b):
    row = list(range(1, len(b) + 2))
    for i, x in enumerate(a, start=2):
        above, row = row, [i]
        for j, y in enumerate(b, start=1):
            row.append(min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (x != y)))
    return row[-1]


@exercise.misconception("Row 0 is as long as b everywhere: D_0j = j counts the words so far.")
def length_in_the_first_row(a, b):
    row = [0] + [len(b)] * len(b)
    for i, x in enumerate(a, start=1):
        above, row = row, [i]
        for j, y in enumerate(b, start=1):
            row.append(min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (x != y)))
    return row[-1]


@exercise.also_correct
def by_recursion(a, b):
    if not a or not b:
        return len(a) + len(b)
    return min(
        by_recursion(a[1:], b) + 1,
        by_recursion(a, b[1:]) + 1,
        by_recursion(a[1:], b[1:]) + (a[0] != b[0]),
    )


@exercise.also_correct
def by_table(a, b):
    table = np.add.outer(np.arange(len(a) + 1), np.arange(len(b) + 1))
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            table[i + 1, j + 1] = min(
                table[i, j + 1] + 1, table[i + 1, j] + 1, table[i, j] + (x != y)
            )
    return int(table[-1, -1])
