"""Codes that follow by moving averages."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from autograder.draws import normal
from autograder.exercise import FORMULA_IS_RIGHT, Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import quantization
from .shared import whole

exercise = Exercise(
    id="quantization.ema_update",
    title="Moving averages",
    target="exercise_lib.quantization:ema_update",
    solution=quantization.ema_update,
    todo="9.4",
    points=2,
    difficulty=2,
    minutes=15,
)

LEAST = quantization.LEAST_COUNT


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    n, k, d = (24, 6, 3) if hidden else (20, 5, 4)

    def args(decay: float, used: int) -> dict:
        return {
            "counts": torch.from_numpy(rng.uniform(0.5, 6, k)).float(),
            "sums": 3 * normal(rng, k, d),
            "vectors": normal(rng, n, d) + 1,
            "codes": whole(rng, used, n),
            "decay": decay,
        }

    never = args(0.9, k - 1)
    never["counts"][-1] = 0
    never["sums"][-1] = 0
    return [
        Case("a batch", args=args(0.9, k)),
        Case("codes that none of this batch chose", args=args(0.8, k - 2)),
        Case("a quick average", args=args(0.25, k)),
        Case("a code that was never chosen", args=never, weight=0.5),
    ]


def hot(counts, codes):
    return F.one_hot(codes, len(counts)).float()


def divided(counts, sums):
    return counts, sums, sums / counts.clamp(min=LEAST)[:, None]


@exercise.misconception(
    "The weights are exchanged: what was there before keeps `decay`, the batch adds 1 - decay. As "
    "it is, codes jump with each batch."
)
def decay_exchanged(counts, sums, vectors, codes, decay):
    return quantization.ema_update(counts, sums, vectors, codes, 1 - decay)


@exercise.misconception(
    "The averages hold sums of vectors, not their mean: the division by N_k comes at the end."
)
def means_in_the_sums(counts, sums, vectors, codes, decay):
    chosen = hot(counts, codes)
    means = chosen.T @ vectors / chosen.sum(0).clamp(min=1)[:, None]
    counts = decay * counts + (1 - decay) * chosen.sum(0)
    return divided(counts, decay * sums + (1 - decay) * means)


@exercise.misconception(
    "You divide by this batch's counts: divide by their moving average, new like the sums."
)
def divided_by_the_batch(counts, sums, vectors, codes, decay):
    n = hot(counts, codes).sum(0)
    counts, sums, _ = quantization.ema_update(counts, sums, vectors, codes, decay)
    return counts, sums, sums / n.clamp(min=LEAST)[:, None]


@exercise.neighbour(divided_by_the_batch)
def divided_by_the_batch_or_one(counts, sums, vectors, codes, decay):
    n = hot(counts, codes).sum(0)
    counts, sums, _ = quantization.ema_update(counts, sums, vectors, codes, decay)
    return counts, sums, sums / n.clamp(min=1)[:, None]


@exercise.neighbour(divided_by_the_batch)
def divided_by_the_old_counts(counts, sums, vectors, codes, decay):
    new, sums, _ = quantization.ema_update(counts, sums, vectors, codes, decay)
    return new, sums, sums / counts.clamp(min=LEAST)[:, None]


@exercise.misconception("The division is missing: a code is m_k / N_k.")
def not_divided(counts, sums, vectors, codes, decay):
    counts, sums, _ = quantization.ema_update(counts, sums, vectors, codes, decay)
    return counts, sums, sums


@exercise.misconception(
    "Codes that this batch leaves out keep their counts: these must fall, or a dead code never "
    "counts as dead."
)
def unused_left_as_they_are(counts, sums, vectors, codes, decay):
    used = hot(counts, codes).sum(0) > 0
    new = quantization.ema_update(counts, sums, vectors, codes, decay)
    return divided(torch.where(used, new[0], counts), torch.where(used[:, None], new[1], sums))


@exercise.misconception("The batch is added with its full weight: it counts 1 - decay.")
def batch_in_full(counts, sums, vectors, codes, decay):
    chosen = hot(counts, codes)
    return divided(decay * counts + chosen.sum(0), decay * sums + chosen.T @ vectors)


@exercise.misconception(
    "What was there before is added with its full weight: it counts `decay`, or the averages grow "
    "with every batch."
)
def before_in_full(counts, sums, vectors, codes, decay):
    chosen = hot(counts, codes)
    new = counts + (1 - decay) * chosen.sum(0), sums + (1 - decay) * chosen.T @ vectors
    return divided(*new)


@exercise.misconception(
    "The counts are of vectors, and you take shares or a mean: sum `chosen` along the batch, dim=0."
)
def shares(counts, sums, vectors, codes, decay):
    chosen = hot(counts, codes)
    new = decay * counts + (1 - decay) * chosen.mean(0)
    return divided(new, decay * sums + (1 - decay) * chosen.T @ vectors)


@exercise.neighbour(shares)
def both_as_means(counts, sums, vectors, codes, decay):
    chosen = hot(counts, codes)
    new = decay * counts + (1 - decay) * chosen.mean(0)
    return divided(new, decay * sums + (1 - decay) * chosen.T @ vectors / len(vectors))


@exercise.misconception(
    "You average the codes themselves: keep counts and sums, or a code that few vectors choose "
    "moves as far as one that many do."
)
def codes_averaged(counts, sums, vectors, codes, decay):
    chosen = hot(counts, codes)
    n = chosen.sum(0)
    before = sums / counts.clamp(min=LEAST)[:, None]
    means = torch.where((n > 0)[:, None], chosen.T @ vectors / n.clamp(min=1)[:, None], before)
    counts = decay * counts + (1 - decay) * n
    sums = decay * sums + (1 - decay) * chosen.T @ vectors
    return counts, sums, decay * before + (1 - decay) * means


@exercise.misconception(
    "The codebook is that of before this batch: divide the new sums by the new counts."
)
def codebook_of_before(counts, sums, vectors, codes, decay):
    new = quantization.ema_update(counts, sums, vectors, codes, decay)
    return *new[:2], sums / counts.clamp(min=LEAST)[:, None]


@exercise.misconception(
    "A code that was never chosen becomes 0 / 0: divide by `counts.clamp(min=least)`.",
    mild=FORMULA_IS_RIGHT,
)
def not_clamped(counts, sums, vectors, codes, decay):
    counts, sums, _ = quantization.ema_update(counts, sums, vectors, codes, decay)
    return counts, sums, sums / counts[:, None]


@exercise.misconception(
    "The averages move once for each vector: sum over the batch first, then move them once."
)
def vector_by_vector(counts, sums, vectors, codes, decay):
    for row, vector in zip(hot(counts, codes), vectors, strict=True):
        counts = decay * counts + (1 - decay) * row
        sums = decay * sums + (1 - decay) * row[:, None] * vector
    return counts, sums, divided(counts, sums)


@exercise.misconception(
    "The codebook is averaged itself: averaged are counts and sums, the codebook is their quotient."
)
def codebook_averaged(counts, sums, vectors, codes, decay):
    chosen = hot(counts, codes)
    n, added = chosen.sum(0), chosen.T @ vectors
    codebook = decay * divided(counts, sums) + (1 - decay) * divided(n, added)
    return decay * counts + (1 - decay) * n, decay * sums + (1 - decay) * added, codebook


@exercise.also_correct
def with_index_add(counts, sums, vectors, codes, decay):
    n = torch.bincount(codes, minlength=len(counts)).to(counts)
    batch = torch.zeros_like(sums).index_add(0, codes, vectors)
    counts, sums = torch.lerp(n, counts, decay), torch.lerp(batch, sums, decay)
    return counts, sums, sums / counts.clamp(min=LEAST).unsqueeze(1)


@exercise.also_correct
def code_by_code(counts, sums, vectors, codes, decay):
    n, m, e = [], [], []
    for k in range(len(counts)):
        mine = vectors[codes == k]
        n.append(decay * counts[k] + (1 - decay) * len(mine))
        m.append(decay * sums[k] + (1 - decay) * mine.sum(0))
        e.append(m[-1] / max(float(n[-1]), LEAST))
    return torch.stack(n), torch.stack(m), torch.stack(e)
