"""Correlation with the speaker's rhythm."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import attention
from .shared import _alignment, _truth

exercise = Exercise(
    id="attention.centroid_correlation",
    title="Correlation with the speaker's rhythm",
    target="exercise_lib.attention:centroid_correlation",
    solution=attention.centroid_correlation,
    todo="1.8",
    points=2,
    difficulty=3,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    t_enc, t_dec = (9, 15) if not hidden else (12, 11)
    soft, noise = _alignment(rng, t_enc, t_dec), normal(rng, t_enc, t_dec).softmax(0)
    line = torch.linspace(0, t_enc - 1, t_dec)
    straight = (1 - (torch.arange(t_enc)[:, None] - line).abs()).clamp_min(0)
    return [
        Case("a soft path", args={"alignment": soft, "truth": _truth(soft)}),
        Case("noise", args={"alignment": noise, "truth": _truth(soft)}),
        Case(
            "a straight line knows no rhythm", args={"alignment": straight, "truth": _truth(soft)}
        ),
    ]


def _correlation(a, b):
    a, b = a - a.mean(), b - b.mean()
    norms = a.norm() * b.norm()
    return a @ b / norms if norms > 1e-3 else torch.zeros(())


def _positions_and_line(alignment):
    t_enc, t_dec = alignment.shape
    return torch.arange(t_enc, dtype=alignment.dtype), torch.linspace(0, t_enc - 1, t_dec)


@exercise.misconception(
    "The line is not subtracted: then any line that rises, a fake one too, correlates with speech."
)
def without_line(alignment, truth):
    positions, _ = _positions_and_line(alignment)
    return _correlation(positions @ alignment, truth.float())


@exercise.misconception(
    "You take the peak in place of the centroid: weigh every position by its attention."
)
def peak_not_centroid(alignment, truth):
    _, line = _positions_and_line(alignment)
    return _correlation(alignment.argmax(0) - line, truth - line)


@exercise.misconception(
    "The means are not taken off: a Pearson correlation compares deviations from the mean."
)
def uncentred(alignment, truth):
    positions, line = _positions_and_line(alignment)
    a, b = positions @ alignment - line, truth - line
    norms = a.norm() * b.norm()
    return a @ b / norms if norms > 1e-3 else torch.zeros(())


@exercise.misconception(
    "The line is subtracted from the centroid only: the truth must lose it too."
)
def line_from_one(alignment, truth):
    positions, line = _positions_and_line(alignment)
    return _correlation(positions @ alignment - line, truth.float())


@exercise.misconception(
    "The sign is turned round: it is centroid minus line, and truth minus line."
)
def one_sign_flipped(alignment, truth):
    positions, line = _positions_and_line(alignment)
    return _correlation(line - positions @ alignment, truth - line)


@exercise.also_correct
def correlation_by_corrcoef(alignment, truth):
    positions, line = _positions_and_line(alignment)
    a, b = (alignment * positions[:, None]).sum(0) - line, truth - line
    if a.std() * b.std() < 1e-4:
        return torch.tensor(0.0)
    return torch.corrcoef(torch.stack([a, b]))[0, 1]


@exercise.also_correct
def correlation_by_cosine(alignment, truth):
    positions, line = _positions_and_line(alignment)
    a, b = torch.einsum("j,jt->t", positions, alignment) - line, truth.float() - line
    a, b = a - a.mean(), b - b.mean()
    return F.cosine_similarity(a, b, dim=0) if float(a.norm()) > 1e-3 else torch.tensor(0.0)
