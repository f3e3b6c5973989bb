"""Your own segment."""

from __future__ import annotations

from unittest import mock

import numpy as np
import torch

from autograder.builder.answers import answer
from autograder.exercise import Exercise
from exercise_lib.check.case import Case
from exercise_lib.check.personal import PERSONAL
from exercise_lib.speech import personal

from ...exercise_lib import mel
from .strongest_band_hz import exercise as strongest_band_hz

_answer_of_master = answer(__package__, "my_strongest_bands")


def own_bands(segment: torch.Tensor) -> list[float]:
    """Return what the master's cell answers for a segment, whoever's it is."""
    with mock.patch.object(personal, "segment", lambda student: segment):
        return _answer_of_master()[1]


exercise = Exercise(
    id="spectrum.my_strongest_bands",
    title="Your own segment",
    target=PERSONAL,
    solution=own_bands,
    todo="2.9",
    points=1,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    places = personal.PLACES if hidden else [personal.PRACTICE_PLACE]
    return [
        Case(
            f"{recording}, from frame {frame}",
            args={"segment": personal.cut(recording, frame)},
            rtol=0.02,
            atol=20.0,
            why="half a band: the answer can be read off a figure",
            options={"range": [30.0, 8000.0]},
        )
        for recording, frame in places
    ]


def _frames(segment: torch.Tensor) -> torch.Tensor:
    return mel.log_mel_spectrogram(segment[None])[0]


def _hertz(log_mel: torch.Tensor) -> torch.Tensor:
    return strongest_band_hz.solution(log_mel, 0.0, 8000.0)


@exercise.misconception(
    "Each of your means is of the whole segment (every fourth frame, or all of them): a quarter is "
    "8 frames in a row, `unflatten(1, (4, 8))`."
)
def every_fourth_frame(segment):
    return _hertz(_frames(segment).unflatten(1, (8, 4)).mean(dim=1)).tolist()


@exercise.misconception(
    "You take the mean of the frames' strongest frequencies: between a vowel and an s there may be "
    "no energy at all. Take the mean of the log-mel, then its strongest band."
)
def mean_of_frequencies(segment):
    return _hertz(_frames(segment)).unflatten(0, (4, 8)).mean(dim=-1).tolist()


@exercise.misconception(
    "You take the band that is strongest most often: take the mean of a quarter's log-mel first, "
    "then its strongest band."
)
def most_frequent_band(segment):
    return _hertz(_frames(segment)).unflatten(0, (4, 8)).mode(dim=-1).values.tolist()


@exercise.misconception(
    "You look at the first frame of each quarter: take the mean of its 8 frames."
)
def first_frames(segment):
    return _hertz(_frames(segment)[:, ::8]).tolist()


@exercise.misconception(
    "You look for the strongest band of a quarter's loudest moment: take the mean of its frames."
)
def loudest_moments(segment):
    return _hertz(_frames(segment).unflatten(1, (4, 8)).amax(dim=-1)).tolist()


@exercise.misconception(
    "You average the magnitudes, where a loud moment outweighs the rest: average the log-mel."
)
def logarithm_of_the_mean(segment):
    return _hertz(_frames(segment).exp().unflatten(1, (4, 8)).mean(dim=-1).log()).tolist()


@exercise.misconception("These are the numbers of the bands: give their centre frequencies in Hz.")
def numbers_of_bands(segment):
    return _frames(segment).unflatten(1, (4, 8)).mean(dim=-1).argmax(dim=0).tolist()


@exercise.misconception(
    "This is the beginning of the recording above: `personal.segment(student)` is yours."
)
def recording_of_the_notebook(segment):
    return own_bands(personal.cut("joe-0015", 0))


@exercise.also_correct
def bands_by_loop(segment):
    quarters = [frames.mean(dim=1, keepdim=True) for frames in _frames(segment).split(8, dim=1)]
    return [float(_hertz(quarter)) for quarter in quarters]


@exercise.also_correct
def bands_read_off_a_figure(segment):
    return [round(hertz / 10) * 10 for hertz in own_bands(segment)]
