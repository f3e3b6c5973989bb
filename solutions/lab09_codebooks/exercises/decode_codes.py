"""Sum of the codes."""

from __future__ import annotations

import numpy as np
import torch

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import quantization
from .shared import whole

exercise = Exercise(
    id="quantization.decode_codes",
    title="Sum of the codes",
    target="exercise_lib.quantization:decode_codes",
    solution=quantization.decode_codes,
    todo="9.8",
    points=1,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    n, books, k, d = (8, 3, 5, 4) if hidden else (6, 4, 5, 3)

    def args(n: int, *used: int) -> dict:
        given = {
            "codes": whole(rng, k, n, books),
            "codebooks": normal(rng, books, k, d) + 0.5,
        }
        return given | ({"used": torch.tensor(used)} if used else {})

    sizes = [normal(rng, size, d) for size in (k, k + 2, k)]
    other = {"codes": whole(rng, k, n, 3), "codebooks": sizes, "used": whole(rng, 3, n) + 1}
    some = [1 + i % books for i in range(n)]
    return [
        Case("each row its own number of books", args=args(n, *some[::-1]), weight=2),
        Case("books of other sizes", args=other, weight=2),
        Case("all books", args=args(n), weight=0.5),
        Case("as many rows as books", args=args(books, *some[:books])),
        Case("one book each", args=args(n, *n * [1]), weight=0.5),
    ]


def each_of(codes, codebooks):
    """Return the vectors of each book, `(n, N, d)`."""
    return torch.stack([book[its] for book, its in zip(codebooks, codes.T, strict=True)])


def mask_of(codes, used):
    """Return which books each row uses, `(n, N, 1)`."""
    n = codes.shape[1]
    used = torch.full((len(codes),), n) if used is None else used
    return (torch.arange(n)[:, None] < used)[:, :, None]


@exercise.misconception(
    "Every row gets all of its books: `used` says how many of the first ones count."
)
def all_books(codes, codebooks, used=None):
    return each_of(codes, codebooks).sum(0)


@exercise.misconception("One book too many: i counts from 0, so the first u books have i < u.")
def one_too_many(codes, codebooks, used=None):
    used = None if used is None else used + 1
    return (mask_of(codes, used) * each_of(codes, codebooks)).sum(0)


@exercise.misconception("One book too few: i counts from 0, so the first u books have i < u.")
def one_too_few(codes, codebooks, used=None):
    used = torch.full((len(codes),), codes.shape[1]) if used is None else used
    return (mask_of(codes, used - 1) * each_of(codes, codebooks)).sum(0)


@exercise.misconception(
    "The last books are used in place of the first: each book is made for what those before it "
    "left."
)
def last_books(codes, codebooks, used=None):
    return (mask_of(codes, used).flip(0) * each_of(codes, codebooks)).sum(0)


@exercise.neighbour(last_books)
def unused_books(codes, codebooks, used=None):
    used = torch.zeros(len(codes)) if used is None else used
    return (~mask_of(codes, used) * each_of(codes, codebooks)).sum(0)


@exercise.misconception("You take the mean: what the books hold is to be added.")
def mean_of_books(codes, codebooks, used=None):
    mask = mask_of(codes, used)
    return (mask * each_of(codes, codebooks)).sum(0) / mask.sum(0)


@exercise.neighbour(mean_of_books)
def mean_of_all(codes, codebooks, used=None):
    return (mask_of(codes, used) * each_of(codes, codebooks)).mean(0)


@exercise.misconception("Only the last book that a row uses is left: add it to those before.")
def last_used_alone(codes, codebooks, used=None):
    used = torch.full((len(codes),), codes.shape[1]) if used is None else used
    return each_of(codes, codebooks)[used - 1, torch.arange(len(codes))]


@exercise.neighbour(last_used_alone)
def last_of_all(codes, codebooks, used=None):
    return mask_of(codes, used)[-1] * each_of(codes, codebooks)[-1]


@exercise.misconception(
    "A book that is not used adds its code 0: it is to add nothing, so multiply the vectors, not "
    "the codes."
)
def code_zero_added(codes, codebooks, used=None):
    return each_of(codes * mask_of(codes, used)[:, :, 0].T, codebooks).sum(0)


@exercise.misconception(
    "All rows use as many books as one of them: compare i with `used` of each row."
)
def as_the_first_row(codes, codebooks, used=None):
    used = None if used is None else used[:1].expand(len(codes))
    return (mask_of(codes, used) * each_of(codes, codebooks)).sum(0)


@exercise.neighbour(as_the_first_row)
def as_the_largest(codes, codebooks, used=None):
    used = None if used is None else used.max().expand(len(codes))
    return (mask_of(codes, used) * each_of(codes, codebooks)).sum(0)


@exercise.neighbour(as_the_first_row)
def as_the_least(codes, codebooks, used=None):
    used = None if used is None else used.min().expand(len(codes))
    return (mask_of(codes, used) * each_of(codes, codebooks)).sum(0)


@exercise.misconception("All codes are looked up in the first book: each book has its own vectors.")
def first_book_only(codes, codebooks, used=None):
    same = [codebooks[0]] * codes.shape[1]
    return (mask_of(codes, used) * each_of(codes, same)).sum(0)


@exercise.misconception(
    "You look up the first column each time: book i has the codes `codes[:, i]`."
)
def first_column_only(codes, codebooks, used=None):
    same = codes[:, :1].expand_as(codes)
    return (mask_of(codes, used) * each_of(same, codebooks)).sum(0)


@exercise.misconception(
    "What a row has so far is set to 0 as soon as its books are used up: leave it, and add nothing "
    "more."
)
def total_masked(codes, codebooks, used=None):
    total = torch.zeros(())
    for its, keeps in zip(each_of(codes, codebooks), mask_of(codes, used), strict=True):
        total = (total + its) * keeps
    return total


@exercise.also_correct
def row_by_row(codes, codebooks, used=None):
    rows = []
    for n, row in enumerate(codes.tolist()):
        last = len(row) if used is None else int(used[n])
        rows.append(sum(book[k] for book, k in zip(codebooks[:last], row[:last], strict=True)))
    return torch.stack(rows)


@exercise.also_correct
def with_where(codes, codebooks, used=None):
    total = torch.tensor(0.0)
    for i, book in enumerate(codebooks):
        vectors = torch.nn.functional.embedding(codes[:, i], book)
        kept = torch.full((len(codes),), True) if used is None else used > i
        total = total + torch.where(kept.unsqueeze(1), vectors, 0.0)
    return total
