"""Causal padding."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import encodec

exercise = Exercise(
    id="encodec.causal_pad",
    title="Causal padding",
    target="exercise_lib.encodec:causal_pad",
    solution=encodec.causal_pad,
    todo="10.3",
    points=2,
    difficulty=2,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    n = 23 if hidden else 19

    def args(n_samples: int, kernel_size: int, stride: int, dilation: int = 1) -> dict:
        return {
            "x": normal(rng, 2, 3, n_samples),
            "kernel_size": kernel_size,
            "stride": stride,
            "dilation": dilation,
        }

    return [
        Case("kernel 8, stride 4, three samples too few or one", args=args(n, 8, 4), grad=("x",)),
        Case("kernel 10, stride 5", args=args(n + 3, 10, 5)),
        Case("whole strides", args=args(24 if hidden else 16, 8, 4)),
        Case("stride 1", args=args(n, 7, 1), weight=0.5),
        Case("dilated", args=args(n, 3, 1, 4 if hidden else 2), weight=1.5),
    ]


def amounts(x, kernel_size, stride, dilation):
    return (kernel_size - 1) * dilation + 1 - stride, -x.shape[-1] % stride


def reflect(x, left, right):
    return F.pad(x, (left, right), mode="reflect")


@exercise.misconception(
    "You pad both sides alike, so that each frame sees later samples: all of the padding that "
    "the kernel needs comes first."
)
def on_both_sides(x, kernel_size, stride, dilation):
    left, right = amounts(x, kernel_size, stride, dilation)
    return reflect(x, left - left // 2, left // 2 + right)


@exercise.misconception(
    "You pad at the end what belongs to the beginning: a causal convolution looks back."
)
def at_the_end(x, kernel_size, stride, dilation):
    left, right = amounts(x, kernel_size, stride, dilation)
    return reflect(x, 0, left + right)


@exercise.neighbour(at_the_end)
def sides_exchanged(x, kernel_size, stride, dilation):
    left, right = amounts(x, kernel_size, stride, dilation)
    return reflect(x, right, left)


@exercise.misconception("The padding is zeros: take what the signal has there, mode='reflect'.")
def with_zeros(x, kernel_size, stride, dilation):
    return F.pad(x, amounts(x, kernel_size, stride, dilation))


@exercise.misconception("The edge is repeated: mode='reflect' mirrors the signal at its edge.")
def replicated(x, kernel_size, stride, dilation):
    return F.pad(x, amounts(x, kernel_size, stride, dilation), mode="replicate")


@exercise.neighbour(replicated)
def circular(x, kernel_size, stride, dilation):
    return F.pad(x, amounts(x, kernel_size, stride, dilation), mode="circular")


@exercise.misconception(
    "The last samples are lost where T is no multiple of the stride: pad what lacks at the end."
)
def no_right(x, kernel_size, stride, dilation):
    left, _ = amounts(x, kernel_size, stride, dilation)
    return reflect(x, left, 0)


@exercise.misconception(
    "What lacks of a whole stride is -T % s samples, which is 0 where nothing lacks: not T % s, "
    "and not s - T % s."
)
def remainder(x, kernel_size, stride, dilation):
    left, _ = amounts(x, kernel_size, stride, dilation)
    return reflect(x, left, x.shape[-1] % stride)


@exercise.neighbour(remainder)
def a_stride_too_many(x, kernel_size, stride, dilation):
    left, _ = amounts(x, kernel_size, stride, dilation)
    return reflect(x, left, stride - x.shape[-1] % stride)


@exercise.misconception(
    "You pad (k - 1) d in front, as for stride 1: with a stride s the first frame ends at "
    "sample s, so s - 1 fewer are needed."
)
def as_for_stride_one(x, kernel_size, stride, dilation):
    left, right = amounts(x, kernel_size, stride, dilation)
    return reflect(x, left + stride - 1, right)


@exercise.misconception(
    "You forget the 1 in front: k taps span (k - 1) d + 1 samples, of which s are new."
)
def one_too_few(x, kernel_size, stride, dilation):
    left, right = amounts(x, kernel_size, stride, dilation)
    return reflect(x, max(left - 1, 0), right)


@exercise.neighbour(one_too_few)
def one_too_many(x, kernel_size, stride, dilation):
    left, right = amounts(x, kernel_size, stride, dilation)
    return reflect(x, left + 1, right)


@exercise.misconception(
    "The dilation is left out: k taps at distance d span (k - 1) d + 1 samples."
)
def without_dilation(x, kernel_size, stride, dilation):
    _, right = amounts(x, kernel_size, stride, dilation)
    return reflect(x, kernel_size - stride, right)


@exercise.misconception(
    "k taps have k - 1 gaps between them, so they span (k - 1) d + 1 samples, not k d."
)
def dilated_kernel(x, kernel_size, stride, dilation):
    _, right = amounts(x, kernel_size, stride, dilation)
    return reflect(x, kernel_size * dilation - stride, right)


@exercise.misconception("Nothing is padded.")
def as_it_is(x, kernel_size, stride, dilation):
    return x.clone()


@exercise.also_correct
def in_frames(x, kernel_size, stride, dilation):
    span = (kernel_size - 1) * dilation + 1
    frames = -(-x.shape[-1] // stride)
    right = (frames - 1) * stride + span - (span - stride) - x.shape[-1]
    return F.pad(x, (span - stride, right), mode="reflect")


@exercise.also_correct
def by_hand(x, kernel_size, stride, dilation):
    left, right = (kernel_size - 1) * dilation - (stride - 1), -x.shape[-1] % stride
    front = x[..., 1 : left + 1].flip(-1)
    back = x[..., x.shape[-1] - 1 - right : -1].flip(-1)
    return torch.cat([front, x, back], dim=-1)
