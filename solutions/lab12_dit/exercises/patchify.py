"""Patches as tokens."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import dit

exercise = Exercise(
    id="dit.patchify",
    title="Patches as tokens",
    target="exercise_lib.dit:patchify",
    solution=dit.patchify,
    todo="12.1",
    points=2,
    difficulty=2,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    channels = 5 if hidden else 3

    def args(patch: int, rows: int, columns: int, batch: int = 2) -> dict:
        latents = normal(rng, batch, channels, rows * patch, columns * patch)
        return {"latents": latents, "patch": patch}

    return [
        Case("patches of 2 x 2", args=args(2, 3, 2)),
        Case("patches of 3 x 3, with gradients", args=args(3, 2, 3), grad=("latents",)),
        Case("as many rows as columns", args=args(2, 3, 3, batch=3)),
        Case("single places", args=args(1, 2, 3), weight=0.5),
    ]


def split(latents, patch):
    """Return `(B, C, rows, p, columns, p)`."""
    b, c, h, w = latents.shape
    return latents.reshape(b, c, h // patch, patch, w // patch, patch)


def joined(its):
    """Join axes 1 and 2, and 3 to 5."""
    return its.flatten(3).flatten(1, 2)


@exercise.misconception(
    "You reshape without ordering the axes: the way back undoes it, but a token is now a stripe, "
    "and not a patch. permute between the two reshapes."
)
def stripes(latents, patch):
    b, c, h, w = latents.shape
    return latents.reshape(b, h // patch * (w // patch), patch * patch * c)


@exercise.neighbour(stripes)
def stripes_of_places(latents, patch):
    return stripes(latents.permute(0, 2, 3, 1).reshape(latents.shape), patch)


@exercise.misconception("Tokens come column after column: they are to come row after row.")
def by_columns(latents, patch):
    return joined(split(latents, patch).permute(0, 4, 2, 3, 5, 1))


@exercise.misconception("Rows and columns are exchanged inside each patch: first u, then v.")
def transposed_inside(latents, patch):
    return joined(split(latents, patch).permute(0, 2, 4, 5, 3, 1))


@exercise.misconception("The picture is transposed: rows first, in the picture and in each patch.")
def transposed(latents, patch):
    return joined(split(latents, patch).permute(0, 4, 2, 5, 3, 1))


@exercise.misconception(
    "A token gathers places that lie far apart: split H into (H/p, p), in this order, and not into "
    "(p, H/p)."
)
def strided(latents, patch):
    b, c, h, w = latents.shape
    its = latents.reshape(b, c, patch, h // patch, patch, w // patch)
    return joined(its.permute(0, 3, 5, 2, 4, 1))


@exercise.misconception("A patch is averaged: all of its numbers go into the token.")
def averaged(latents, patch):
    return F.avg_pool2d(latents, patch).flatten(2).mT


@exercise.misconception(
    "The numbers of a token stand channel after channel, as unfold and pixel_unshuffle give them: "
    "here the channel is the last index, (u, v, c)."
)
def channels_first(latents, patch):
    return joined(split(latents, patch).permute(0, 2, 4, 1, 3, 5))


@exercise.misconception("Patches overlap: the next one begins p places further, not one.")
def overlapping(latents, patch):
    c = latents.shape[1]
    its = F.unfold(latents, patch)
    return its.unflatten(1, (c, patch * patch)).permute(0, 3, 2, 1).flatten(2)


@exercise.misconception(
    "Channels became tokens: a token has all channels of its patch, and there are H/p W/p of them."
)
def a_token_for_each_channel(latents, patch):
    return split(latents, patch).permute(0, 1, 2, 4, 3, 5).flatten(4).flatten(1, 3)


@exercise.also_correct
def unfolded(latents, patch):
    c = latents.shape[1]
    its = F.unfold(latents, patch, stride=patch)  # (B, C p p, N)
    return its.unflatten(1, (c, patch**2)).permute(0, 3, 2, 1).flatten(2)


@exercise.also_correct
def token_by_token(latents, patch):
    tokens = []
    for i in range(0, latents.shape[2], patch):
        for j in range(0, latents.shape[3], patch):
            its = latents[:, :, i : i + patch, j : j + patch]
            tokens.append(its.permute(0, 2, 3, 1).flatten(1))
    return torch.stack(tokens, 1)
