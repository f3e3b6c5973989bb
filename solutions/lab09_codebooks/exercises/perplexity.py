"""Perplexity of codes."""

from __future__ import annotations

import numpy as np
import torch

from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import quantization
from .shared import whole

exercise = Exercise(
    id="quantization.perplexity",
    title="Perplexity",
    target="exercise_lib.quantization:perplexity",
    solution=quantization.perplexity,
    todo="9.5",
    points=1,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    k = 7 if hidden else 6

    def uneven(*shape: int) -> torch.Tensor:
        """Draw codes of which the first are far more frequent; every code is there."""
        drawn = torch.from_numpy((k * rng.random(shape) ** 3).astype(np.int64))
        drawn.view(-1)[:k] = torch.arange(k)
        return drawn

    return [
        Case("some codes more often", args={"codes": uneven(60), "n_codes": k}),
        Case("codes of pictures", args={"codes": uneven(4, 5, 4), "n_codes": k}),
        Case("some codes never", args={"codes": whole(rng, k - 2, 40) ** 2 % k, "n_codes": 2 * k}),
        Case(
            "all equally often",
            args={"codes": torch.arange(k).repeat(3), "n_codes": k},
            weight=0.5,
        ),
    ]


def shares_of(codes, n_codes):
    counts = torch.bincount(codes.flatten(), minlength=n_codes)
    return counts / counts.sum()


def entropy(codes, n_codes):
    shares = shares_of(codes, n_codes)
    return -torch.xlogy(shares, shares).sum()


@exercise.misconception("This is the entropy, in nats: the perplexity is its exponential.")
def not_exponentiated(codes, n_codes):
    return entropy(codes, n_codes)


@exercise.neighbour(not_exponentiated)
def entropy_in_bits(codes, n_codes):
    return entropy(codes, n_codes) / np.log(2)


@exercise.misconception(
    "You count the codes that are used: one that is chosen once counts as much as one that is "
    "chosen always. Take the exponential of the entropy."
)
def number_used(codes, n_codes):
    return torch.tensor(float(len(codes.unique())))


@exercise.misconception(
    "Base and logarithm don't belong together: exp with ln, or 2 to the power of log2."
)
def exponential_of_bits(codes, n_codes):
    return (entropy(codes, n_codes) / np.log(2)).exp()


@exercise.neighbour(exponential_of_bits)
def two_to_the_nats(codes, n_codes):
    return 2 ** entropy(codes, n_codes)


@exercise.misconception(
    "A code that is never chosen makes the sum NaN: 0 ln 0 is 0 here, as in torch.xlogy(p, p)."
)
def nan_at_unused(codes, n_codes):
    shares = shares_of(codes, n_codes)
    return (-(shares * shares.log()).sum()).exp()


@exercise.misconception("You divide by the number of codes: asked for is a number of codes itself.")
def share_of_the_book(codes, n_codes):
    return entropy(codes, n_codes).exp() / n_codes


@exercise.misconception(
    "The sign of the entropy is missing: logarithms of shares are negative, so put a minus."
)
def sign_missing(codes, n_codes):
    return (-entropy(codes, n_codes)).exp()


@exercise.misconception(
    "You weigh all codes alike: weigh each logarithm with the code's share, p ln p."
)
def not_weighed(codes, n_codes):
    shares = shares_of(codes, n_codes)
    return (-shares[shares > 0].log().mean()).exp()


@exercise.neighbour(not_weighed)
def not_weighed_summed(codes, n_codes):
    shares = shares_of(codes, n_codes)
    return (-shares[shares > 0].log().sum()).exp()


@exercise.misconception("You take counts for shares: divide them by their sum first.")
def of_counts(codes, n_codes):
    counts = torch.bincount(codes.flatten(), minlength=n_codes).float()
    return (-torch.xlogy(counts, counts).sum()).exp()


@exercise.neighbour(of_counts)
def divided_by_the_codes(codes, n_codes):
    shares = torch.bincount(codes.flatten(), minlength=n_codes) / n_codes
    return (-torch.xlogy(shares, shares).sum()).exp()


@exercise.neighbour(of_counts)
def softmax_of_counts(codes, n_codes):
    shares = torch.bincount(codes.flatten(), minlength=n_codes).float().softmax(0)
    return (-torch.xlogy(shares, shares).sum()).exp()


@exercise.misconception(
    "This is one over the sum of squared shares, another measure of how many there are: (9.5) has "
    "the entropy."
)
def of_squares(codes, n_codes):
    return 1 / shares_of(codes, n_codes).square().sum()


@exercise.misconception(
    "You divide by the number of rows: shares are of all codes, whatever the shape of their tensor."
)
def share_of_rows(codes, n_codes):
    shares = torch.bincount(codes.flatten(), minlength=n_codes) / len(codes)
    return torch.special.entr(shares).sum().exp()


@exercise.misconception("The entropy is a sum over the codes, not a mean.")
def mean_over_codes(codes, n_codes):
    return torch.special.entr(shares_of(codes, n_codes)).mean().exp()


@exercise.also_correct
def with_a_small_number(codes, n_codes):
    shares = torch.nn.functional.one_hot(codes.reshape(-1), n_codes).float().mean(0)
    return torch.exp(-(shares * torch.log(shares + 1e-10)).sum())


@exercise.also_correct
def of_those_used(codes, n_codes):
    counts = codes.unique(return_counts=True)[1].double()
    shares = counts / counts.sum()
    return (2 ** -(shares * shares.log2()).sum()).float()
