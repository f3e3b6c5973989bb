"""Kinds that meet."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import atlas
from .shared import (
    CODEC,
    LANGUAGE_MODEL,
    LOOK_UP,
    NETWORK,
    READ,
    UNSCALE,
    VAE,
    diffusion_chain,
    language_chain,
)

exercise = Exercise(
    id="atlas.misfits",
    title="Do kinds meet?",
    target="exercise_lib.atlas:misfits",
    solution=atlas.misfits,
    todo="17.1",
    points=1,
    difficulty=1,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    first, second = [READ, NETWORK, VAE, UNSCALE], [READ, LANGUAGE_MODEL, UNSCALE, VAE]
    if hidden:
        parts = [READ, NETWORK, UNSCALE, VAE, LANGUAGE_MODEL, LOOK_UP, CODEC]
        first = [VAE, *(parts[it] for it in rng.permutation(3))]
        second = [READ, LANGUAGE_MODEL, VAE, *(parts[it] for it in rng.integers(0, 7, 3))]
    return [
        Case("parts in another order", args={"chain": first}),
        Case("codes taken as latents", args={"chain": second}),
        Case("nothing meets", args={"chain": [CODEC, NETWORK, LOOK_UP, READ]}),
        Case("two generators", args={"chain": [READ, NETWORK, LANGUAGE_MODEL, LOOK_UP]}),
        Case("the same part twice", args={"chain": [READ, NETWORK, UNSCALE, UNSCALE, VAE]}),
        Case("latent diffusion", args={"chain": diffusion_chain()}),
        Case("a language model of codes", args={"chain": language_chain()}),
    ]


@exercise.misconception(
    "You compare what a part gives with what it takes itself: what counts is what the next one "
    "takes."
)
def with_itself(chain):
    return [[a[0], b[0]] for a, b in pairwise(chain) if a[1] != a[2]]


@exercise.misconception("You name the neighbours that meet: name those that do not.")
def those_that_meet(chain):
    return [[a[0], b[0]] for a, b in pairwise(chain) if a[2] == b[1]]


@exercise.misconception(
    "You compare what one part takes with what the next one takes: the first one *gives* something."
)
def takes_with_takes(chain):
    return [[a[0], b[0]] for a, b in pairwise(chain) if a[1] != b[1]]


@exercise.misconception(
    "You compare what two neighbours give: what the second one *takes* has to fit."
)
def gives_with_gives(chain):
    return [[a[0], b[0]] for a, b in pairwise(chain) if a[2] != b[2]]


@exercise.misconception(
    "Giving and taking are exchanged: what the first part *gives*, the second one *takes*."
)
def takes_with_gives(chain):
    return [[a[0], b[0]] for a, b in pairwise(chain) if a[1] != b[2]]


@exercise.misconception("You stop at the first misfit: name all of them.")
def first_alone(chain):
    return atlas.misfits(chain)[:1]


@exercise.neighbour(first_alone)
def last_alone(chain):
    return atlas.misfits(chain)[-1:]


@exercise.misconception(
    "You compare each part with all that come later: only its neighbour takes what it gives."
)
def with_all_later(chain):
    later = [(a, b) for i, a in enumerate(chain) for b in chain[i + 1 :]]
    return [[a[0], b[0]] for a, b in later if a[2] != b[1]]


@exercise.misconception("You return kinds: the names of both parts are asked for.")
def kinds(chain):
    return [[a[2], b[1]] for a, b in pairwise(chain) if a[2] != b[1]]


@exercise.misconception("You return one name for each misfit: two are asked for, of both parts.")
def one_name(chain):
    return [b[0] for a, b in pairwise(chain) if a[2] != b[1]]


@exercise.neighbour(one_name)
def one_name_of_the_giver(chain):
    return [a[0] for a, b in pairwise(chain) if a[2] != b[1]]


@exercise.misconception("You return places in the chain: the names of the parts are asked for.")
def places(chain):
    return [[i, i + 1] for i, (a, b) in enumerate(pairwise(chain)) if a[2] != b[1]]


@exercise.misconception("The names of a pair are exchanged: first the part that gives.")
def exchanged(chain):
    return [[b[0], a[0]] for a, b in pairwise(chain) if a[2] != b[1]]


@exercise.misconception(
    "You walk through the chain in steps of two: a part in the middle has a neighbour on each side."
)
def every_second(chain):
    pairs = zip(chain[::2], chain[1::2], strict=False)
    return [[a[0], b[0]] for a, b in pairs if a[2] != b[1]]


@exercise.also_correct
def by_index(chain):
    found = []
    for i in range(len(chain) - 1):
        if chain[i][2] != chain[i + 1][1]:
            found.append([chain[i][0], chain[i + 1][0]])
    return found


@exercise.also_correct
def backwards(chain):
    found, next_part = [], None
    for part in reversed(chain):
        if next_part is not None and part[2] != next_part[1]:
            found.insert(0, [part[0], next_part[0]])
        next_part = part
    return found
