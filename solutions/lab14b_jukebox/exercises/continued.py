"""Primed sampling."""

from __future__ import annotations

import numpy as np
import torch

from autograder.exercise import Exercise
from exercise_lib.check.case import Case
from exercise_lib.music.jukebox_toys import first_best, last_best, next_sum

from ...exercise_lib import vq_music
from .shared import whole

exercise = Exercise(
    id="vq_music.continued",
    title="An opening, continued",
    target="exercise_lib.vq_music:continued",
    solution=vq_music.continued,
    todo="14.18",
    points=2,
    difficulty=2,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    def case(name: str, b: int, p: int, n: int, choose=first_best) -> Case:
        args = {"predict": next_sum, "opening": whole(rng, 11, b, p), "n": n, "choose": choose}
        return Case(name, args=args)

    return [
        case("three codes given", 2, 3, 9 if hidden else 8),
        case("as many pieces as codes given", 4, 4, 9, last_best),
        case("one code given", 3, 1, 6, last_best if hidden else first_best),
        case("nothing given", 3, 0, 5),
        case("nothing to add", 2, 4, 4),
    ]


def grown(predict, opening, n, choose, heard=lambda codes: codes):
    codes = opening
    while codes.shape[1] < n:
        codes = torch.cat([codes, choose(predict(heard(codes)))[:, None]], 1)
    return codes


@exercise.misconception("n codes are added: n is how many there are in all, with the opening.")
def n_more(predict, opening, n, choose):
    return grown(predict, opening, n + opening.shape[1], choose)


@exercise.misconception("There is one code too many: stop when there are n.")
def one_too_many(predict, opening, n, choose):
    return grown(predict, opening, n + 1, choose)


@exercise.misconception("There is one code too few: the last one is code n.")
def one_too_few(predict, opening, n, choose):
    return grown(predict, opening, max(n - 1, opening.shape[1]), choose)


@exercise.misconception(
    "The opening is missing in what is returned: it is the beginning of the piece."
)
def opening_left_out(predict, opening, n, choose):
    return grown(predict, opening, n, choose)[:, opening.shape[1] :]


@exercise.misconception(
    "The opening is played anew by the model: its codes stay as they are, and the model begins "
    "behind them."
)
def opening_not_kept(predict, opening, n, choose):
    return grown(predict, opening[:, :0], n, choose)


@exercise.misconception(
    "The model hears the last code alone: give it all codes so far, or it forgets the opening."
)
def last_code_alone(predict, opening, n, choose):
    return grown(predict, opening, n, choose, lambda codes: codes[:, -1:])


@exercise.neighbour(last_code_alone)
def last_two_codes(predict, opening, n, choose):
    return grown(predict, opening, n, choose, lambda codes: codes[:, -2:])


@exercise.misconception(
    "All new codes come from the opening alone: predict anew after each code, from all codes so "
    "far."
)
def opening_alone(predict, opening, n, choose):
    p = opening.shape[1]
    return grown(predict, opening, n, choose, lambda codes: codes[:, :p])


@exercise.misconception(
    "The opening is not heard: the model begins as if there were none. It hears all codes so far."
)
def opening_not_heard(predict, opening, n, choose):
    p = opening.shape[1]
    return grown(predict, opening, n, choose, lambda codes: codes[:, p:])


@exercise.misconception(
    "The likeliest code is taken whatever `choose` says: it decides, from the logits."
)
def always_likeliest(predict, opening, n, choose):
    return grown(predict, opening, n, lambda logits: logits.argmax(1))


@exercise.misconception("`choose` gets shares: it takes the logits as `predict` gives them.")
def chosen_from_shares(predict, opening, n, choose):
    return grown(predict, opening, n, lambda logits: choose(logits.softmax(-1)))


@exercise.neighbour(always_likeliest)
def always_least_likely(predict, opening, n, choose):
    return grown(predict, opening, n, lambda logits: logits.argmin(1))


@exercise.misconception("New codes are put in front: a piece goes on behind its last code.")
def in_front(predict, opening, n, choose):
    codes = opening
    while codes.shape[1] < n:
        codes = torch.cat([choose(predict(codes))[:, None], codes], 1)
    return codes


@exercise.also_correct
def with_a_loop(predict, opening, n, choose):
    rows = [*opening.unbind(1)]
    for _ in range(n - opening.shape[1]):
        so_far = torch.stack(rows, dim=1) if rows else opening
        rows.append(choose(predict(so_far)))
    return torch.stack(rows, dim=1)


@exercise.also_correct
def in_place(predict, opening, n, choose):
    codes = opening.new_zeros(len(opening), n)
    codes[:, : opening.shape[1]] = opening
    for place in range(opening.shape[1], n):
        codes[:, place] = choose(predict(codes[:, :place]))
    return codes
