"""Guided attention."""

from __future__ import annotations

import math

import numpy as np
import torch

from autograder.builder.answers import answer
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

exercise = Exercise(
    id="tacotron.guided_penalty",
    title="Guided attention",
    target="notebook",
    solution=answer(__package__, "guided_penalty"),
    todo="6.10",
    points=2,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    sizes = {"as many steps as characters": (5, 5), "more steps than characters": (6, 11)}
    shift = int(rng.integers(1, 5)) if hidden else 0
    cases = [
        Case(name, args={"n_encoder": n + shift, "n_decoder": t + shift})
        for name, (n, t) in sizes.items()
    ]
    narrow = {"n_encoder": 9 + shift, "n_decoder": 7, "g": 0.3 if hidden else 0.1}
    return [*cases, Case("another width g", args=narrow, weight=2.0)]


def _distance(n_encoder: int, n_decoder: int) -> torch.Tensor:
    """n / N - t / T, `(T_enc, T_dec)`."""
    n, t = torch.arange(n_encoder)[:, None], torch.arange(n_decoder)
    return n / n_encoder - t / n_decoder


@exercise.misconception(
    "This is a reward: it is largest on the diagonal. The penalty is 1 minus the exponential."
)
def penalty_rewards_diagonal(n_encoder, n_decoder, g=0.2):
    return torch.exp(-(_distance(n_encoder, n_decoder) ** 2) / (2 * g**2))


@exercise.misconception(
    "The picture is transposed: characters run along the first axis, decoder steps along the other."
)
def penalty_transposed(n_encoder, n_decoder, g=0.2):
    return exercise.solution(n_encoder, n_decoder, g).T


@exercise.misconception(
    "The positions are not divided by their lengths: a line of slope one leaves the picture when "
    "there are more steps than characters. Use n / N and t / T."
)
def penalty_unscaled(n_encoder, n_decoder, g=0.2):
    n, t = torch.arange(n_encoder)[:, None], torch.arange(n_decoder)
    return 1 - torch.exp(-((n - t) ** 2) / (2 * g**2))


@exercise.misconception("The distance is not squared: the exponent is -(...)^2 / (2 g^2).")
def penalty_unsquared(n_encoder, n_decoder, g=0.2):
    return 1 - torch.exp(-_distance(n_encoder, n_decoder).abs() / (2 * g**2))


@exercise.neighbour(penalty_unsquared)
def penalty_of_size_over_width(n_encoder, n_decoder, g=0.2):
    return 1 - torch.exp(-_distance(n_encoder, n_decoder).abs() / g)


@exercise.misconception("The width is not squared: the exponent is divided by 2 g^2.")
def penalty_width_unsquared(n_encoder, n_decoder, g=0.2):
    return 1 - torch.exp(-(_distance(n_encoder, n_decoder) ** 2) / (2 * g))


@exercise.neighbour(penalty_width_unsquared)
def penalty_by_the_width(n_encoder, n_decoder, g=0.2):
    return 1 - torch.exp(-(_distance(n_encoder, n_decoder) ** 2) / g)


@exercise.misconception("The 2 is missing: the exponent is divided by 2 g^2.")
def penalty_without_two(n_encoder, n_decoder, g=0.2):
    return 1 - torch.exp(-(_distance(n_encoder, n_decoder) ** 2) / g**2)


@exercise.misconception("The width is fixed at 0.2 in your function: use the argument g.")
def penalty_fixed_width(n_encoder, n_decoder, g=0.2):
    return exercise.solution(n_encoder, n_decoder)


@exercise.misconception(
    "The last character and step are put at 1 (linspace from 0 to 1): n / N ends one step before."
)
def penalty_by_linspace(n_encoder, n_decoder, g=0.2):
    n, t = torch.linspace(0, 1, n_encoder)[:, None], torch.linspace(0, 1, n_decoder)
    return 1 - torch.exp(-((n - t) ** 2) / (2 * g**2))


@exercise.misconception(
    "2 and g^2 both belong below the fraction line: divide by (2 g^2), in brackets."
)
def penalty_with_two_above(n_encoder, n_decoder, g=0.2):
    return 1 - torch.exp(-2 * _distance(n_encoder, n_decoder) ** 2 / g**2)


@exercise.neighbour(penalty_with_two_above)
def penalty_with_the_width_above(n_encoder, n_decoder, g=0.2):
    return 1 - torch.exp(-(_distance(n_encoder, n_decoder) ** 2) / 2 * g**2)


@exercise.misconception("You count from 1: characters and steps begin at 0.")
def penalty_from_one(n_encoder, n_decoder, g=0.2):
    n, t = torch.arange(1, n_encoder + 1)[:, None], torch.arange(1, n_decoder + 1)
    return 1 - torch.exp(-((n / n_encoder - t / n_decoder) ** 2) / (2 * g**2))


@exercise.misconception("Both positions are divided by one length: n / N and t / T.")
def penalty_scaled_alike(n_encoder, n_decoder, g=0.2):
    n, t = torch.arange(n_encoder)[:, None], torch.arange(n_decoder)
    return 1 - torch.exp(-(((n - t) / n_encoder) ** 2) / (2 * g**2))


@exercise.misconception("The lengths are exchanged: n is divided by N, t by T.")
def penalty_with_exchanged_lengths(n_encoder, n_decoder, g=0.2):
    n, t = torch.arange(n_encoder)[:, None], torch.arange(n_decoder)
    return 1 - torch.exp(-((n / n_decoder - t / n_encoder) ** 2) / (2 * g**2))


@exercise.misconception("The minus in the exponent is missing: the penalty then falls below 0.")
def penalty_without_minus(n_encoder, n_decoder, g=0.2):
    return 1 - torch.exp(_distance(n_encoder, n_decoder) ** 2 / (2 * g**2))


@exercise.misconception("The exponential is missing: the penalty is 1 - exp(-...), at most 1.")
def penalty_of_squares(n_encoder, n_decoder, g=0.2):
    return _distance(n_encoder, n_decoder) ** 2 / (2 * g**2)


@exercise.neighbour(penalty_of_squares)
def penalty_of_distances(n_encoder, n_decoder, g=0.2):
    return _distance(n_encoder, n_decoder).abs()


@exercise.misconception("This is a band: outside it the penalty is 1, inside 0. It grows smoothly.")
def penalty_of_a_band(n_encoder, n_decoder, g=0.2):
    return (_distance(n_encoder, n_decoder).abs() > g).float()


@exercise.misconception(
    "The sign is turned round: the penalty is 1 - exp(...), positive away from the diagonal."
)
def penalty_negative(n_encoder, n_decoder, g=0.2):
    return -exercise.solution(n_encoder, n_decoder, g)


@exercise.misconception("You return one number: a picture is asked for, (T_enc, T_dec).")
def penalty_averaged(n_encoder, n_decoder, g=0.2):
    return exercise.solution(n_encoder, n_decoder, g).mean()


@exercise.misconception("You add the positions: the penalty grows with their distance.")
def penalty_of_sums(n_encoder, n_decoder, g=0.2):
    n, t = torch.arange(n_encoder)[:, None], torch.arange(n_decoder)
    return 1 - torch.exp(-((n / n_encoder + t / n_decoder) ** 2) / (2 * g**2))


@exercise.also_correct
def penalty_by_loops(n_encoder, n_decoder, g=0.2):
    rows = [
        [1 - math.exp(-((n / n_encoder - t / n_decoder) ** 2) / (2 * g**2))
         for t in range(n_decoder)]
        for n in range(n_encoder)
    ]  # fmt: skip
    return torch.tensor(rows)


@exercise.also_correct
def penalty_by_outer_difference(n_encoder, n_decoder, g=0.2):
    n = torch.linspace(0, 1, n_encoder + 1)[:-1]
    t = torch.linspace(0, 1, n_decoder + 1)[:-1]
    return 1 - (-(torch.cdist(n[:, None], t[:, None]) ** 2) / (2 * g * g)).exp()
