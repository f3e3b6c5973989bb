"""Pooling cascade."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import discriminators
from ...exercise_lib.discriminators import check_audio
from .shared import REJECTED, audio

exercise = Exercise(
    id="discriminators.pooled_scales",
    title="Pooling cascade",
    target="exercise_lib.discriminators:pooled_scales",
    solution=discriminators.pooled_scales,
    todo="4.5",
    points=1,
    difficulty=1,
    minutes=5,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    ones = torch.ones(1, 1, 20 if hidden else 16)
    noise = audio(rng, 3 if hidden else 2, 29 if hidden else 21)
    return [
        Case("ones: the padding counts, the edges read 0.5", args={"x": ones}),
        Case("noise of odd length, with gradient", args={"x": noise}, grad=("x",)),
        Case("four scales", args={"x": noise, "n_scales": 4}),
        Case("one scale", args={"x": noise, "n_scales": 1}),
        Case("rejects 0 scales", args={"x": ones, "n_scales": 0}, **REJECTED),
        Case("rejects audio without channel axis", args={"x": ones[0]}, **REJECTED),
    ]


def cascade(x: Tensor, n_scales: int, pool) -> list[Tensor]:
    """Return x, pool(x), pool(pool(x)), ... for another pool."""
    check_audio(x)
    if n_scales < 1:
        raise ValueError("n_scales must be at least 1")
    scales = [x]
    while len(scales) < n_scales:
        scales.append(pool(scales[-1]))
    return scales


@exercise.misconception(
    "You keep every second sample: without averaging, high frequencies fold down into the low "
    "ones. Pool with avg_pool1d."
)
def decimated(x, n_scales=3):
    return cascade(x, n_scales, lambda x: x[..., ::2])


@exercise.neighbour(decimated)
def every_second_from_the_second(x, n_scales=3):
    return cascade(x, n_scales, lambda x: x[..., 1::2])


@exercise.neighbour(decimated)
def interpolated(x, n_scales=3):
    return cascade(x, n_scales, lambda x: F.interpolate(x, scale_factor=0.5))


@exercise.misconception(
    "Every scale is pooled from the raw audio, so all but the first are the same: pool the scale "
    "before."
)
def not_cascaded(x, n_scales=3):
    raw, *rest = discriminators.pooled_scales(x, n_scales)
    return [raw, *(F.avg_pool1d(raw, 4, 2, padding=2) for _ in rest)]


@exercise.misconception(
    "You pool the raw audio with a longer stride for each scale: the official cascade pools the "
    "scale before, always by AvgPool1d(4, 2, padding=2)."
)
def longer_strides(x, n_scales=3):
    raw, *rest = discriminators.pooled_scales(x, n_scales)
    pools = (2 ** (k + 1) for k in range(len(rest)))
    return [raw, *(F.avg_pool1d(raw, 2 * s, s, padding=s) for s in pools)]


@exercise.neighbour(longer_strides)
def longer_strides_of_one_kernel(x, n_scales=3):
    raw, *rest = discriminators.pooled_scales(x, n_scales)
    pools = (2 ** (k + 1) for k in range(len(rest)))
    return [raw, *(F.avg_pool1d(raw, 4, s, padding=2) for s in pools)]


@exercise.misconception(
    "You average 2 samples every 2: the official kernel is 4 samples long, its averages overlap."
)
def kernel_of_two(x, n_scales=3):
    return cascade(x, n_scales, lambda x: F.avg_pool1d(x, 2, 2, padding=1))


@exercise.misconception(
    "The padding is missing: with 2 samples on each side, 8192 become 4097, not 4095."
)
def pooled_unpadded(x, n_scales=3):
    return cascade(x, n_scales, lambda x: F.avg_pool1d(x, 4, 2))


@exercise.misconception("The padding is 1: it is 2, so that 8192 samples become 4097, not 4096.")
def padding_of_one(x, n_scales=3):
    return cascade(x, n_scales, lambda x: F.avg_pool1d(x, 4, 2, padding=1))


@exercise.misconception(
    "The padded zeros are left out of the mean: the official pool counts them "
    "(count_include_pad=True), so a signal of ones reads 0.5 at its edges."
)
def padding_not_counted(x, n_scales=3):
    def pool(x):
        return F.avg_pool1d(x, 4, 2, padding=2, count_include_pad=False)

    return cascade(x, n_scales, pool)


@exercise.misconception(
    "You take the maximum: it distorts the waveform. MSD averages (avg_pool1d)."
)
def maximum(x, n_scales=3):
    return cascade(x, n_scales, lambda x: F.max_pool1d(x, 4, 2, padding=2))


@exercise.misconception(
    "The stride is 4, the length of the kernel (torch's default): pass stride=2, each scale halves "
    "the rate."
)
def stride_of_kernel(x, n_scales=3):
    return cascade(x, n_scales, lambda x: F.avg_pool1d(x, 4, padding=2))


@exercise.misconception("The raw audio is missing: the first scale is x itself.")
def raw_missing(x, n_scales=3):
    cascade(x, n_scales, lambda x: x)
    return discriminators.pooled_scales(x, n_scales + 1)[1:]


@exercise.misconception("There is one scale too many: n_scales counts the raw audio too.")
def one_too_many(x, n_scales=3):
    cascade(x, n_scales, lambda x: x)
    return discriminators.pooled_scales(x, n_scales + 1)


@exercise.misconception("The scales are in the opposite order: the raw audio comes first.")
def coarsest_first(x, n_scales=3):
    return discriminators.pooled_scales(x, n_scales)[::-1]


@exercise.misconception(
    "You average 2 samples every 2, without padding: it is AvgPool1d(4, 2, padding=2)."
)
def kernel_of_two_unpadded(x, n_scales=3):
    return cascade(x, n_scales, lambda x: F.avg_pool1d(x, 2))


@exercise.misconception("You take the maximum of 2 samples: MSD averages 4 (avg_pool1d).")
def maximum_of_two(x, n_scales=3):
    return cascade(x, n_scales, lambda x: F.max_pool1d(x, 2))


@exercise.misconception(
    "The stride is 4, the length of the kernel (torch's default), and nothing is padded: stride=2,"
    " padding=2."
)
def stride_of_kernel_unpadded(x, n_scales=3):
    return cascade(x, n_scales, lambda x: F.avg_pool1d(x, 4))


@exercise.misconception("Nothing gets shorter: pass stride=2, each scale halves the rate.")
def stride_of_one(x, n_scales=3):
    return cascade(x, n_scales, lambda x: F.avg_pool1d(x, 4, 1, padding=2))


@exercise.neighbour(stride_of_one)
def never_pooled(x, n_scales=3):
    return cascade(x, n_scales, lambda x: x)


@exercise.misconception("The samples are added: pool by their mean.")
def summed(x, n_scales=3):
    return cascade(x, n_scales, lambda x: 4 * F.avg_pool1d(x, 4, 2, padding=2))


@exercise.misconception(
    "The padding holds samples of the audio: the official pool pads with zeros."
)
def mirrored(x, n_scales=3):
    def pool(x):
        return F.avg_pool1d(F.pad(x, (2, 2), "reflect"), 4, 2)

    return cascade(x, n_scales, pool)


@exercise.neighbour(mirrored)
def replicated(x, n_scales=3):
    def pool(x):
        return F.avg_pool1d(F.pad(x, (2, 2), "replicate"), 4, 2)

    return cascade(x, n_scales, pool)


@exercise.misconception("n_scales is fixed in your function: use the argument.")
def three_scales(x, n_scales=3):
    cascade(x, n_scales, lambda x: x)
    return discriminators.pooled_scales(x)


@exercise.misconception("There is one scale too few: n_scales counts the raw audio and the pooled.")
def one_too_few(x, n_scales=3):
    scales = discriminators.pooled_scales(x, n_scales)
    return scales[: max(1, n_scales - 1)]


@exercise.misconception("Only the last scale is returned: return the list of all.")
def last_scale(x, n_scales=3):
    return discriminators.pooled_scales(x, n_scales)[-1]


@exercise.neighbour(last_scale)
def last_scale_in_a_list(x, n_scales=3):
    return discriminators.pooled_scales(x, n_scales)[-1:]


@exercise.misconception("No gradient reaches x: stay in torch, without detach or no_grad.")
def scales_detached(x, n_scales=3):
    return [it.detach() for it in discriminators.pooled_scales(x, n_scales)]


@exercise.misconception("The kernel has another length: 4 samples every 2.")
def kernel_of_three(x, n_scales=3):
    return cascade(x, n_scales, lambda x: F.avg_pool1d(x, 3, 2, padding=1))


@exercise.neighbour(kernel_of_three)
def kernel_of_five(x, n_scales=3):
    return cascade(x, n_scales, lambda x: F.avg_pool1d(x, 5, 2, padding=2))


@exercise.also_correct
def with_pool_module(x, n_scales=3):
    return cascade(x, n_scales, nn.AvgPool1d(kernel_size=4, stride=2, padding=2))


@exercise.also_correct
def as_convolution(x, n_scales=3):
    kernel = torch.full((1, 1, 4), 0.25)
    return cascade(x, n_scales, lambda x: F.conv1d(x, kernel, stride=2, padding=2))


@exercise.also_correct
def with_windows(x, n_scales=3):
    return cascade(x, n_scales, lambda x: F.pad(x, (2, 2)).unfold(-1, 4, 2).sum(-1) / 4)
