"""Residual quantisation."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import quantization

exercise = Exercise(
    id="quantization.residual_quantize",
    title="Residual quantisation",
    target="exercise_lib.quantization:residual_quantize",
    solution=quantization.residual_quantize,
    todo="9.7",
    points=3,
    difficulty=3,
    minutes=25,
)

BOTH = ("vectors", "codebooks")


def books_of(rng: np.random.Generator, *sizes: int, d: int) -> list[Tensor]:
    """Draw books each of which is for smaller vectors than the one before."""
    return [1.5 * 0.6**i * normal(rng, size, d) for i, size in enumerate(sizes)]


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    n, k, d = (14, 6, 3) if hidden else (12, 5, 4)
    more = 2 if hidden else 0

    def args(n_books: int) -> dict:
        books = torch.stack(books_of(rng, *n_books * [k], d=d))
        return {"vectors": 2 * normal(rng, n, d), "codebooks": books}

    sizes = {"vectors": normal(rng, n, d), "codebooks": books_of(rng, 7, 4, 9, d=d)}
    return [
        Case("two books, with gradients", args=args(2), grad=BOTH),
        Case("four books, with gradients", args=args(4 + more), grad=BOTH, weight=1.5),
        Case("three books of other sizes, with gradients", args=sizes, grad=BOTH),
        Case("eight books", args=args(8), weight=0.5),
        Case("one book, with gradients", args=args(1), grad=BOTH, weight=0.5),
    ]


def stacked(vectors, total, codes, commitments):
    y = vectors + (total - vectors).detach()
    return y, torch.stack(codes, 1), torch.stack(commitments)


@exercise.misconception(
    "The commitment of the second book and those after it has no gradient. From the residual goes "
    "what is a constant on the backward pass: with a straight-through copy of the residual itself, "
    "both cancel. Subtract the detached code."
)
def straight_through_subtracted(vectors, codebooks):
    residual, total, codes, commitments = vectors, 0, [], []
    for book in codebooks:
        chosen = quantization.nearest(residual, book)
        code = book[chosen].detach()
        passed = residual + (code - residual).detach()
        codes.append(chosen)
        commitments.append(F.mse_loss(residual, code))
        total = total + passed
        residual = residual - passed
    return stacked(vectors, total, codes, commitments)


@exercise.misconception(
    "The books get a gradient, also from the commitments of books behind them. They learn by "
    "moving averages here: detach the code before you use it."
)
def code_not_detached(vectors, codebooks):
    residual, total, codes, commitments = vectors, 0, [], []
    for book in codebooks:
        chosen = quantization.nearest(residual, book)
        codes.append(chosen)
        commitments.append(F.mse_loss(residual, book[chosen]))
        total = total + book[chosen]
        residual = residual - book[chosen]
    return stacked(vectors, total, codes, commitments)


@exercise.neighbour(code_not_detached)
def code_not_detached_in_the_residual(vectors, codebooks):
    residual, total, codes, commitments = vectors, 0, [], []
    for book in codebooks:
        chosen = quantization.nearest(residual, book)
        codes.append(chosen)
        commitments.append(F.mse_loss(residual, book[chosen].detach()))
        total = total + book[chosen]
        residual = residual - book[chosen]
    return stacked(vectors, total, codes, commitments)


@exercise.neighbour(code_not_detached)
def code_not_detached_in_the_commitment(vectors, codebooks):
    residual, total, codes, commitments = vectors, 0, [], []
    for book in codebooks:
        chosen = quantization.nearest(residual, book)
        codes.append(chosen)
        commitments.append(F.mse_loss(residual, book[chosen]))
        total = total + book[chosen]
        residual = residual - book[chosen].detach()
    return stacked(vectors, total, codes, commitments)


@exercise.misconception(
    "No gradient reaches the vectors through the commitments: they pull the encoder, so detach the "
    "code there and not the residual."
)
def commitment_detached(vectors, codebooks):
    y, codes, commitments = quantization.residual_quantize(vectors, codebooks)
    return y, codes, commitments.detach()


@exercise.misconception(
    "Every book quantises z anew: from the second book on, quantise what is left, the residual."
)
def no_residual(vectors, codebooks):
    total, codes, commitments = 0, [], []
    for book in codebooks:
        chosen = quantization.nearest(vectors, book)
        code = book[chosen].detach()
        codes.append(chosen)
        commitments.append(F.mse_loss(vectors, code))
        total = total + code
    return stacked(vectors, total, codes, commitments)


@exercise.misconception(
    "You subtract a code from z and forget those before it: subtract it from the residual of this "
    "book."
)
def only_the_last_subtracted(vectors, codebooks):
    residual, total, codes, commitments = vectors, 0, [], []
    for book in codebooks:
        chosen = quantization.nearest(residual, book)
        code = book[chosen].detach()
        codes.append(chosen)
        commitments.append(F.mse_loss(residual, code))
        total = total + code
        residual = vectors - code
    return stacked(vectors, total, codes, commitments)


@exercise.misconception("You add the code to the residual: what is left is r - q.")
def code_added(vectors, codebooks):
    residual, total, codes, commitments = vectors, 0, [], []
    for book in codebooks:
        chosen = quantization.nearest(residual, book)
        code = book[chosen].detach()
        codes.append(chosen)
        commitments.append(F.mse_loss(residual, code))
        total = total + code
        residual = residual + code
    return stacked(vectors, total, codes, commitments)


@exercise.neighbour(code_added)
def subtracted_the_other_way(vectors, codebooks):
    residual, total, codes, commitments = vectors, 0, [], []
    for book in codebooks:
        chosen = quantization.nearest(residual, book)
        code = book[chosen].detach()
        codes.append(chosen)
        commitments.append(F.mse_loss(residual, code))
        total = total + code
        residual = code - residual
    return stacked(vectors, total, codes, commitments)


@exercise.misconception(
    "Only the last book's code comes out: the result is the sum of all, `total = total + ...`."
)
def last_book_alone(vectors, codebooks):
    _, codes, commitments = quantization.residual_quantize(vectors, codebooks)
    last = codebooks[-1][codes[:, -1]].detach()
    return vectors + (last - vectors).detach(), codes, commitments


@exercise.misconception(
    "The commitment is taken with the next residual: compare each book's code with the residual "
    "that it quantised, before you set the next."
)
def next_residual(vectors, codebooks):
    residual, total, codes, commitments = vectors, 0, [], []
    for book in codebooks:
        chosen = quantization.nearest(residual, book)
        code = book[chosen].detach()
        total = total + code
        residual = residual - code
        codes.append(chosen)
        commitments.append(F.mse_loss(residual, code))
    return stacked(vectors, total, codes, commitments)


@exercise.misconception(
    "The commitments compare z with each code: book i answers for its own residual only."
)
def compared_with_z(vectors, codebooks):
    y, codes, _ = quantization.residual_quantize(vectors, codebooks)
    each = [
        F.mse_loss(vectors, book[its].detach())
        for book, its in zip(codebooks, codes.T, strict=True)
    ]
    return y, codes, torch.stack(each)


@exercise.misconception(
    "The commitments are sums: take the mean over all vectors and numbers, as in (9.3)."
)
def summed(vectors, codebooks):
    y, codes, commitments = quantization.residual_quantize(vectors, codebooks)
    return y, codes, commitments * vectors.numel()


@exercise.neighbour(summed)
def squared_lengths(vectors, codebooks):
    y, codes, commitments = quantization.residual_quantize(vectors, codebooks)
    return y, codes, commitments * vectors.shape[1]


@exercise.misconception(
    "The sum of all codes so far is taken off what is left each time: take off the newest code "
    "alone, or the sum from z."
)
def total_subtracted(vectors, codebooks):
    residual, total, codes, commitments = vectors, torch.zeros_like(vectors), [], []
    for book in codebooks:
        codes.append(quantization.nearest(residual, book))
        code = book[codes[-1]].detach()
        commitments.append(F.mse_loss(residual, code))
        total = total + code
        residual = residual - total
    return stacked(vectors, total, codes, commitments)


@exercise.also_correct
def by_what_is_left_in_all(vectors, codebooks):
    total, codes, commitments = torch.zeros_like(vectors), [], []
    for book in codebooks:
        chosen = torch.cdist((vectors - total).detach(), book.detach()).argmin(1)
        total = total + book.detach()[chosen]
        codes.append(chosen)
        commitments.append((vectors - total).square().mean())
    return stacked(vectors, total, codes, commitments)


@exercise.also_correct
def with_no_grad(vectors, codebooks):
    residual, total, codes, commitments = vectors, torch.zeros_like(vectors), [], []
    for book in codebooks:
        with torch.no_grad():
            chosen = quantization.nearest(residual, book)
            code = book[chosen]
        codes += [chosen]
        residual = residual - code
        total = total + code
        commitments += [(residual**2).mean()]
    return stacked(vectors, total, codes, commitments)
