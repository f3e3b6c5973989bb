"""Book after book."""

from __future__ import annotations

import numpy as np
import torch

from autograder.exercise import Exercise
from exercise_lib.check.case import Case
from exercise_lib.check.toys.codes import N_CODES

from ...exercise_lib import codec_lm
from .shared import numbers

exercise = Exercise(
    id="codec_lm.continue_books",
    title="Book after book",
    target="exercise_lib.codec_lm:continue_books",
    solution=codec_lm.continue_books,
    todo="15.8",
    points=2,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    more = 2 if hidden else 0

    def case(name: str, frames: int, n_books: int) -> Case:
        args = {"first": numbers(rng, N_CODES, frames), "n_books": n_books}
        return Case(name, args=args, probe="codes", options={"model": "books"})

    return [
        case("two books", 9 + more, 2),
        case("four books", 11 + more, 4),
        case("as many frames as codes", N_CODES, 3),
        case("as many frames as books", 5, 5),
    ]


def continued(predict, first, n_books, hears=lambda codes: codes):
    codes = first[None]
    while len(codes) < n_books:
        codes = torch.cat([codes, predict(hears(codes)).argmax(-1)[None]])
    return codes


@exercise.misconception(
    "Every book is predicted from the first alone: book 3 refines what books 1 and 2 have said, so "
    "it has to hear both."
)
def from_the_first(predict, first, n_books):
    return continued(predict, first, n_books, lambda codes: codes[:1])


@exercise.misconception("Each book hears only the one before: give `predict` all books so far.")
def from_the_last(predict, first, n_books):
    return continued(predict, first, n_books, lambda codes: codes[-1:])


@exercise.misconception("Books are given in another order: the first comes first, as in the codec.")
def backwards(predict, first, n_books):
    return continued(predict, first, n_books, lambda codes: codes.flip(0))


@exercise.neighbour(backwards)
def put_in_front(predict, first, n_books):
    codes = first[None]
    while len(codes) < n_books:
        codes = torch.cat([predict(codes).argmax(-1)[None], codes])
    return codes


@exercise.misconception(
    "The first book is missing in what you return: all n of them, the first as it was given."
)
def without_the_first(predict, first, n_books):
    return continued(predict, first, n_books)[1:]


@exercise.misconception(
    "There is one book too many or too few: `n_books` counts the first one too."
)
def one_more(predict, first, n_books):
    return continued(predict, first, n_books + 1)


@exercise.neighbour(one_more)
def one_fewer(predict, first, n_books):
    return continued(predict, first, n_books - 1)


@exercise.misconception("The argmax goes along time: it is over the K codes, the last axis.")
def along_time(predict, first, n_books):
    codes = first[None]
    while len(codes) < n_books:
        best = predict(codes).argmax(0)  # (K,)
        codes = torch.cat([codes, best.repeat(-(-len(first) // len(best)))[None, : len(first)]])
    return codes


@exercise.misconception("The least likely codes are taken: argmax, not argmin.")
def least_likely(predict, first, n_books):
    codes = first[None]
    while len(codes) < n_books:
        codes = torch.cat([codes, predict(codes).argmin(-1)[None]])
    return codes


@exercise.misconception("Frames and books are exchanged: return (n, T), a row for each book.")
def transposed(predict, first, n_books):
    return continued(predict, first, n_books).T


@exercise.misconception(
    "The first book is put there again and again: each further one is what `predict` says."
)
def first_repeated(predict, first, n_books):
    return first.repeat(n_books, 1)


@exercise.misconception(
    "The new book takes the place of the first: the first is what was said, and stays."
)
def first_replaced(predict, first, n_books):
    codes = continued(predict, first, n_books)
    return torch.cat([predict(codes).argmax(-1)[None], codes[1:]])


@exercise.misconception(
    "Frames are done one by one, each as if it were alone: a book is said at once for all frames."
)
def first_frame_for_all(predict, first, n_books):
    codes = first[None]
    while len(codes) < n_books:
        best = predict(codes[:, :1]).argmax(-1)
        codes = torch.cat([codes, best.expand(len(first))[None]])
    return codes


@exercise.misconception(
    "The next book is put behind the first in time: each book is a row of its own, dim=0."
)
def one_behind_another(predict, first, n_books):
    codes = first[None]
    for _ in range(n_books - 1):
        codes = torch.cat([codes, predict(codes).argmax(-1)[None]], dim=1)
    return codes


@exercise.also_correct
def in_a_list(predict, first, n_books):
    books = [first]
    for _ in range(n_books - 1):
        books.append(predict(torch.stack(books)).max(dim=1).indices)
    return torch.stack(books)


@exercise.also_correct
def filled(predict, first, n_books):
    codes = torch.empty(n_books, len(first), dtype=first.dtype)
    codes[0] = first
    for book in range(1, n_books):
        codes[book] = predict(codes[:book]).topk(1).indices[:, 0]
    return codes
