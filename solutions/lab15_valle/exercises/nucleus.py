"""The nucleus."""

from __future__ import annotations

import numpy as np
import torch

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import codec_lm

exercise = Exercise(
    id="codec_lm.nucleus",
    title="The nucleus",
    target="exercise_lib.codec_lm:nucleus",
    solution=codec_lm.nucleus,
    todo="15.5",
    points=3,
    difficulty=3,
    minutes=20,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    k = 9 if hidden else 8

    def case(name: str, shape: tuple[int, ...], temperature: float, share: float) -> Case:
        args = {
            "logits": 1.5 * normal(rng, *shape),
            "temperature": temperature,
            "share": share,
        }
        return Case(name, args=args)

    return [
        case("four rows", (4, k), 1.0, 0.8),
        case("cold", (5, k), 0.5, 0.7),
        case("hot", (3, k), 1.8, 0.6),
        case("as many rows as codes", (k, k), 0.8, 0.75),
        case("three axes", (2, 3, k), 1.3, 0.9),
        case("one row", (k,), 0.7, 0.85),
    ]


def spread(logits, temperature):
    return (logits / temperature).softmax(-1)


def back(kept, order, renormalise=True):
    if renormalise:
        kept = kept / kept.sum(-1, keepdim=True)
    return torch.zeros_like(kept).scatter(-1, order, kept)


def ordered(logits, temperature):
    return spread(logits, temperature).sort(dim=-1, descending=True)


@exercise.misconception(
    "The code that passes the share is dropped: without it the rest does not reach the share. With "
    "one code above it nothing would be left. Compare the sum of those before."
)
def last_dropped(logits, temperature, share):
    falling, order = ordered(logits, temperature)
    inside = falling.cumsum(-1) <= share
    inside[..., 0] = True
    return back(falling * inside, order)


@exercise.neighbour(last_dropped)
def last_dropped_or_all(logits, temperature, share):
    falling, order = ordered(logits, temperature)
    return back(falling * (falling.cumsum(-1) <= share), order)


@exercise.misconception("What is left is not divided by its sum: probabilities add up to 1.")
def not_renormalised(logits, temperature, share):
    falling, order = ordered(logits, temperature)
    return back(falling * (falling.cumsum(-1) - falling < share), order, False)


@exercise.misconception(
    "Probabilities stay in falling order: put each back to the place of its own code."
)
def not_put_back(logits, temperature, share):
    falling, _ = ordered(logits, temperature)
    kept = falling * (falling.cumsum(-1) - falling < share)
    return kept / kept.sum(-1, keepdim=True)


@exercise.neighbour(not_put_back)
def gathered_back(logits, temperature, share):
    falling, order = ordered(logits, temperature)
    kept = falling * (falling.cumsum(-1) - falling < share)
    return (kept / kept.sum(-1, keepdim=True)).gather(-1, order)


@exercise.misconception(
    "Logits are multiplied by the temperature: divide, so that a low one makes likely codes more "
    "likely."
)
def multiplied(logits, temperature, share):
    falling, order = ordered(logits, 1 / temperature)
    return back(falling * (falling.cumsum(-1) - falling < share), order)


@exercise.misconception("The temperature is left out: softmax(l / T).")
def no_temperature(logits, temperature, share):
    falling, order = ordered(logits, 1.0)
    return back(falling * (falling.cumsum(-1) - falling < share), order)


@exercise.misconception(
    "The nucleus is chosen without the temperature: p in (15.5) is softmax(l / tau), when the sums "
    "are compared with the share as well."
)
def temperature_after(logits, temperature, share):
    falling, order = ordered(logits, 1.0)
    kept = (falling * (falling.cumsum(-1) - falling < share)) ** (1 / temperature)
    return back(kept, order)


@exercise.misconception(
    "The least likely codes are kept: sort falling, so that the likeliest come first."
)
def rising(logits, temperature, share):
    its, order = spread(logits, temperature).sort(dim=-1)
    return back(its * (its.cumsum(-1) - its < share), order)


@exercise.misconception(
    "Each probability is compared with the share: it is the sum of the likelier ones that counts."
)
def each_compared(logits, temperature, share):
    p = spread(logits, temperature)
    kept = p * (p >= p.amax(-1, keepdim=True) * (1 - share))
    return kept / kept.sum(-1, keepdim=True)


@exercise.neighbour(each_compared)
def each_above_the_rest(logits, temperature, share):
    p = spread(logits, temperature)
    kept = p * (p >= 1 - share)
    return kept / kept.sum(-1, keepdim=True)


@exercise.misconception(
    "A share of the codes is kept, not of the probability: how many stay depends on how sure the "
    "model is."
)
def share_of_codes(logits, temperature, share):
    falling, order = ordered(logits, temperature)
    n = max(1, round(share * logits.shape[-1]))
    return back(falling * (torch.arange(logits.shape[-1]) < n), order)


@exercise.misconception("All codes stay: this is softmax alone.")
def all_kept(logits, temperature, share):
    return spread(logits, temperature)


@exercise.misconception("The likeliest code alone stays: that is no draw any more.")
def greedy(logits, temperature, share):
    best = logits.argmax(-1, keepdim=True)
    return torch.zeros_like(logits).scatter(-1, best, 1.0)


@exercise.misconception(
    "All codes that stay are as likely as each other: keep their own probabilities."
)
def alike(logits, temperature, share):
    falling, order = ordered(logits, temperature)
    return back((falling.cumsum(-1) - falling < share).float(), order)


@exercise.misconception("Rows are mixed: sums and sorting go along the codes, the last axis.")
def along_rows(logits, temperature, share):
    falling, order = spread(logits, temperature).sort(dim=0, descending=True)
    kept = falling * (falling.cumsum(0) - falling < share)
    kept = torch.zeros_like(kept).scatter(0, order, kept)
    return kept / kept.sum(-1, keepdim=True).clamp(min=1e-9)


@exercise.neighbour(along_rows)
def divided_by_all_rows(logits, temperature, share):
    falling, order = ordered(logits, temperature)
    kept = falling * (falling.cumsum(-1) - falling < share)
    return back(kept / kept.sum(), order, False)


@exercise.misconception(
    "A second softmax is taken, of probabilities: divide what is left by its sum."
)
def softmax_twice(logits, temperature, share):
    falling, order = ordered(logits, temperature)
    out = falling.cumsum(-1) - falling >= share
    return back(falling.masked_fill(out, -torch.inf).softmax(-1), order, False)


@exercise.also_correct
def by_threshold(logits, temperature, share):
    p = torch.softmax(logits / temperature, dim=-1)
    greater = (p[..., None, :] * (p[..., None, :] > p[..., :, None])).sum(-1)
    kept = torch.where(greater < share, p, 0.0)
    return kept / kept.sum(-1, keepdim=True)


@exercise.also_correct
def row_by_row(logits, temperature, share):
    rows = []
    for row in logits.reshape(-1, logits.shape[-1]):
        p = torch.softmax(row / temperature, 0)
        kept, total = torch.zeros_like(p), 0.0
        for index in p.argsort(descending=True).tolist():
            if total >= share:
                break
            kept[index] = p[index]
            total += float(p[index])
        rows.append(kept / kept.sum())
    return torch.stack(rows).reshape(logits.shape)


@exercise.also_correct
def by_infinite_logits(logits, temperature, share):
    its, order = (logits / temperature).sort(dim=-1, descending=True)
    total = its.softmax(-1).cumsum(-1)
    out = torch.cat([torch.zeros_like(total[..., :1]), total[..., :-1]], -1) >= share
    return (
        torch.full_like(its, -torch.inf)
        .scatter(-1, order, its.masked_fill(out, -torch.inf))
        .softmax(-1)
    )
