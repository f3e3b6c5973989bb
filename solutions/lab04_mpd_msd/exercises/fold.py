"""Folding by a period."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import discriminators
from ...exercise_lib.discriminators import check_audio
from .shared import REJECTED, audio

EXACT: dict[str, Any] = {"rtol": 0, "atol": 1e-6, "why": "copied samples: no rounding"}


exercise = Exercise(
    id="discriminators.fold",
    title="Folding by a period",
    target="exercise_lib.discriminators:fold",
    solution=discriminators.fold,
    todo="4.1",
    points=2,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    whole, period = (20, 5) if hidden else (12, 3)
    ramp = torch.arange(float(whole))[None, None]
    odd, odd_period = (23, 7) if hidden else (11, 4)
    short, short_period = (23, 11) if hidden else (11, 5)
    noise = audio(rng, 3 if hidden else 2, short)
    return [
        Case(
            f"0 ... {whole - 1} by {period}: column 0 is 0, {period}, {2 * period}",
            args={"x": ramp, "period": period},
            **EXACT,
        ),
        Case(
            f"0 ... {odd - 1} by {odd_period}: the end is mirrored",
            args={"x": torch.arange(float(odd))[None, None], "period": odd_period},
            grad=("x",),
            **EXACT,
        ),
        Case(
            "noise, with gradient",
            args={"x": noise, "period": short_period},
            grad=("x",),
            **EXACT,
        ),
        Case("one whole period", args={"x": ramp, "period": whole}, **EXACT),
        Case(
            "rejects audio without channel axis",
            args={"x": ramp[0], "period": period},
            **REJECTED,
        ),
        Case("rejects period 0", args={"x": ramp, "period": 0}, **REJECTED),
    ]


def demand_foldable(x: Tensor, period: int) -> None:
    check_audio(x)
    if not 1 <= period <= x.shape[-1]:
        raise ValueError("period must be from 1 to the number of samples")


def padded(x: Tensor, period: int, mode: str = "reflect") -> Tensor:
    """Pad the end to the next multiple of the period."""
    demand_foldable(x, period)
    return F.pad(x, (0, -x.shape[-1] % period), mode)


def rows(x: Tensor, period: int) -> Tensor:
    return x.reshape(len(x), 1, x.shape[-1] // period, period)


@exercise.misconception(
    "The two sizes are exchanged, view(B, 1, p, T / p): neighbouring samples land in one row and "
    "no column holds every p-th sample. The last axis has p elements."
)
def sizes_exchanged(x, period):
    x = padded(x, period)
    return x.reshape(len(x), 1, period, x.shape[-1] // period)


@exercise.neighbour(sizes_exchanged)
def sizes_exchanged_of_zeros(x, period):
    x = padded(x, period, "constant")
    return x.reshape(len(x), 1, period, x.shape[-1] // period)


@exercise.misconception(
    "The shape is right, but the columns hold neighbouring samples: view(B, 1, p, T / p) and a "
    "transpose is not a fold. Reshape to (B, 1, T / p, p) at once; column 0 must be 0, p, 2p."
)
def transposed_view(x, period):
    return sizes_exchanged(x, period).transpose(2, 3)


@exercise.misconception(
    "Rows and columns are exchanged: the period runs along the last axis, (B, 1, T / p, p)."
)
def columns_first(x, period):
    return discriminators.fold(x, period).transpose(2, 3)


@exercise.neighbour(columns_first)
def columns_first_of_zeros(x, period):
    return rows(padded(x, period, "constant"), period).transpose(2, 3)


@exercise.misconception(
    "The end is padded with zeros: mirror it (mode='reflect'), or the discriminator hears a cut."
)
def zeros_at_the_end(x, period):
    return rows(padded(x, period, "constant"), period)


@exercise.misconception(
    "You repeat the last sample: 'reflect' mirrors around it (7 8 9 | 8 7), 'replicate' does not."
)
def last_sample_repeated(x, period):
    return rows(padded(x, period, "replicate"), period)


@exercise.misconception(
    "You pad on the left, which shifts every sample into another column: pad the end, (0, n_pad)."
)
def padded_on_the_left(x, period):
    demand_foldable(x, period)
    return rows(F.pad(x, (-x.shape[-1] % period, 0), "reflect"), period)


@exercise.neighbour(padded_on_the_left)
def zeros_on_the_left(x, period):
    demand_foldable(x, period)
    return rows(F.pad(x, (-x.shape[-1] % period, 0)), period)


@exercise.misconception("You add a whole period where none is missing: pad only if T % p is not 0.")
def extra_period(x, period):
    demand_foldable(x, period)
    n_pad = period - x.shape[-1] % period
    mirrored = x.flip(-1)[..., 1 : n_pad + 1]
    mirrored = F.pad(mirrored, (0, n_pad - mirrored.shape[-1]))
    return rows(torch.cat([x, mirrored], dim=-1), period)


@exercise.neighbour(extra_period)
def extra_period_mirrored_by_torch(x, period):
    demand_foldable(x, period)
    return rows(F.pad(x, (0, period - x.shape[-1] % period), "reflect"), period)


@exercise.neighbour(extra_period)
def extra_period_mirrored_where_it_can_be(x, period):
    demand_foldable(x, period)
    n_pad = period - x.shape[-1] % period
    return rows(F.pad(x, (0, n_pad), "reflect" if n_pad < x.shape[-1] else "constant"), period)


@exercise.neighbour(extra_period)
def extra_period_of_zeros(x, period):
    demand_foldable(x, period)
    return rows(F.pad(x, (0, period - x.shape[-1] % period)), period)


@exercise.misconception(
    "You drop the samples that fill no whole period: pad the end instead, nothing may be lost."
)
def truncated(x, period):
    demand_foldable(x, period)
    return rows(x[..., : x.shape[-1] // period * period], period)


@exercise.neighbour(truncated)
def front_dropped(x, period):
    demand_foldable(x, period)
    return rows(x[..., x.shape[-1] % period :], period)


@exercise.misconception(
    "The padding is missing, so the reshape fails: if p does not divide T, reflect-pad the end "
    "first."
)
def fold_unpadded(x, period):
    demand_foldable(x, period)
    return rows(x, period)


@exercise.neighbour(fold_unpadded)
def fold_unflattened(x, period):
    demand_foldable(x, period)
    return x.unflatten(-1, (-1, period))


@exercise.neighbour(fold_unpadded)
def fold_unpadded_into_any_rows(x, period):
    demand_foldable(x, period)
    return x.reshape(len(x), 1, -1, period)


@exercise.misconception("You pad by T % p, the samples left over: missing are p - T % p.")
def padded_by_the_remainder(x, period):
    demand_foldable(x, period)
    return rows(F.pad(x, (0, x.shape[-1] % period), "reflect"), period)


@exercise.neighbour(padded_by_the_remainder)
def padded_by_the_remainder_into_any_rows(x, period):
    demand_foldable(x, period)
    return F.pad(x, (0, x.shape[-1] % period), "reflect").reshape(len(x), 1, -1, period)


@exercise.neighbour(padded_by_the_remainder)
def padded_by_the_remainder_and_cut(x, period):
    demand_foldable(x, period)
    x = F.pad(x, (0, x.shape[-1] % period), "reflect")
    return truncated(x, period)


@exercise.misconception("The channel axis is gone: a Conv2d wants (B, 1, T / p, p).")
def channel_lost(x, period):
    return discriminators.fold(x, period).squeeze(1)


@exercise.misconception(
    "No gradient reaches x: stay in torch, or MPD can teach the generator nothing."
)
def fold_detached(x, period):
    return discriminators.fold(x.detach(), period)


@exercise.misconception(
    "The end is padded in another way: 'reflect' mirrors around the last sample (7 8 9 | 8 7)."
)
def edge_repeated(x, period):
    demand_foldable(x, period)
    n_pad = -x.shape[-1] % period
    return rows(torch.cat([x, x[..., x.shape[-1] - n_pad :].flip(-1)], dim=-1), period)


@exercise.neighbour(edge_repeated)
def end_from_the_beginning(x, period):
    demand_foldable(x, period)
    return rows(torch.cat([x, x[..., : -x.shape[-1] % period]], dim=-1), period)


@exercise.neighbour(edge_repeated)
def end_not_flipped(x, period):
    demand_foldable(x, period)
    n_pad = -x.shape[-1] % period
    tail = x[..., -n_pad - 1 : -1] if n_pad else x[..., :0]
    return rows(torch.cat([x, tail], dim=-1), period)


@exercise.neighbour(edge_repeated)
def padded_by_ones(x, period):
    demand_foldable(x, period)
    return rows(F.pad(x, (0, -x.shape[-1] % period), value=1.0), period)


@exercise.misconception("Both sides are padded: the padding belongs to the end alone.")
def padded_on_both_sides(x, period):
    demand_foldable(x, period)
    n_pad = -x.shape[-1] % period
    return rows(F.pad(x, (n_pad // 2, n_pad - n_pad // 2), "reflect"), period)


@exercise.neighbour(padded_on_both_sides)
def whole_padding_on_both_sides(x, period):
    demand_foldable(x, period)
    n_pad = -x.shape[-1] % period
    return F.pad(x, (n_pad, n_pad), "reflect").reshape(len(x), 1, -1, period)


@exercise.misconception("The period is off by one: a row has exactly p samples.")
def period_plus_one(x, period):
    demand_foldable(x, period)
    return discriminators.fold(F.pad(x, (0, 1)), period + 1)


@exercise.misconception("You pad one sample too many: -T % p are missing.")
def one_sample_more(x, period):
    demand_foldable(x, period)
    return F.pad(x, (0, -x.shape[-1] % period + 1), "reflect").reshape(len(x), 1, -1, period)


@exercise.misconception(
    "The batch does not stay on its axis: keep it as the first, (B, 1, T / p, p)."
)
def batch_folded(x, period):
    x = padded(x, period)
    return x.reshape(1, 1, -1, period)


@exercise.neighbour(batch_folded)
def batch_in_the_channel(x, period):
    x = padded(x, period)
    return x.reshape(1, len(x), -1, period)


@exercise.misconception("Only the first utterance is folded: keep the batch axis.")
def first_utterance_folded(x, period):
    return discriminators.fold(x, period)[:1]


@exercise.misconception(
    "Rows or columns run backwards: the first row holds the first samples, in their order."
)
def rows_backwards(x, period):
    return discriminators.fold(x, period).flip(2)


@exercise.neighbour(rows_backwards)
def columns_backwards(x, period):
    return discriminators.fold(x, period).flip(3)


@exercise.also_correct
def with_unflatten(x, period):
    return padded(x, period).unflatten(-1, (-1, period))


@exercise.also_correct
def column_by_column(x, period):
    demand_foldable(x, period)
    n_pad = (period - x.shape[-1]) % period
    if n_pad:
        x = torch.cat([x, x[..., -n_pad - 1 : -1].flip(-1)], dim=-1)
    return torch.stack([x[..., column::period] for column in range(period)], dim=-1)


@exercise.also_correct
def with_unfold(x, period):
    return padded(x, period).unfold(2, period, period)
