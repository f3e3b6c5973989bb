"""Correlation with the speaker's rhythm."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from autograder.draws import normal
from autograder.exercise import FORMULA_IS_RIGHT, Exercise
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
    truth = _truth(soft)
    bent = line + 1e-5 * (truth - line)
    straight, nearly = (
        (1 - (torch.arange(t_enc)[:, None] - it).abs()).clamp_min(0) for it in (line, bent)
    )
    return [
        Case("a soft path", args={"alignment": soft, "truth": truth}),
        Case("noise", args={"alignment": noise, "truth": truth}),
        Case("a straight line knows no rhythm", args={"alignment": straight, "truth": truth}),
        Case(
            "nor does a line that is straight but for rounding",
            args={"alignment": nearly, "truth": truth},
            atol=0.05,
            why="what rounding errors correlate with depends on the order of the sums",
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


@exercise.neighbour(without_line)
def uncentred_without_line(alignment, truth):
    positions, _ = _positions_and_line(alignment)
    a, b = positions @ alignment, truth.float()
    return a @ b / (a.norm() * b.norm())


@exercise.misconception(
    "You take the peak in place of the centroid: weigh every position by its attention."
)
def peak_not_centroid(alignment, truth):
    _, line = _positions_and_line(alignment)
    return _correlation(alignment.argmax(0) - line, truth - line)


@exercise.neighbour(peak_not_centroid)
def peak_without_line(alignment, truth):
    return _correlation(alignment.argmax(0).float(), truth.float())


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


@exercise.misconception(
    "The line is subtracted from the truth only: the centroid must lose it too."
)
def line_from_truth_only(alignment, truth):
    positions, line = _positions_and_line(alignment)
    return _correlation(positions @ alignment, truth - line)


@exercise.misconception(
    "The straight line gives NaN, 0 / 0, or the correlation of rounding errors: return 0 where one "
    "of the norms is next to nothing.",
    mild=FORMULA_IS_RIGHT,
)
def no_zero_guard(alignment, truth):
    positions, line = _positions_and_line(alignment)
    a, b = positions @ alignment - line, truth - line
    a, b = a - a.mean(), b - b.mean()
    return a @ b / (a.norm() * b.norm())


@exercise.neighbour(no_zero_guard, mild=FORMULA_IS_RIGHT)
def only_exact_zero_guarded(alignment, truth):
    return no_zero_guard(alignment, truth).nan_to_num(0.0)


@exercise.misconception(
    "This is the covariance: divide by the norms of both, so that the result is between -1 and 1."
)
def covariance(alignment, truth):
    positions, line = _positions_and_line(alignment)
    a, b = positions @ alignment - line, truth - line
    return ((a - a.mean()) * (b - b.mean())).mean()


@exercise.neighbour(covariance)
def covariance_over_steps_less_one(alignment, truth):
    return covariance(alignment, truth) * len(truth) / (len(truth) - 1)


@exercise.neighbour(covariance)
def product_of_deviations(alignment, truth):
    return covariance(alignment, truth) * len(truth)


@exercise.misconception("You divide by the squares of the norms: divide by the norms.")
def root_of_norms_missing(alignment, truth):
    positions, line = _positions_and_line(alignment)
    a, b = positions @ alignment - line, truth - line
    a, b = a - a.mean(), b - b.mean()
    return torch.nan_to_num(a @ b / (a.square().sum() * b.square().sum()).clamp(min=1e-9))


@exercise.misconception(
    "You average where you should sum: the weights of a step sum to one, so the centroid is the "
    "plain sum of j A_jt."
)
def mean_of_positions(alignment, truth):
    positions, line = _positions_and_line(alignment)
    return _correlation(positions @ alignment / len(positions) - line, truth - line)


@exercise.misconception(
    "The line ends in another place: it runs from 0 to T_enc - 1 over the steps, as given."
)
def line_to_t_enc(alignment, truth):
    positions, _ = _positions_and_line(alignment)
    t_enc, t_dec = alignment.shape
    line = torch.arange(t_dec) * t_enc / t_dec
    return _correlation(positions @ alignment - line, truth - line)


@exercise.neighbour(line_to_t_enc)
def line_up_to_t_enc(alignment, truth):
    positions, _ = _positions_and_line(alignment)
    line = torch.linspace(0, alignment.shape[0], alignment.shape[1])
    return _correlation(positions @ alignment - line, truth - line)


@exercise.neighbour(line_to_t_enc)
def line_of_steps(alignment, truth):
    positions, _ = _positions_and_line(alignment)
    line = torch.arange(alignment.shape[1]).float()
    return _correlation(positions @ alignment - line, truth - line)


@exercise.neighbour(line_to_t_enc)
def line_of_ends(alignment, truth):
    positions, _ = _positions_and_line(alignment)
    centroid = positions @ alignment
    own = torch.linspace(float(centroid[0]), float(centroid[-1]), len(centroid))
    true = torch.linspace(float(truth[0]), float(truth[-1]), len(truth))
    return _correlation(centroid - own, truth - true)


@exercise.misconception(
    "The centroid is taken over time: each step has one, summed over the characters j."
)
def centroid_of_characters(alignment, truth):
    _, line = _positions_and_line(alignment)
    centroid = alignment @ torch.arange(alignment.shape[1], dtype=alignment.dtype)
    return _correlation(centroid - line, truth - line)


@exercise.misconception(
    "You correlate ranks (Spearman's correlation): take the positions themselves (Pearson's)."
)
def correlation_of_ranks(alignment, truth):
    positions, line = _positions_and_line(alignment)
    a, b = (it.argsort().argsort().float() for it in (positions @ alignment - line, truth - line))
    return _correlation(a, b)


@exercise.misconception("You take the square or the size: the correlation has a sign.")
def squared_correlation(alignment, truth):
    return attention.centroid_correlation(alignment, truth).square()


@exercise.misconception("You return how far apart the two are: their correlation is asked for.")
def mean_distance(alignment, truth):
    positions, _ = _positions_and_line(alignment)
    return (positions @ alignment - truth).abs().mean()


@exercise.neighbour(mean_distance)
def one_minus_correlation(alignment, truth):
    return 1 - attention.centroid_correlation(alignment, truth)


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


@exercise.also_correct
def through_numpy(alignment, truth):
    t_enc, t_dec = alignment.shape
    line = np.linspace(0, t_enc - 1, t_dec)
    a, b = np.arange(t_enc) @ alignment.numpy() - line, truth.numpy() - line
    return np.corrcoef(a, b)[0, 1] if min(a.std(), b.std()) > 1e-4 else 0
