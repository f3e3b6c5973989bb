"""Dropped captions."""

from __future__ import annotations

import numpy as np
import torch

from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import diffusion

exercise = Exercise(
    id="diffusion.drop_captions",
    title="Dropped captions",
    target="exercise_lib.diffusion:drop_captions",
    solution=diffusion.drop_captions,
    todo="11.9",
    points=2,
    difficulty=1,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    def case(name: str, n: int, length: int, share: float) -> Case:
        empty = torch.zeros(length, dtype=torch.int64)
        empty[:2] = torch.tensor([1, 2])  # <start> <end>
        draws = torch.from_numpy((rng.permutation(n) + 0.5) / n).float()
        draws[n // 2] = share * (share < 1)  # as large as the share: no less, so it is kept
        args = {
            "tokens": torch.from_numpy(rng.integers(3, 30, (n, length))),
            "empty": empty,
            "draws": draws,
            "share": share,
        }
        return Case(name, args=args)

    n = 6 if hidden else 5
    return [
        case("a quarter is dropped", 12, n, 0.25),
        case("four fifths are dropped", 10, n + 1, 0.8),
        case("as many captions as words", n, n, 0.5),
        case("none is dropped", 4, n, 0.0),
        case("all are dropped", 4, n, 1.0),
    ]


@exercise.misconception(
    "You drop those that are to be kept: a caption is dropped where its draw is below the share."
)
def kept_dropped(tokens, empty, draws, share):
    return torch.where((draws < share)[:, None], tokens, empty)


@exercise.misconception(
    "All captions of a batch are dropped or none: each example has its own draw."
)
def all_or_none(tokens, empty, draws, share):
    return empty.expand_as(tokens).clone() if draws[0] < share else tokens


@exercise.neighbour(all_or_none)
def by_the_mean_draw(tokens, empty, draws, share):
    return empty.expand_as(tokens).clone() if draws.mean() < share else tokens


@exercise.misconception(
    "Dropped captions become zeros, all padding: attention would have no word at all, and gives "
    "nan. The empty caption has <start> and <end>: use `empty`."
)
def zeros(tokens, empty, draws, share):
    return tokens * (draws >= share)[:, None]


@exercise.misconception("Single words are dropped: an example loses its whole caption or nothing.")
def words_dropped(tokens, empty, draws, share):
    of_words = draws.repeat(tokens.shape[1])[: tokens.numel()].reshape(tokens.shape)
    return torch.where(of_words < share, empty, tokens)


@exercise.neighbour(words_dropped)
def words_dropped_anew(tokens, empty, draws, share):
    return torch.where(torch.rand(tokens.shape) < share, empty, tokens)


@exercise.neighbour(words_dropped)
def along_the_words(tokens, empty, draws, share):
    if tokens.shape[0] != tokens.shape[1]:
        return diffusion.drop_captions(tokens, empty, draws, share)
    return torch.where(draws < share, empty, tokens)


@exercise.misconception(
    "Dropped examples are removed: they stay in the batch, with the empty caption, for their "
    "pictures teach what is painted without words."
)
def removed(tokens, empty, draws, share):
    return tokens[draws >= share]


@exercise.misconception(
    "Always the first ones of the batch are dropped: which ones follows from the draws."
)
def first_ones(tokens, empty, draws, share):
    n = round(share * len(tokens))
    return torch.cat([empty.expand(n, -1), tokens[n:]])


@exercise.misconception("You draw anew: use `draws`, so that the same arguments drop the same.")
def drawn_anew(tokens, empty, draws, share):
    return torch.where((torch.rand(len(tokens)) < share)[:, None], empty, tokens)


@exercise.misconception("Nothing is dropped: the share is an argument.")
def none_dropped(tokens, empty, draws, share):
    return tokens.clone()


@exercise.neighbour(none_dropped)
def always_a_tenth(tokens, empty, draws, share):
    return torch.where((draws < 0.1)[:, None], empty, tokens)


@exercise.misconception(
    "A draw that equals the share drops its caption: dropped is only u < share, so that a share of "
    "0 drops nothing."
)
def at_most(tokens, empty, draws, share):
    return torch.where((draws <= share)[:, None], empty, tokens)


@exercise.also_correct
def by_assignment(tokens, empty, draws, share):
    dropped = tokens.clone()
    dropped[draws < share] = empty
    return dropped


@exercise.also_correct
def by_arithmetic(tokens, empty, draws, share):
    keeps = (draws >= share).long()[:, None]
    return keeps * tokens + (1 - keeps) * empty
