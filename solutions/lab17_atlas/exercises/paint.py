"""Latent diffusion and flow in one function."""

from __future__ import annotations

import numpy as np
import torch

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case
from exercise_lib.check.toys import parts

from ...exercise_lib import atlas
from .shared import caption

exercise = Exercise(
    id="atlas.paint",
    title="Captions to pictures, guided",
    target="exercise_lib.atlas:paint",
    solution=atlas.paint,
    todo="17.3",
    points=3,
    difficulty=3,
    minutes=25,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    channels = 7 if hidden else 6

    def case(name: str, n: int, guidance: float, scale: float, **more) -> Case:
        args = {
            "prompts": [caption(rng) for _ in range(n)],
            "read": parts.toy_read,
            "network": parts.toy_network,
            "walk": parts.toy_walk,
            "decode": parts.toy_paint,
            "noise": normal(rng, n, channels),
            "guidance": guidance,
            "latent_scale": scale,
        }
        return Case(name, args=args, **more)

    return [
        case("guided twice", 3, 2.0, 0.6 if hidden else 0.7),
        case("guided five times", 2, 5.0, 1.6),
        case("as many captions as features", parts.WIDTH, 3.0, 0.8, grad=("noise",)),
        case("unguided", 3, 1.0, 0.5),
        case("only what dropped captions taught", 3, 0.0, 1.3, weight=0.5),
    ]


def both(prompts, read):
    return read(prompts), read([""] * len(prompts))


def guided(network, features, w):
    heard, nothing = features

    def predict(z, t):
        c, u = network(z, t, heard), network(z, t, nothing)
        return u + w * (c - u)

    return predict


@exercise.misconception(
    "The scale is never undone: the decoder gets latents of variance 1, and knows those of the "
    "encoder. Divide by latent_scale."
)
def not_unscaled(prompts, read, network, walk, decode, noise, guidance, latent_scale):
    return decode(walk(guided(network, both(prompts, read), guidance), noise))


@exercise.misconception(
    "You multiply by the scale: latents were multiplied for the generator, so divide for the "
    "decoder."
)
def scaled_again(prompts, read, network, walk, decode, noise, guidance, latent_scale):
    return decode(walk(guided(network, both(prompts, read), guidance), noise) * latent_scale)


@exercise.misconception(
    "You decode before the scale is undone: what is divided then are pictures, not latents."
)
def decoded_first(prompts, read, network, walk, decode, noise, guidance, latent_scale):
    return decode(walk(guided(network, both(prompts, read), guidance), noise)) / latent_scale


@exercise.neighbour(decoded_first)
def decoded_first_and_multiplied(
    prompts, read, network, walk, decode, noise, guidance, latent_scale
):
    return decode(walk(guided(network, both(prompts, read), guidance), noise)) * latent_scale


@exercise.misconception(
    "The noise is divided by the scale: it has variance 1 as it is. Only what the walk ends at is "
    "a latent."
)
def noise_scaled(prompts, read, network, walk, decode, noise, guidance, latent_scale):
    predict = guided(network, both(prompts, read), guidance)
    return decode(walk(predict, noise / latent_scale))


@exercise.neighbour(noise_scaled)
def noise_multiplied(prompts, read, network, walk, decode, noise, guidance, latent_scale):
    predict = guided(network, both(prompts, read), guidance)
    return decode(walk(predict, noise * latent_scale) / latent_scale)


@exercise.misconception(
    "Guidance is reversed: it leads from the caption towards no caption. c and u are exchanged."
)
def guidance_reversed(prompts, read, network, walk, decode, noise, guidance, latent_scale):
    heard, nothing = both(prompts, read)
    return decode(walk(guided(network, (nothing, heard), guidance), noise) / latent_scale)


@exercise.misconception(
    "The difference has the other sign: u + w (c - u), away from no caption and beyond the "
    "caption's."
)
def minus(prompts, read, network, walk, decode, noise, guidance, latent_scale):
    return decode(walk(guided(network, both(prompts, read), -guidance), noise) / latent_scale)


@exercise.neighbour(minus)
def both_weighted_and_minus(prompts, read, network, walk, decode, noise, guidance, latent_scale):
    heard, nothing = both(prompts, read)

    def predict(z, t):
        return guidance * network(z, t, heard) - (1 - guidance) * network(z, t, nothing)

    return decode(walk(predict, noise) / latent_scale)


@exercise.misconception(
    "The condition is dropped: both predictions hear nothing, so all captions give the same."
)
def condition_dropped(prompts, read, network, walk, decode, noise, guidance, latent_scale):
    _, nothing = both(prompts, read)
    return decode(walk(guided(network, (nothing, nothing), guidance), noise) / latent_scale)


@exercise.misconception(
    "There is no guidance: the caption's prediction is taken as it is, whatever w."
)
def unguided(prompts, read, network, walk, decode, noise, guidance, latent_scale):
    return decode(walk(guided(network, both(prompts, read), 1.0), noise) / latent_scale)


@exercise.misconception(
    "This is c + w (c - u): one too many. At w = 1 the caption's prediction has to come out."
)
def one_too_many(prompts, read, network, walk, decode, noise, guidance, latent_scale):
    predict = guided(network, both(prompts, read), 1 + guidance)
    return decode(walk(predict, noise) / latent_scale)


@exercise.misconception(
    "The prediction is w times the caption's: guidance makes the *difference* to no caption larger."
)
def times_w(prompts, read, network, walk, decode, noise, guidance, latent_scale):
    heard, _ = both(prompts, read)
    return decode(walk(lambda z, t: guidance * network(z, t, heard), noise) / latent_scale)


@exercise.neighbour(times_w)
def difference_alone(prompts, read, network, walk, decode, noise, guidance, latent_scale):
    heard, nothing = both(prompts, read)

    def predict(z, t):
        return guidance * (network(z, t, heard) - network(z, t, nothing))

    return decode(walk(predict, noise) / latent_scale)


@exercise.misconception(
    "You guide what the network hears: it has never heard features beyond a caption's. Guide what "
    "it predicts."
)
def features_guided(prompts, read, network, walk, decode, noise, guidance, latent_scale):
    heard, nothing = both(prompts, read)
    mixed = nothing + guidance * (heard - nothing)
    return decode(walk(lambda z, t: network(z, t, mixed), noise) / latent_scale)


@exercise.misconception(
    "You walk twice and guide the ends: guide each step's prediction, so that both are made of the "
    "same z."
)
def ends_guided(prompts, read, network, walk, decode, noise, guidance, latent_scale):
    c, u = (walk(lambda z, t, h=h: network(z, t, h), noise) for h in both(prompts, read))
    return decode((u + guidance * (c - u)) / latent_scale)


@exercise.neighbour(ends_guided)
def pictures_guided(prompts, read, network, walk, decode, noise, guidance, latent_scale):
    c, u = (
        decode(walk(lambda z, t, h=h: network(z, t, h), noise) / latent_scale)
        for h in both(prompts, read)
    )
    return u + guidance * (c - u)


@exercise.misconception(
    "No caption is taken for features of zero: the network has learned what the *empty caption* "
    "means, read it."
)
def zeros_for_nothing(prompts, read, network, walk, decode, noise, guidance, latent_scale):
    heard = read(prompts)
    predict = guided(network, (heard, torch.zeros_like(heard)), guidance)
    return decode(walk(predict, noise) / latent_scale)


@exercise.misconception("You decode the noise: the walk's end is the latent.")
def noise_decoded(prompts, read, network, walk, decode, noise, guidance, latent_scale):
    return decode(noise / latent_scale)


@exercise.misconception("The latent is returned: decode it.")
def not_decoded(prompts, read, network, walk, decode, noise, guidance, latent_scale):
    return walk(guided(network, both(prompts, read), guidance), noise) / latent_scale


@exercise.misconception(
    "The prediction is made once, at the noise, and kept for the whole walk: ask the network at "
    "each z and time."
)
def frozen(prompts, read, network, walk, decode, noise, guidance, latent_scale):
    at_first = guided(network, both(prompts, read), guidance)(noise, torch.tensor(1.0))
    return decode(walk(lambda z, t: at_first, noise) / latent_scale)


@exercise.misconception(
    "The network is asked at the noise again and again: give it z, where the walk is by now."
)
def at_the_noise(prompts, read, network, walk, decode, noise, guidance, latent_scale):
    predict = guided(network, both(prompts, read), guidance)
    return decode(walk(lambda z, t: predict(noise, t), noise) / latent_scale)


@exercise.misconception("The network is told another time: give it the time that `walk` gives.")
def always_time_one(prompts, read, network, walk, decode, noise, guidance, latent_scale):
    predict = guided(network, both(prompts, read), guidance)
    return decode(walk(lambda z, t: predict(z, torch.ones_like(t)), noise) / latent_scale)


@exercise.misconception("All get the first caption: read every one of them.")
def first_caption(prompts, read, network, walk, decode, noise, guidance, latent_scale):
    same = [prompts[0]] * len(prompts)
    return decode(walk(guided(network, both(same, read), guidance), noise) / latent_scale)


@exercise.also_correct
def as_a_mixture(prompts, read, network, walk, decode, noise, guidance, latent_scale):
    heard, nothing = both(prompts, read)

    def predict(z, t):
        return guidance * network(z, t, heard) + (1 - guidance) * network(z, t, nothing)

    return decode(walk(predict, noise).div(latent_scale))


@exercise.also_correct
def in_one_batch(prompts, read, network, walk, decode, noise, guidance, latent_scale):
    heard = torch.cat(both(prompts, read))

    def predict(z, t):
        c, u = network(torch.cat([z, z]), t, heard).chunk(2)
        return torch.lerp(u, c, guidance)

    return decode(walk(predict, noise) * (1 / latent_scale))


@exercise.also_correct
def read_in_one_batch(prompts, read, network, walk, decode, noise, guidance, latent_scale):
    every = read([*prompts, *[""] * len(prompts)])

    def predict(z, t):
        c, u = network(torch.cat([z, z]), t, every).chunk(2)
        return u + guidance * (c - u)

    return decode(walk(predict, noise) / latent_scale)
