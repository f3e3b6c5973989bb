"""Strongest band."""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F

from autograder.builder.answers import answer
from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import mel

exercise = Exercise(
    id="spectrum.strongest_band_hz",
    title="Strongest band",
    target="notebook",
    solution=answer(__package__, "strongest_band_hz"),
    todo="2.8",
    points=2,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    bands, frames = (24, 9) if hidden else (20, 7)

    def case(name: str, n_mels: int, n_frames: int, fmin: float, fmax: float) -> Case:
        arguments = {"log_mel": normal(rng, n_mels, n_frames) - 5, "fmin": fmin, "fmax": fmax}
        why = "mels to Hz in float32"
        return Case(name, args=arguments, rtol=1e-3, atol=1e-2, why=why)

    return [
        case("the exercise's range", 80, frames, 0.0, 8000.0),
        case("few bands", bands, frames, 30.0, 7600.0),
        case("a narrower range", bands, frames + 3, 60.0, 5000.0),
    ]


def _strongest(log_mel: torch.Tensor, edges: torch.Tensor, first: int) -> torch.Tensor:
    return edges[first : first + log_mel.shape[0]][log_mel.argmax(dim=0)]


def _mel_edges(log_mel: torch.Tensor, fmin: float, fmax: float) -> torch.Tensor:
    low, high = mel.hz_to_mel(torch.tensor([fmin, fmax])).tolist()
    return mel.mel_to_hz(torch.linspace(low, high, log_mel.shape[0] + 2))


@exercise.misconception(
    "The bands are evenly spaced in Hz in your function: they are evenly spaced in mel."
)
def strongest_linear(log_mel, fmin, fmax):
    return _strongest(log_mel, torch.linspace(fmin, fmax, log_mel.shape[0] + 2), 1)


@exercise.neighbour(strongest_linear)
def strongest_linear_without_edges(log_mel, fmin, fmax):
    return _strongest(log_mel, torch.linspace(fmin, fmax, log_mel.shape[0]), 0)


@exercise.neighbour(strongest_linear)
def strongest_share_of_range(log_mel, fmin, fmax):
    return fmin + (fmax - fmin) * log_mel.argmax(dim=0) / log_mel.shape[0]


@exercise.misconception(
    "You spread n_mels points from fmin to fmax: there are n_mels + 2 edges, and the centres are "
    "the inner ones."
)
def strongest_without_edges(log_mel, fmin, fmax):
    low, high = mel.hz_to_mel(torch.tensor([fmin, fmax])).tolist()
    return _strongest(log_mel, mel.mel_to_hz(torch.linspace(low, high, log_mel.shape[0])), 0)


@exercise.misconception("You return the lower edge of the band: its centre is the next edge.")
def strongest_lower_edge(log_mel, fmin, fmax):
    return _strongest(log_mel, _mel_edges(log_mel, fmin, fmax), 0)


@exercise.misconception("You return the upper edge of the band: its centre is the edge before.")
def strongest_upper_edge(log_mel, fmin, fmax):
    return _strongest(log_mel, _mel_edges(log_mel, fmin, fmax), 2)


@exercise.misconception(
    "You return the number of the band: turn it into the centre frequency of that band, in Hz."
)
def strongest_index(log_mel, fmin, fmax):
    return log_mel.argmax(dim=0)


@exercise.neighbour(strongest_index)
def strongest_index_from_one(log_mel, fmin, fmax):
    return log_mel.argmax(dim=0) + 1


@exercise.misconception("The result is in mel: `mel.mel_to_hz` turns it into Hz.")
def strongest_in_mel(log_mel, fmin, fmax):
    return mel.hz_to_mel(_strongest(log_mel, _mel_edges(log_mel, fmin, fmax), 1))


@exercise.misconception(
    "You take the weakest band: the largest log magnitude, not the largest absolute value (they "
    "are mostly negative)."
)
def strongest_absolute(log_mel, fmin, fmax):
    return _strongest(log_mel.abs(), _mel_edges(log_mel, fmin, fmax), 1)


@exercise.misconception(
    "You look for the loudest frame of each band: look for the strongest band of each frame, along "
    "axis 0."
)
def strongest_over_time(log_mel, fmin, fmax):
    return log_mel.argmax(dim=1)


@exercise.neighbour(strongest_over_time)
def strongest_frame_of_each_band_in_hz(log_mel, fmin, fmax):
    edges = _mel_edges(log_mel, fmin, fmax)
    return edges[1:-1][log_mel.argmax(dim=1)]


@exercise.misconception(
    "You spread n_mels + 1 points from fmin to fmax: triangles overlap, there are n_mels + 2 "
    "edges, and the centres are the inner ones."
)
def strongest_of_one_edge_more(log_mel, fmin, fmax):
    low, high = mel.hz_to_mel(torch.tensor([fmin, fmax])).tolist()
    edges = torch.linspace(low, high, log_mel.shape[0] + 1)
    return _strongest(log_mel, mel.mel_to_hz((edges[:-1] + edges[1:]) / 2), 0)


@exercise.neighbour(strongest_of_one_edge_more)
def strongest_lower_of_one_edge_more(log_mel, fmin, fmax):
    low, high = mel.hz_to_mel(torch.tensor([fmin, fmax])).tolist()
    return _strongest(log_mel, mel.mel_to_hz(torch.linspace(low, high, log_mel.shape[0] + 1)), 0)


@exercise.neighbour(strongest_of_one_edge_more)
def strongest_upper_of_one_edge_more(log_mel, fmin, fmax):
    low, high = mel.hz_to_mel(torch.tensor([fmin, fmax])).tolist()
    return _strongest(log_mel, mel.mel_to_hz(torch.linspace(low, high, log_mel.shape[0] + 1)), 1)


@exercise.neighbour(strongest_of_one_edge_more)
def strongest_middle_of_one_edge_more(log_mel, fmin, fmax):
    low, high = mel.hz_to_mel(torch.tensor([fmin, fmax])).tolist()
    edges = mel.mel_to_hz(torch.linspace(low, high, log_mel.shape[0] + 1))
    return _strongest(log_mel, (edges[:-1] + edges[1:]) / 2, 0)


@exercise.misconception("The range is written into your code: use fmin and fmax.")
def strongest_of_whole_range(log_mel, fmin, fmax):
    return _strongest(log_mel, _mel_edges(log_mel, 0.0, 8000.0), 1)


@exercise.neighbour(strongest_of_whole_range)
def strongest_from_zero(log_mel, fmin, fmax):
    return _strongest(log_mel, _mel_edges(log_mel, 0.0, fmax), 1)


@exercise.neighbour(strongest_of_whole_range)
def strongest_up_to_8000(log_mel, fmin, fmax):
    return _strongest(log_mel, _mel_edges(log_mel, fmin, 8000.0), 1)


@exercise.misconception("80 bands are written into your code: log_mel.shape[0] says how many.")
def strongest_of_eighty(log_mel, fmin, fmax):
    low, high = mel.hz_to_mel(torch.tensor([fmin, fmax])).tolist()
    return mel.mel_to_hz(torch.linspace(low, high, 82))[1:-1][log_mel.argmax(dim=0)]


@exercise.misconception(
    "You take the middle of two edges in Hz: a band's centre is the middle one of its three edges."
)
def strongest_middle_of_edges(log_mel, fmin, fmax):
    edges = _mel_edges(log_mel, fmin, fmax)
    return _strongest(log_mel, (edges[:-2] + edges[2:]) / 2, 0)


@exercise.neighbour(strongest_middle_of_edges)
def strongest_middle_of_lower_half(log_mel, fmin, fmax):
    edges = _mel_edges(log_mel, fmin, fmax)
    return _strongest(log_mel, (edges[:-1] + edges[1:]) / 2, 0)


@exercise.neighbour(strongest_middle_of_edges)
def strongest_middle_of_upper_half(log_mel, fmin, fmax):
    edges = _mel_edges(log_mel, fmin, fmax)
    return _strongest(log_mel, (edges[:-1] + edges[1:]) / 2, 1)


@exercise.misconception("This is the HTK scale: `mel.hz_to_mel` and `mel.mel_to_hz` are Slaney's.")
def strongest_on_htk_scale(log_mel, fmin, fmax):
    low, high = (2595 * math.log10(1 + f / 700) for f in (fmin, fmax))
    mels = torch.linspace(low, high, log_mel.shape[0] + 2)
    return _strongest(log_mel, 700 * (10 ** (mels / 2595) - 1), 1)


@exercise.misconception("You return one frequency for all frames: each frame has its own.")
def strongest_of_mean(log_mel, fmin, fmax):
    return _mel_edges(log_mel, fmin, fmax)[1:-1][log_mel.mean(dim=1).argmax()]


@exercise.neighbour(strongest_of_mean)
def strongest_of_all(log_mel, fmin, fmax):
    return _strongest(log_mel, _mel_edges(log_mel, fmin, fmax), 1).mean()


@exercise.misconception(
    "You return how strong the band is: its centre frequency in Hz is asked for."
)
def strongest_value(log_mel, fmin, fmax):
    return log_mel.amax(dim=0)


@exercise.misconception(
    "`mel.hz_to_mel` takes tensors: torch.tensor([fmin, fmax]) makes one of two numbers."
)
def strongest_of_plain_numbers(log_mel, fmin, fmax):
    low, high = mel.hz_to_mel(fmin), mel.hz_to_mel(fmax)
    return _strongest(log_mel, mel.mel_to_hz(torch.linspace(low, high, log_mel.shape[0] + 2)), 1)


@exercise.misconception("You weigh all bands by their energy: the strongest alone counts.")
def strongest_centroid(log_mel, fmin, fmax):
    return log_mel.softmax(0).T @ _mel_edges(log_mel, fmin, fmax)[1:-1]


@exercise.also_correct
def strongest_by_one_hot(log_mel, fmin, fmax):
    n_mels = log_mel.shape[0]
    low, high = mel.hz_to_mel(torch.tensor([fmin, fmax], dtype=torch.float64))
    centres = mel.mel_to_hz(low + (high - low) * torch.arange(1, n_mels + 1) / (n_mels + 1))
    return (F.one_hot(log_mel.argmax(0), n_mels) * centres).sum(-1).float()


@exercise.also_correct
def strongest_by_loop(log_mel, fmin, fmax):
    low, high = (float(mel.hz_to_mel(torch.tensor(edge))) for edge in (fmin, fmax))
    step = (high - low) / (log_mel.shape[0] + 1)
    best = [int(column.argmax()) for column in log_mel.T]
    return mel.mel_to_hz(torch.tensor([low + (m + 1) * step for m in best]))
