"""Edit distance of two sentences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import word_errors
from .shared import ALL_WRONG, sentences

exercise = Exercise(
    id="word_errors.edit_table",
    title="Edit distance of two sentences",
    target="exercise_lib.word_errors:edit_table",
    solution=word_errors.edit_table,
    todo="7.3",
    points=2,
    difficulty=2,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    pairs = sentences(rng, hidden)
    first, second, *rest = pairs.pop("nothing wrong")[0]
    del pairs["a word replaced"]
    extra = {
        "two words exchanged": ([first, second, *rest[:1]], [second, first, *rest[:1]]),
        "a long text, nothing heard": ([first] * (140 if hidden else 130), []),
    }
    telling = {"the last word twice", *extra}
    return [
        Case(
            name,
            args={"reference": said, "heard": heard},
            weight=0.5 if name in ALL_WRONG else 2.0 if name in telling else 1.0,
        )
        for name, (said, heard) in (pairs | extra).items()
    ]


def fill(
    reference: Sequence[str],
    heard: Sequence[str],
    substitution: int = 1,
    deletion: int = 1,
    insertion: int = 1,
    column: int = 1,
    row: int = 1,
    same: int = 0,
) -> Tensor:
    """Fill the table with other costs, `column` and `row` those of its borders."""
    n, m = len(reference), len(heard)
    d = torch.zeros(n + 1, m + 1, dtype=torch.int64)
    d[:, 0], d[0] = column * torch.arange(n + 1), row * torch.arange(m + 1)
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            step = same if reference[i - 1] == heard[j - 1] else substitution
            d[i, j] = min(d[i - 1, j] + deletion, d[i, j - 1] + insertion, d[i - 1, j - 1] + step)
    return d


@exercise.misconception(
    "The borders are 0: then words lost at the beginning cost nothing. D_i0 = i and D_0j = j."
)
def borders_zero(reference, heard):
    return fill(reference, heard, column=0, row=0)


@exercise.misconception(
    "The first row is 0: words heard before the first one cost an insertion each, D_0j = j."
)
def row_zero(reference, heard):
    return fill(reference, heard, row=0)


@exercise.misconception(
    "The first column is 0: words lost at the beginning cost a deletion each, D_i0 = i."
)
def column_zero(reference, heard):
    return fill(reference, heard, column=0)


@exercise.misconception(
    "A replaced word costs 2 in your table, as a deletion and an insertion: a substitution is one "
    "error."
)
def substitution_costs_two(reference, heard):
    return fill(reference, heard, substitution=2)


@exercise.misconception(
    "The diagonal costs 1 for equal words too: where a_i = b_j nothing is wrong, add 0."
)
def equal_words_cost(reference, heard):
    return fill(reference, heard, same=1)


@exercise.misconception("Insertions are free in your table: they cost 1, as deletions do.")
def insertions_free(reference, heard):
    return fill(reference, heard, insertion=0)


@exercise.misconception("Deletions are free in your table: they cost 1, as insertions do.")
def deletions_free(reference, heard):
    return fill(reference, heard, deletion=0)


@exercise.misconception(
    "The table is transposed: rows belong to the reference, columns to what was heard."
)
def table_transposed(reference, heard):
    return fill(reference, heard).T.contiguous()


@exercise.misconception(
    "You compare letters: the errors are counted in words, so compare the items of the lists."
)
def table_of_letters(reference, heard):
    return fill("".join(reference), "".join(heard))


@exercise.misconception("The last word of each sentence is not reached: i and j run to n and m.")
def table_stops_early(reference, heard):
    d = fill(reference, heard)
    d[1:, 1:] = torch.where(torch.ones_like(d[1:, 1:]).cumsum(0) == len(reference), 0, d[1:, 1:])
    d[1:, 1:] = torch.where(torch.ones_like(d[1:, 1:]).cumsum(1) == len(heard), 0, d[1:, 1:])
    return d


@exercise.misconception(
    "Words are compared at the same place only: one lost word then makes all that follow wrong. "
    "Take the smallest of three neighbours."
)
def place_by_place(reference, heard):
    d = fill(reference, heard)
    for i in range(1, len(reference) + 1):
        for j in range(1, len(heard) + 1):
            d[i, j] = d[i - 1, j - 1] + int(reference[i - 1] != heard[j - 1])
    return d


@exercise.misconception("The borders begin at 1: D_00 is 0, then D_i0 = i and D_0j = j.")
def borders_from_one(reference, heard):
    d = fill(reference, heard)
    d[:, 0], d[0] = torch.arange(d.shape[0]) + 1, torch.arange(d.shape[1]) + 1
    for i in range(1, d.shape[0]):
        for j in range(1, d.shape[1]):
            wrong = reference[i - 1] != heard[j - 1]
            d[i, j] = min(d[i - 1, j] + 1, d[i, j - 1] + 1, d[i - 1, j - 1] + wrong)
    return d


@exercise.misconception("Deletions cost 2 in your table: each error costs 1.")
def deletions_cost_two(reference, heard):
    return fill(reference, heard, deletion=2)


@exercise.misconception("Insertions cost 2 in your table: each error costs 1.")
def insertions_cost_two(reference, heard):
    return fill(reference, heard, insertion=2)


@exercise.misconception("Substitutions are free in your table: a replaced word is an error.")
def substitutions_free(reference, heard):
    return fill(reference, heard, substitution=0)


@exercise.misconception("Equal words cost 1 and others 0 in your table: it is the other way round.")
def costs_turned(reference, heard):
    return fill(reference, heard, substitution=0, same=1)


@exercise.misconception("The border is missing: the table is (n + 1, m + 1), row and column 0 too.")
def without_borders(reference, heard):
    return fill(reference, heard)[1:, 1:]


@exercise.misconception("Only the last number is returned: return the whole table.")
def last_entry(reference, heard):
    return fill(reference, heard)[-1, -1]


@exercise.misconception("This counts equal words (a longest common subsequence): count the errors.")
def common_words(reference, heard):
    d = torch.zeros(len(reference) + 1, len(heard) + 1, dtype=torch.int64)
    for i, a in enumerate(reference, 1):
        for j, b in enumerate(heard, 1):
            d[i, j] = d[i - 1, j - 1] + 1 if a == b else max(d[i - 1, j], d[i, j - 1])
    return d


@exercise.misconception(
    "You compare with the next words: entry i, j compares words i - 1 and j - 1."
)
def words_off_by_one(reference, heard):
    d = fill(reference, heard)
    for i in range(1, d.shape[0]):
        for j in range(1, d.shape[1]):
            a, b = reference[i % len(reference)], heard[j % len(heard)]
            d[i, j] = min(d[i - 1, j] + 1, d[i, j - 1] + 1, d[i - 1, j - 1] + (a != b))
    return d


@exercise.misconception(
    "You take the largest of the three ways: the smallest counts the fewest errors."
)
def largest_of_three(reference, heard):
    d = fill(reference, heard)
    for i in range(1, d.shape[0]):
        for j in range(1, d.shape[1]):
            wrong = reference[i - 1] != heard[j - 1]
            d[i, j] = max(d[i - 1, j] + 1, d[i, j - 1] + 1, d[i - 1, j - 1] + wrong)
    return d


@exercise.misconception(
    "Two words exchanged cost 1 in your table (Damerau's distance): they are two errors here."
)
def exchange_costs_one(reference, heard):
    d = fill(reference, heard)
    for i in range(1, d.shape[0]):
        for j in range(1, d.shape[1]):
            wrong = reference[i - 1] != heard[j - 1]
            d[i, j] = min(d[i - 1, j] + 1, d[i, j - 1] + 1, d[i - 1, j - 1] + wrong)
            if min(i, j) > 1 and [*reference[i - 2 : i]] == [*heard[j - 2 : j]][::-1]:
                d[i, j] = min(d[i, j], d[i - 2, j - 2] + 1)
    return d


@exercise.misconception(
    "The numbers wrap round in so small a type (int8): a table of 128 words and more needs int64."
)
def table_of_bytes(reference, heard):
    return fill(reference, heard).to(torch.int8).long()


@exercise.misconception(
    "Where words are equal, deletions and insertions are free in your table: only the diagonal is."
)
def equal_words_make_all_free(reference, heard):
    d = fill(reference, heard)
    for i in range(1, d.shape[0]):
        for j in range(1, d.shape[1]):
            d[i, j] = min(d[i - 1, j], d[i, j - 1], d[i - 1, j - 1])
            d[i, j] += int(reference[i - 1] != heard[j - 1])
    return d


@exercise.neighbour(words_off_by_one)
def next_words_to_the_end(reference, heard):
    d = fill(reference, heard)
    for i in range(1, d.shape[0]):
        for j in range(1, d.shape[1]):
            wrong = reference[i : i + 1] != heard[j : j + 1] or i == len(reference)
            d[i, j] = min(d[i - 1, j] + 1, d[i, j - 1] + 1, d[i - 1, j - 1] + wrong)
    return d


@exercise.also_correct
def table_by_recursion(reference, heard):
    def errors(i: int, j: int) -> int:
        if i == 0 or j == 0:
            return i + j
        if reference[i - 1] == heard[j - 1]:
            return errors(i - 1, j - 1)
        return 1 + min(errors(i - 1, j), errors(i, j - 1), errors(i - 1, j - 1))

    n, m = len(reference), len(heard)
    return torch.tensor([[errors(i, j) for j in range(m + 1)] for i in range(n + 1)])


@exercise.also_correct
def table_by_rows(reference, heard):
    rows = [list(range(len(heard) + 1))]
    for word in reference:
        row = [rows[-1][0] + 1]
        for j, other in enumerate(heard):
            row.append(min(rows[-1][j + 1] + 1, row[-1] + 1, rows[-1][j] + (word != other)))
        rows.append(row)
    return torch.tensor(rows)
