"""Dead codes begin anew."""

from __future__ import annotations

import numpy as np
import torch

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import quantization

exercise = Exercise(
    id="quantization.restart_dead",
    title="Dead codes",
    target="exercise_lib.quantization:restart_dead",
    solution=quantization.restart_dead,
    todo="9.6",
    points=2,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    k, d = (8, 3) if hidden else (6, 4)

    def args(dead: list[int], least: float) -> dict:
        counts = torch.from_numpy(rng.uniform(1.2, 4, k)).float() * least
        counts[dead] = torch.from_numpy(rng.uniform(0.1, 0.8, len(dead))).float() * least
        return {
            "counts": counts,
            "sums": 2 * normal(rng, k, d),
            "candidates": normal(rng, k, d) + 2,
            "least": least,
        }

    last = args([1, k - 1], 0.5)
    last["counts"][2] = 0.5
    return [
        Case("two dead codes", args=args([1, k - 2], 0.25)),
        Case("three, and a larger limit", args=args([0, 2, k - 1], 3.0)),
        Case("one at the limit is alive", args=last),
        Case("all dead", args=args(list(range(k)), 2.0), weight=0.5),
        Case("none dead", args=args([], 0.75), weight=0.5),
    ]


def begun(dead, counts, sums, candidates, least):
    counts = torch.where(dead, least, counts)
    sums = torch.where(dead[:, None], least * candidates, sums)
    return counts, sums, sums / counts[:, None]


@exercise.misconception("You restart the codes that are in use: dead are those below `least`.")
def the_living(counts, sums, candidates, least):
    return begun(counts >= least, counts, sums, candidates, least)


@exercise.misconception(
    "The counts stay as they were: then the code that begins anew is divided by a wrong count, and "
    "is dead again at once."
)
def counts_kept(counts, sums, candidates, least):
    dead = (counts < least)[:, None]
    sums = torch.where(dead, least * candidates, sums)
    return counts.clone(), sums, sums / counts[:, None]


@exercise.neighbour(counts_kept)
def counts_kept_codes_set(counts, sums, candidates, least):
    dead = (counts < least)[:, None]
    sums = torch.where(dead, least * candidates, sums)
    return counts.clone(), sums, torch.where(dead, candidates, sums / counts[:, None])


@exercise.misconception(
    "The sums stay as they were: with the next update of (9.4) the code jumps back."
)
def sums_kept(counts, sums, candidates, least):
    dead = counts < least
    new = torch.where(dead, least, counts)
    codebook = torch.where(dead[:, None], candidates, sums / counts[:, None])
    return new, sums.clone(), codebook


@exercise.neighbour(sums_kept)
def sums_and_counts_kept(counts, sums, candidates, least):
    dead = (counts < least)[:, None]
    return counts.clone(), sums.clone(), torch.where(dead, candidates, sums / counts[:, None])


@exercise.misconception(
    "Sum and count don't fit together: with the count `least` the sum is `least` times the "
    "candidate, so that the code is the candidate itself."
)
def sum_not_scaled(counts, sums, candidates, least):
    dead = counts < least
    counts = torch.where(dead, least, counts)
    sums = torch.where(dead[:, None], candidates, sums)
    return counts, sums, sums / counts[:, None]


@exercise.neighbour(sum_not_scaled)
def sum_not_scaled_code_right(counts, sums, candidates, least):
    dead = counts < least
    counts = torch.where(dead, least, counts)
    sums = torch.where(dead[:, None], candidates, sums)
    return counts, sums, torch.where(dead[:, None], candidates, sums / counts[:, None])


@exercise.misconception("A code begins with the count `least` of (9.6), not with 1.")
def count_of_one(counts, sums, candidates, least):
    dead = counts < least
    counts = torch.where(dead, 1.0, counts)
    sums = torch.where(dead[:, None], candidates, sums)
    return counts, sums, sums / counts[:, None]


@exercise.misconception(
    "All dead codes get the same vector: they would stay equal. Code k gets candidate k."
)
def one_for_all(counts, sums, candidates, least):
    return begun(counts < least, counts, sums, candidates[:1].expand_as(sums), least)


@exercise.neighbour(one_for_all)
def mean_for_all(counts, sums, candidates, least):
    mean = candidates.mean(0, keepdim=True).expand_as(sums)
    return begun(counts < least, counts, sums, mean, least)


@exercise.misconception(
    "The candidates are dealt out from the first one on: there is one for each code, so code k "
    "gets candidate k."
)
def dealt_out(counts, sums, candidates, least):
    dead = counts < least
    moved = candidates.clone()
    moved[dead] = candidates[: int(dead.sum())]
    return begun(dead, counts, sums, moved, least)


@exercise.misconception(
    "Codes begin with numbers that you draw: no vector is near, and they die again. Take the "
    "candidates, which are vectors of the encoder."
)
def drawn(counts, sums, candidates, least):
    return begun(counts < least, counts, sums, torch.randn_like(candidates), least)


@exercise.neighbour(drawn)
def drawn_small(counts, sums, candidates, least):
    return begun(counts < least, counts, sums, 0.02 * torch.randn_like(candidates), least)


@exercise.neighbour(drawn)
def zeros(counts, sums, candidates, least):
    return begun(counts < least, counts, sums, torch.zeros_like(candidates), least)


@exercise.misconception("Every code begins anew as soon as one is dead: leave the living alone.")
def all_of_them(counts, sums, candidates, least):
    dead = (counts < least).any().expand_as(counts)
    return begun(dead, counts, sums, candidates, least)


@exercise.neighbour(all_of_them)
def always_all(counts, sums, candidates, least):
    return begun(torch.ones_like(counts).bool(), counts, sums, candidates, least)


@exercise.misconception("A code whose count is `least` is alive: dead is what lies below.")
def limit_is_dead(counts, sums, candidates, least):
    return begun(counts <= least, counts, sums, candidates, least)


@exercise.misconception("You return the codebook of before: divide the new sums by the new counts.")
def old_codebook(counts, sums, candidates, least):
    new = begun(counts < least, counts, sums, candidates, least)
    return *new[:2], sums / counts[:, None]


@exercise.misconception(
    "The counts are lifted before you ask who is dead, and then nobody is: keep `dead` from before."
)
def asked_too_late(counts, sums, candidates, least):
    counts = counts.clamp(min=least)
    sums = torch.where((counts < least)[:, None], least * candidates, sums)
    return counts, sums, sums / counts[:, None]


@exercise.misconception(
    "What is left of the old sum stays in the new one: replace it, do not add to it."
)
def added_to_the_old(counts, sums, candidates, least):
    dead = (counts < least)[:, None]
    counts, sums = counts.clamp(min=least), sums + dead * least * candidates
    return counts, sums, sums / counts[:, None]


@exercise.also_correct
def by_index(counts, sums, candidates, least):
    counts, sums = counts.clone(), sums.clone()
    dead = (counts < least).nonzero()[:, 0]
    counts[dead] = least
    sums[dead] = least * candidates[dead]
    return counts, sums, sums / counts.unsqueeze(1)


@exercise.also_correct
def with_factors(counts, sums, candidates, least):
    dead = (counts < least).float()
    new = counts * (1 - dead) + least * dead
    codebook = (1 - dead)[:, None] * sums / counts[:, None] + dead[:, None] * candidates
    return new, codebook * new[:, None], codebook
