"""What the second model hears."""

from __future__ import annotations

import numpy as np
import torch

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import codec_lm
from .shared import numbers

exercise = Exercise(
    id="codec_lm.stage_input",
    title="The books before",
    target="exercise_lib.codec_lm:stage_input",
    solution=codec_lm.stage_input,
    todo="15.7",
    points=2,
    difficulty=2,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    d = 5 if hidden else 4

    def case(name: str, n: int, k: int, b: int, t: int, book: int) -> Case:
        args = {
            "tables": normal(rng, n, k, d),
            "stages": normal(rng, n, d),
            "codes": numbers(rng, k, b, n, t),
            "book": book,
        }
        return Case(name, args=args, grad=("tables", "stages"))

    return [
        case("the second of three books", 3, 6, 2, 5, 1),
        case("the third of four", 4, 5, 3, 4, 2),
        case("the last of four", 4, 7, 2, 3, 3),
        case("all axes alike", d, d, d, d, 2),
    ]


def summed(tables, codes, books):
    return sum(tables[i][codes[:, i]] for i in books)


@exercise.misconception(
    "The book that is to be said is heard too: the model learns to copy, all right in training, "
    "and has nothing to copy when it speaks. Sum over i < j."
)
def hears_its_target(tables, stages, codes, book):
    return stages[book] + summed(tables, codes, range(book + 1))


@exercise.misconception(
    "All books are heard, those behind as well: when the model speaks, they are not there yet."
)
def hears_all(tables, stages, codes, book):
    return stages[book] + summed(tables, codes, range(len(tables)))


@exercise.misconception(
    "Only the book just before is heard: a frame is the sum of all books so far, from the first."
)
def hears_the_last(tables, stages, codes, book):
    return stages[book] + tables[book - 1][codes[:, book - 1]]


@exercise.misconception(
    "Only the first book is heard: the second and further ones refine it and belong to the sum."
)
def hears_the_first(tables, stages, codes, book):
    return stages[book] + tables[0][codes[:, 0]]


@exercise.misconception(
    "The stage is not told: one model says all the books, and has to know which is meant. Add s_j."
)
def without_stage(tables, stages, codes, book):
    return summed(tables, codes, range(book))


@exercise.misconception(
    "This is the stage of the book before: s_j of the book to be said, counted from 0."
)
def stage_before(tables, stages, codes, book):
    return stages[book - 1] + summed(tables, codes, range(book))


@exercise.misconception("The stage is added once for each book that is heard: once is enough.")
def stage_each_time(tables, stages, codes, book):
    return book * stages[book] + summed(tables, codes, range(book))


@exercise.neighbour(stage_each_time)
def stages_of_all(tables, stages, codes, book):
    return stages[: book + 1].sum(0) + summed(tables, codes, range(book))


@exercise.neighbour(stage_each_time)
def stages_of_those_heard(tables, stages, codes, book):
    return stages[1 : book + 1].sum(0) + summed(tables, codes, range(book))


@exercise.misconception(
    "All books are looked up in one table: each has its own, code 3 of book 1 is not code 3 of "
    "book 2."
)
def one_table(tables, stages, codes, book):
    return stages[book] + sum(tables[0][codes[:, i]] for i in range(book))


@exercise.neighbour(one_table)
def table_of_the_stage(tables, stages, codes, book):
    return stages[book] + sum(tables[book][codes[:, i]] for i in range(book))


@exercise.misconception("This is a mean of vectors: they are added up, as the codec adds them.")
def averaged(tables, stages, codes, book):
    return stages[book] + summed(tables, codes, range(book)) / book


@exercise.neighbour(averaged)
def all_averaged(tables, stages, codes, book):
    return (stages[book] + summed(tables, codes, range(book))) / (book + 1)


@exercise.misconception(
    "Books are taken along another axis: codes are (B, n, T), and book i is codes[:, i]."
)
def along_the_batch(tables, stages, codes, book):
    if codes.shape[0] < book:
        codes = codes.expand(book, -1, -1)
    mixed = sum(tables[i][codes[i]] for i in range(book))  # (n, T, d)
    return stages[book] + mixed


@exercise.neighbour(along_the_batch)
def along_time(tables, stages, codes, book):
    times = range(min(book, codes.shape[2]))
    return stages[book] + sum(tables[i][codes[:, :, i]] for i in times)


@exercise.misconception("Nothing goes back to the vectors: they are learned, do not detach them.")
def detached(tables, stages, codes, book):
    return stages[book] + summed(tables.detach(), codes, range(book))


@exercise.also_correct
def added_one_by_one(tables, stages, codes, book):
    x = stages[book]
    for i in range(book):
        x = x + tables[i, codes[:, i]]
    return x


@exercise.also_correct
def by_one_hot(tables, stages, codes, book):
    one_hot = torch.nn.functional.one_hot(codes[:, :book], tables.shape[1]).to(tables.dtype)
    return torch.einsum("bntk,nkd->btd", one_hot, tables[:book]) + stages[book]
