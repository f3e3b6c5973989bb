"""Framing."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import mel

exercise = Exercise(
    id="mel.frame",
    title="Framing",
    target="exercise_lib.mel:frame",
    solution=mel.frame,
    todo="2.2",
    points=2,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    ramp = torch.arange(14.0 if hidden else 12.0)[None]
    noise = torch.from_numpy(rng.standard_normal((3, 31) if hidden else (2, 25))).float()
    why = "copied samples: no rounding"
    exact: dict[str, Any] = {"rtol": 0, "atol": 1e-6, "why": why}
    return [
        Case(
            "a ramp",
            args={"waveform": ramp, "n_fft": 6, "hop_length": 2},
            grad=("waveform",),
            weight=0.5,
            **exact,
        ),
        Case(
            "noise, samples that fill no whole hop, and its gradient",
            args={"waveform": noise, "n_fft": 8, "hop_length": 4},
            grad=("waveform",),
            **exact,
        ),
        Case(
            "n_fft - hop is odd",
            args={
                "waveform": noise[:, : len(noise[0]) // 5 * 5],
                "n_fft": 8,
                "hop_length": 5,
            },
            **exact,
        ),
        Case(
            "rejects a waveform without batch axis",
            args={"waveform": ramp[0], "n_fft": 6, "hop_length": 2},
            raises=("ValueError",),
        ),
    ]


def reject_rank(waveform: Tensor) -> None:
    if waveform.ndim != 2:
        raise ValueError("waveform must be (B, samples)")


def padded_frames(
    waveform: Tensor, pads: tuple[int, int], n_fft: int, hop_length: int, mode: str = "reflect"
) -> Tensor:
    reject_rank(waveform)
    return F.pad(waveform, pads, mode).unfold(1, n_fft, hop_length)


@exercise.misconception(
    "The frames at the edges see zeros: mirror the waveform there (mode='reflect'), or every "
    "utterance seems to start with a click."
)
def zero_padding(waveform, n_fft, hop_length):
    n_pad = (n_fft - hop_length) // 2
    return padded_frames(waveform, (n_pad, n_pad), n_fft, hop_length, "constant")


@exercise.neighbour(zero_padding)
def zeros_at_the_end_only(waveform, n_fft, hop_length):
    return padded_frames(waveform, (0, n_fft - hop_length), n_fft, hop_length, "constant")


@exercise.misconception(
    "You cut the frames without padding: 8192 samples then give 29 frames, not 32. Pad both sides "
    "by n_pad first."
)
def no_padding(waveform, n_fft, hop_length):
    return padded_frames(waveform, (0, 0), n_fft, hop_length)


@exercise.misconception(
    "You pad by n_fft / 2 as `center=True` does: 8192 samples then give 33 frames, not 32. Pad by "
    "n_pad = (n_fft - hop) / 2."
)
def centred(waveform, n_fft, hop_length):
    return padded_frames(waveform, (n_fft // 2, n_fft // 2), n_fft, hop_length)


@exercise.neighbour(centred)
def centred_on_zeros(waveform, n_fft, hop_length):
    return padded_frames(waveform, (n_fft // 2, n_fft // 2), n_fft, hop_length, "constant")


@exercise.misconception(
    "You pad by n_pad and then centre as well: 8192 samples then give 36 frames, not 32. Pad once."
)
def padded_twice(waveform, n_fft, hop_length):
    n_pad = (n_fft - hop_length) // 2 + n_fft // 2
    return padded_frames(waveform, (n_pad, n_pad), n_fft, hop_length)


@exercise.misconception(
    "All the padding stands at the end: put n_pad samples on each side, so that a frame's centre "
    "keeps its time."
)
def padded_at_the_end(waveform, n_fft, hop_length):
    return padded_frames(waveform, (0, n_fft - hop_length), n_fft, hop_length)


@exercise.neighbour(padded_at_the_end)
def twice_n_pad_at_the_end(waveform, n_fft, hop_length):
    n_pad = (n_fft - hop_length) // 2
    return padded_frames(waveform, (0, 2 * n_pad), n_fft, hop_length)


@exercise.misconception(
    "You repeat the edge sample: 'reflect' mirrors around it, so that the edge stands there once "
    "(2 1 0 1 2)."
)
def replicated(waveform, n_fft, hop_length):
    n_pad = (n_fft - hop_length) // 2
    return padded_frames(waveform, (n_pad, n_pad), n_fft, hop_length, "replicate")


@exercise.neighbour(replicated)
def symmetric_padding(waveform, n_fft, hop_length):
    reject_rank(waveform)
    n_pad = (n_fft - hop_length) // 2
    left, right = waveform[:, :n_pad].flip(1), waveform[:, -n_pad:].flip(1)
    return torch.cat([left, waveform, right], dim=1).unfold(1, n_fft, hop_length)


@exercise.misconception(
    "Your frames do not overlap: a new frame starts every hop_length samples, not every n_fft."
)
def hop_is_n_fft(waveform, n_fft, hop_length):
    n_pad = (n_fft - hop_length) // 2
    return padded_frames(waveform, (n_pad, n_pad), n_fft, n_fft)


@exercise.neighbour(hop_is_n_fft)
def unpadded_without_overlap(waveform, n_fft, hop_length):
    return padded_frames(waveform, (0, 0), n_fft, n_fft)


@exercise.misconception(
    "The axes are (B, n_fft, frames): here the frames come first, (B, frames, n_fft)."
)
def frames_last(waveform, n_fft, hop_length):
    return mel.frame(waveform, n_fft, hop_length).transpose(1, 2)


@exercise.misconception(
    "No gradient reaches the waveform: stay in torch (no numpy, no detach), or the mel loss can "
    "teach the generator nothing."
)
def through_numpy(waveform, n_fft, hop_length):
    return mel.frame(waveform.detach(), n_fft, hop_length)


@exercise.misconception(
    "The padding comes from the other end of the waveform: mirror this end (mode='reflect')."
)
def circular(waveform, n_fft, hop_length):
    n_pad = (n_fft - hop_length) // 2
    return padded_frames(waveform, (n_pad, n_pad), n_fft, hop_length, "circular")


@exercise.misconception(
    "All the padding stands in front: put n_pad samples on each side, so that a frame's centre "
    "keeps its time."
)
def padded_in_front(waveform, n_fft, hop_length):
    return padded_frames(waveform, (n_fft - hop_length, 0), n_fft, hop_length)


@exercise.neighbour(padded_in_front)
def twice_n_pad_in_front(waveform, n_fft, hop_length):
    n_pad = (n_fft - hop_length) // 2
    return padded_frames(waveform, (2 * n_pad, 0), n_fft, hop_length)


@exercise.neighbour(padded_in_front)
def padded_in_front_with_zeros(waveform, n_fft, hop_length):
    return padded_frames(waveform, (n_fft - hop_length, 0), n_fft, hop_length, "constant")


@exercise.misconception(
    "Frames are missing at the end: n_pad samples of padding belong on both sides, and the last "
    "frame counts."
)
def front_side_only(waveform, n_fft, hop_length):
    return padded_frames(waveform, ((n_fft - hop_length) // 2, 0), n_fft, hop_length)


@exercise.misconception("The beginning is not padded: n_pad samples belong on both sides.")
def back_side_only(waveform, n_fft, hop_length):
    return padded_frames(waveform, (0, (n_fft - hop_length) // 2), n_fft, hop_length)


@exercise.misconception("You pad by another number than n_pad = (n_fft - hop) / 2 on each side.")
def not_halved(waveform, n_fft, hop_length):
    n_pad = n_fft - hop_length
    return padded_frames(waveform, (n_pad, n_pad), n_fft, hop_length)


@exercise.neighbour(not_halved)
def padded_by_half_a_hop(waveform, n_fft, hop_length):
    return padded_frames(waveform, (hop_length // 2, hop_length // 2), n_fft, hop_length)


@exercise.neighbour(not_halved)
def padded_by_a_hop(waveform, n_fft, hop_length):
    return padded_frames(waveform, (hop_length, hop_length), n_fft, hop_length)


@exercise.neighbour(not_halved)
def sum_halved(waveform, n_fft, hop_length):
    n_pad = (n_fft + hop_length) // 2
    return padded_frames(waveform, (n_pad, n_pad), n_fft, hop_length)


@exercise.neighbour(not_halved)
def padded_by_one_more(waveform, n_fft, hop_length):
    n_pad = (n_fft - hop_length) // 2 + 1
    return padded_frames(waveform, (n_pad, n_pad), n_fft, hop_length)


@exercise.misconception("The first frame is lost: it starts with the first sample of the padding.")
def first_frame_lost(waveform, n_fft, hop_length):
    return mel.frame(waveform, n_fft, hop_length)[:, 1:]


@exercise.misconception(
    "A last frame is filled up: where no n_fft samples are left there is no frame."
)
def last_frame_filled_up(waveform, n_fft, hop_length):
    reject_rank(waveform)
    n_pad = (n_fft - hop_length) // 2
    padded = F.pad(waveform, (n_pad, n_pad), "reflect")
    return F.pad(padded, (0, hop_length)).unfold(1, n_fft, hop_length)


@exercise.misconception(
    "The hop is written into your code, or made of n_fft: use hop_length as it is given."
)
def fixed_hop(waveform, n_fft, hop_length):
    n_pad = (n_fft - hop_length) // 2
    return padded_frames(waveform, (n_pad, n_pad), n_fft, 256)


@exercise.neighbour(fixed_hop)
def hop_of_a_quarter(waveform, n_fft, hop_length):
    n_pad = (n_fft - n_fft // 4) // 2
    return padded_frames(waveform, (n_pad, n_pad), n_fft, n_fft // 4)


@exercise.neighbour(fixed_hop)
def hop_of_half(waveform, n_fft, hop_length):
    n_pad = (n_fft - hop_length) // 2
    return padded_frames(waveform, (n_pad, n_pad), n_fft, n_fft // 2)


@exercise.misconception(
    "Size and step are swapped: a frame has n_fft samples and the next starts hop_length later."
)
def size_and_step_swapped(waveform, n_fft, hop_length):
    n_pad = (n_fft - hop_length) // 2
    return padded_frames(waveform, (n_pad, n_pad), hop_length, n_fft)


@exercise.misconception("A frame has n_fft samples: hop_length is the step to the next one.")
def frames_of_a_hop(waveform, n_fft, hop_length):
    n_pad = (n_fft - hop_length) // 2
    return padded_frames(waveform, (n_pad, n_pad), hop_length, hop_length)


@exercise.misconception("A new frame starts at every sample: every hop_length samples.")
def hop_of_one(waveform, n_fft, hop_length):
    n_pad = (n_fft - hop_length) // 2
    return padded_frames(waveform, (n_pad, n_pad), n_fft, 1)


@exercise.misconception("Only the first utterance is framed: keep the batch axis.")
def first_utterance(waveform, n_fft, hop_length):
    return mel.frame(waveform, n_fft, hop_length)[:1]


@exercise.neighbour(first_utterance)
def first_utterance_without_axis(waveform, n_fft, hop_length):
    return mel.frame(waveform, n_fft, hop_length)[0]


@exercise.misconception(
    "The utterances stand in one list: keep the batch axis, (B, frames, n_fft)."
)
def utterances_in_one_list(waveform, n_fft, hop_length):
    return mel.frame(waveform, n_fft, hop_length).flatten(0, 1)


@exercise.misconception("The frames are windowed already: `stft_magnitude` does that.")
def windowed(waveform, n_fft, hop_length):
    return mel.frame(waveform, n_fft, hop_length) * torch.hann_window(n_fft)


@exercise.misconception(
    "Where n_fft - hop is odd you pad one sample more, at one end or both, which may make a frame "
    "more: pad (n_fft - hop) // 2 at both."
)
def odd_rest_at_the_end(waveform, n_fft, hop_length):
    n_pad = (n_fft - hop_length) // 2
    return padded_frames(waveform, (n_pad, n_fft - hop_length - n_pad), n_fft, hop_length)


@exercise.neighbour(odd_rest_at_the_end)
def odd_rest_at_both(waveform, n_fft, hop_length):
    n_pad = (n_fft - hop_length + 1) // 2
    return padded_frames(waveform, (n_pad, n_pad), n_fft, hop_length)


@exercise.neighbour(not_halved)
def padded_by_384(waveform, n_fft, hop_length):
    return padded_frames(waveform, (384, 384), n_fft, hop_length)


@exercise.also_correct
def with_indices(waveform, n_fft, hop_length):
    reject_rank(waveform)
    n_pad = (n_fft - hop_length) // 2
    samples = waveform.shape[1]
    index = torch.arange(-n_pad, samples + n_pad).abs()
    index = samples - 1 - (samples - 1 - index).abs()
    starts = torch.arange(0, len(index) - n_fft + 1, hop_length)
    return waveform[:, index][:, starts[:, None] + torch.arange(n_fft)]


@exercise.also_correct
def frame_by_frame(waveform, n_fft, hop_length):
    reject_rank(waveform)
    n_pad = (n_fft - hop_length) // 2
    left = waveform[:, 1 : n_pad + 1].flip(1)
    right = waveform[:, -n_pad - 1 : -1].flip(1)
    padded = torch.cat([left, waveform, right], dim=1)
    frames = []
    start = 0
    while start + n_fft <= padded.shape[1]:
        frames.append(padded[:, start : start + n_fft])
        start += hop_length
    return torch.stack(frames, dim=1)


@exercise.also_correct
def by_convolution(waveform, n_fft, hop_length):
    reject_rank(waveform)
    n_pad = (n_fft - hop_length) // 2
    padded = torch.cat(
        [waveform[:, 1 : n_pad + 1].flip(1), waveform, waveform[:, -n_pad - 1 : -1].flip(1)], dim=1
    )
    return F.conv1d(padded[:, None], torch.eye(n_fft)[:, None], stride=hop_length).mT
