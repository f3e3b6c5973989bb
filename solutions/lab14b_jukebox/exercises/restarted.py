"""Dead codes that stay dead: a debugging task."""

from __future__ import annotations

import numpy as np
import torch

from autograder.builder.answers import answer
from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from .shared import whole

exercise = Exercise(
    id="mend.restarted",
    title="Find the mistake",
    target="notebook",
    solution=answer(__package__, "restarted"),
    todo="14.20",
    points=1,
    difficulty=2,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    k, d = (8, 3) if hidden else (6, 4)

    def case(name: str, dead: list[int], n: int, d: int, least: float) -> Case:
        counts = torch.from_numpy(rng.uniform(1.2, 4, k)).float() * least
        counts[dead] = torch.from_numpy(rng.uniform(0.1, 0.8, len(dead))).float() * least
        args = {
            "codebook": normal(rng, k, d),
            "counts": counts,
            "latents": 3 + normal(rng, n, d),
            "places": whole(rng, n, k),
            "least": least,
        }
        return Case(name, args=args)

    at_the_limit = case("a code at the limit is alive", [0], 20, d, 0.5)
    at_the_limit.args["counts"][2] = 0.5
    return [
        case("two dead codes", [1, k - 2], 20, d, 0.25),
        case("as many latents as codes and numbers", [0, 2, 3], k, k, 2.0),
        case("fewer latents than codes", [0, 2, k - 1], 4, d, 3.0),
        case("all dead", [*range(k)], 30, d, 1.5),
        at_the_limit,
    ]


def begun(codebook, counts, candidates, least):
    dead = counts < least
    return torch.where(dead[:, None], candidates, codebook), torch.where(dead, least, counts)


@exercise.misconception(
    "A dead code becomes a copy of another code, which is where it was not needed: it has to "
    "begin where a latent is."
)
def at_codes_in_use(codebook, counts, latents, places, least):
    best = codebook[counts.argmax()].expand_as(codebook)
    return begun(codebook, counts, best, least)


@exercise.misconception(
    "The codes are right now, but the counts stay small: each would be dead at once again. They "
    "begin with the count `least`."
)
def counts_kept(codebook, counts, latents, places, least):
    return begun(codebook, counts, latents[places], least)[0], counts.clone()


@exercise.misconception(
    "Codes in use begin anew and the dead ones stay: dead is what is below `least`."
)
def the_living(codebook, counts, latents, places, least):
    alive = counts >= least
    return (
        torch.where(alive[:, None], latents[places], codebook),
        torch.where(alive, least, counts),
    )


@exercise.misconception("All codes begin anew: those in use stay where they are.")
def all_of_them(codebook, counts, latents, places, least):
    return latents[places], torch.where(counts < least, least, counts)


@exercise.neighbour(all_of_them)
def all_with_counts(codebook, counts, latents, places, least):
    return latents[places], torch.full_like(counts, least)


@exercise.misconception(
    "All dead codes begin at one place: they would stay alike. Code k begins at latent places[k]."
)
def at_one_place(codebook, counts, latents, places, least):
    return begun(codebook, counts, latents[places[0]].expand_as(codebook), least)


@exercise.neighbour(at_one_place)
def at_the_mean(codebook, counts, latents, places, least):
    return begun(codebook, counts, latents.mean(0).expand_as(codebook), least)


@exercise.misconception(
    "The first latents are taken in place of the drawn ones: neighbours of one sound are much "
    "alike. Code k begins at latent places[k]."
)
def first_latents(codebook, counts, latents, places, least):
    first = latents[torch.arange(len(codebook)) % len(latents)]
    return begun(codebook, counts, first, least)


@exercise.misconception("The codes begin at numbers that you draw: begin at latents.")
def drawn(codebook, counts, latents, places, least):
    return begun(codebook, counts, torch.randn_like(codebook), least)


@exercise.misconception("A code whose count is `least` is alive: dead is what lies below.")
def limit_is_dead(codebook, counts, latents, places, least):
    dead = counts <= least
    return torch.where(dead[:, None], latents[places], codebook), counts.clamp(min=least)


@exercise.misconception("A code begins with the count `least`, neither with 1 nor with 0.")
def count_of_one(codebook, counts, latents, places, least):
    codes, _ = begun(codebook, counts, latents[places], least)
    return codes, torch.where(counts < least, 1.0, counts)


@exercise.neighbour(count_of_one)
def count_of_zero(codebook, counts, latents, places, least):
    codes, _ = begun(codebook, counts, latents[places], least)
    return codes, torch.where(counts < least, 0.0, counts)


@exercise.misconception(
    "Half of the old code is still in the new one: it begins at the latent itself."
)
def half_way(codebook, counts, latents, places, least):
    return begun(codebook, counts, (codebook + latents[places]) / 2, least)


@exercise.also_correct
def by_index(codebook, counts, latents, places, least):
    codes, counts = codebook.clone(), counts.clone()
    dead = (counts < least).nonzero()[:, 0]
    codes[dead] = latents[places[dead]]
    counts[dead] = least
    return codes, counts


@exercise.also_correct
def with_factors(codebook, counts, latents, places, least):
    dead = (counts < least).float()[:, None]
    codes = dead * latents.index_select(0, places) + (1 - dead) * codebook
    return codes, counts.clamp(min=least)
