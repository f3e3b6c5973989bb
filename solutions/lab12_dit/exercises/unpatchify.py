"""Tokens as a picture again."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import dit

exercise = Exercise(
    id="dit.unpatchify",
    title="Tokens as a picture",
    target="exercise_lib.dit:unpatchify",
    solution=dit.unpatchify,
    todo="12.2",
    points=1,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    channels = 5 if hidden else 3

    def args(patch: int, rows: int, columns: int, batch: int = 2) -> dict:
        tokens = normal(rng, batch, rows * columns, patch * patch * channels)
        return {"tokens": tokens, "patch": patch, "rows": rows}

    return [
        Case("patches of 2 x 2", args=args(2, 3, 2)),
        Case("patches of 3 x 3, with gradients", args=args(3, 2, 3), grad=("tokens",)),
        Case("as many rows as columns", args=args(2, 3, 3, batch=3)),
        Case("single places", args=args(1, 2, 3), weight=0.5),
    ]


def split(tokens, patch, rows):
    """Return `(B, rows, columns, p, p, C)`."""
    b, n, d = tokens.shape
    return tokens.reshape(b, rows, n // rows, patch, patch, d // patch**2)


def joined(its):
    """Join axes 2 and 3, and 4 and 5."""
    return its.flatten(4).flatten(2, 3)


@exercise.misconception(
    "You reshape without ordering the axes: then stripes of a picture stand where patches should. "
    "permute between the two reshapes."
)
def stripes(tokens, patch, rows):
    b, n, d = tokens.shape
    return tokens.reshape(b, d // patch**2, rows * patch, n // rows * patch)


@exercise.neighbour(stripes)
def stripes_of_places(tokens, patch, rows):
    b, n, d = tokens.shape
    its = tokens.reshape(b, rows * patch, n // rows * patch, d // patch**2)
    return its.permute(0, 3, 1, 2)


@exercise.misconception("Tokens are laid column after column: they come row after row.")
def by_columns(tokens, patch, rows):
    b, n, d = tokens.shape
    its = tokens.reshape(b, n // rows, rows, patch, patch, d // patch**2)
    return joined(its.permute(0, 5, 2, 3, 1, 4))


@exercise.misconception("Rows and columns are exchanged inside each patch: first u, then v.")
def transposed_inside(tokens, patch, rows):
    return joined(split(tokens, patch, rows).permute(0, 5, 1, 4, 2, 3))


@exercise.misconception("The picture is transposed: H before W.")
def transposed(tokens, patch, rows):
    return joined(split(tokens, patch, rows).permute(0, 5, 1, 3, 2, 4)).mT


@exercise.misconception(
    "The numbers of a patch are spread over the picture: a row of the picture is (i, u), the "
    "patch's row first, so bring the axes into (B, C, rows, p, columns, p)."
)
def strided(tokens, patch, rows):
    return joined(split(tokens, patch, rows).permute(0, 5, 3, 1, 4, 2))


@exercise.misconception(
    "You take the channel for the first index of a token: it is the last one, (u, v, c), unlike in "
    "fold and pixel_shuffle."
)
def channels_first(tokens, patch, rows):
    b, n, d = tokens.shape
    its = tokens.reshape(b, rows, n // rows, d // patch**2, patch, patch)
    return joined(its.permute(0, 3, 1, 4, 2, 5))


@exercise.misconception(
    "The channels stand at the end: latents are (B, C, H, W), channels before rows."
)
def channels_last(tokens, patch, rows):
    its = split(tokens, patch, rows).permute(0, 1, 3, 2, 4, 5)
    return its.flatten(3, 4).flatten(1, 2)


@exercise.misconception(
    "The axes are ordered as in `patchify`: the way back needs the inverse, which brings (B, rows, "
    "columns, p, p, C) into (B, C, rows, p, columns, p)."
)
def ordered_as_there(tokens, patch, rows):
    b, n, d = tokens.shape
    its = split(tokens, patch, rows).permute(0, 2, 4, 3, 5, 1)
    return its.reshape(b, d // patch**2, rows * patch, n // rows * patch)


@exercise.also_correct
def folded(tokens, patch, rows):
    _, n, d = tokens.shape
    its = tokens.unflatten(2, (patch**2, d // patch**2)).permute(0, 3, 2, 1).flatten(1, 2)
    return F.fold(its, (rows * patch, n // rows * patch), patch, stride=patch)


@exercise.also_correct
def row_by_row(tokens, patch, rows):
    lines = []
    for line in tokens.chunk(rows, 1):
        patches = [it.unflatten(1, (patch, patch, -1)) for it in line.unbind(1)]
        lines.append(torch.cat(patches, 2))
    return torch.cat(lines, 1).permute(0, 3, 1, 2)
