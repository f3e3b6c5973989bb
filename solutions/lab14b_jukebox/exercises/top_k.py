"""The k most likely codes."""

from __future__ import annotations

import numpy as np
import torch

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import vq_music

exercise = Exercise(
    id="vq_music.top_k",
    title="The k most likely codes",
    target="exercise_lib.vq_music:top_k",
    solution=vq_music.top_k,
    todo="14.17",
    points=2,
    difficulty=2,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    n = 9 if hidden else 8

    def case(name: str, b: int, n: int, k: int, temperature: float) -> Case:
        args = {"logits": 2 * normal(rng, b, n), "k": k, "temperature": temperature}
        return Case(name, args=args)

    return [
        case("three of them, warm", 4, n, 3, 1.7),
        case("four of them, cool", 2, n, 4, 0.4),
        case("as many pieces as codes", n, n, 2, 0.8),
        case("the likeliest alone", 3, n, 1, 1.3),
        case("all of them", 3, n, n, 0.6),
    ]


def kept(values, k):
    least = values.topk(k, dim=-1).values[..., -1:]
    return values >= least


def shares_of(logits, is_kept):
    return logits.masked_fill(~is_kept, -torch.inf).softmax(-1)


@exercise.misconception("The temperature is missing: divide the logits by it before the softmax.")
def no_temperature(logits, k, temperature):
    return shares_of(logits, kept(logits, k))


@exercise.misconception(
    "The temperature multiplies: then a higher one makes the choice more certain. Divide by it."
)
def multiplied(logits, k, temperature):
    return shares_of(logits * temperature, kept(logits, k))


@exercise.misconception(
    "The temperature divides the shares, not the logits: it belongs inside the exponent."
)
def shares_divided(logits, k, temperature):
    return shares_of(logits, kept(logits, k)) / temperature


@exercise.misconception(
    "The k most likely codes are all equally likely: k of them are left, with their shares."
)
def all_alike(logits, k, temperature):
    return kept(logits, k).float() / k


@exercise.misconception("All codes may be chosen: those outside of the k largest need the share 0.")
def nothing_dropped(logits, k, temperature):
    return (logits / temperature).softmax(-1)


@exercise.misconception(
    "The shares don't sum to 1: they are set to 0 behind a softmax over all codes. Set the other "
    "logits to minus infinity before it, or divide by the sum of what is left."
)
def not_renormalised(logits, k, temperature):
    return (logits / temperature).softmax(-1) * kept(logits, k)


@exercise.misconception(
    "The other logits are 0, and e^0 is a weight as any other: they have to be minus infinity."
)
def zero_logits(logits, k, temperature):
    return (logits * kept(logits, k) / temperature).softmax(-1)


@exercise.misconception(
    "The k largest go before all the others: asked for are shares of all K codes, in their places."
)
def in_their_order(logits, k, temperature):
    values = logits.topk(k, dim=-1).values
    return torch.cat(
        [(values / temperature).softmax(-1), torch.zeros(len(logits), logits.shape[1] - k)], 1
    )


@exercise.misconception("The k least likely codes are left: take the largest logits.")
def the_least_likely(logits, k, temperature):
    return shares_of(logits / temperature, kept(-logits, k))


@exercise.misconception("There is one code too few: the k-th largest logit is one of the k, >=.")
def one_too_few(logits, k, temperature):
    least = logits.topk(k, dim=-1).values[..., -1:]
    left = logits.masked_fill(logits <= least, -1e9)
    return (left / temperature).softmax(-1)


@exercise.neighbour(one_too_few)
def one_too_few_or_none(logits, k, temperature):
    least = logits.topk(k, dim=-1).values[..., -1:]
    return shares_of(logits / temperature, logits > least)


@exercise.misconception("There is one code too many: k codes are left, not k + 1.")
def one_too_many(logits, k, temperature):
    return shares_of(logits / temperature, kept(logits, min(k + 1, logits.shape[1])))


@exercise.misconception(
    "The k largest are looked for in the whole batch: each row has k of its own."
)
def of_the_batch(logits, k, temperature):
    least = logits.flatten().topk(k).values[-1]
    return shares_of(logits / temperature, logits >= least).nan_to_num(0)


@exercise.neighbour(of_the_batch)
def of_the_batch_or_none(logits, k, temperature):
    least = logits.flatten().topk(k).values[-1]
    return shares_of(logits / temperature, logits >= least)


@exercise.neighbour(of_the_batch)
def of_the_first_row(logits, k, temperature):
    chosen = kept(logits[:1], k).expand_as(logits)
    return shares_of(logits / temperature, chosen)


@exercise.misconception(
    "The k largest are looked for along the batch: a row has the logits of one piece, dim=-1."
)
def along_the_batch(logits, k, temperature):
    k = min(k, len(logits))
    least = logits.topk(k, dim=0).values[-1:]
    return shares_of(logits / temperature, logits >= least).nan_to_num(0)


@exercise.misconception(
    "The softmax goes along the batch: the shares of each row sum to 1, dim=-1."
)
def softmax_of_the_batch(logits, k, temperature):
    left = (logits / temperature).masked_fill(~kept(logits, k), -torch.inf)
    return left.softmax(0).nan_to_num(0)


@exercise.misconception("These are logits: their softmax is missing.")
def still_logits(logits, k, temperature):
    return torch.where(kept(logits, k), logits / temperature, 0.0)


@exercise.also_correct
def scattered(logits, k, temperature):
    values, places = (logits / temperature).topk(k, dim=1)
    return torch.zeros_like(logits).scatter(1, places, values.softmax(dim=1))


@exercise.also_correct
def renormalised(logits, k, temperature):
    weights = ((logits - logits.amax(1, keepdim=True)) / temperature).exp()
    is_low = logits.argsort(dim=1, descending=True).argsort(dim=1) >= k
    weights = weights.masked_fill(is_low, 0.0)
    return weights / weights.sum(dim=1, keepdim=True)
