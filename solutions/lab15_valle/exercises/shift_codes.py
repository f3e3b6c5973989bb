"""What is read and what is to be said."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import codec_lm
from .shared import numbers

exercise = Exercise(
    id="codec_lm.shift_codes",
    title="Inputs and targets",
    target="exercise_lib.codec_lm:shift_codes",
    solution=codec_lm.shift_codes,
    todo="15.1",
    points=2,
    difficulty=2,
    minutes=15,
)

IGNORED = codec_lm.IGNORED


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    k = 12 if hidden else 9

    def case(name: str, lengths: list[int], longest: int) -> Case:
        args = {
            "codes": numbers(rng, k, len(lengths), longest),
            "lengths": torch.tensor(lengths),
            "bos": k + 1,
            "eos": k,
        }
        return Case(name, args=args)

    return [
        case("three lengths", [5, 2, 4], 5),
        case("as many rows as codes", [1, 4, 2, 3], 4),
        case("no row is full", [3, 1], 6),
        case("one row", [4], 4),
    ]


def ended(codes, lengths, eos):
    """Targets as they should be."""
    places = torch.arange(codes.shape[1] + 1)
    row = F.pad(codes, (0, 1)).masked_fill(places == lengths[:, None], eos)
    return row.masked_fill(places > lengths[:, None], IGNORED)


def begun(codes, bos):
    return F.pad(codes, (1, 0), value=bos)


@exercise.misconception(
    "Nothing is shifted: the model is shown the very code that it is to say. Its loss falls to 0 "
    "within 100 steps, and speech is one code again and again. Inputs begin with BOS."
)
def not_shifted(codes, lengths, bos, eos):
    return F.pad(codes, (0, 1), value=eos), ended(codes, lengths, eos)


@exercise.neighbour(not_shifted)
def both_shifted(codes, lengths, bos, eos):
    places = torch.arange(codes.shape[1] + 1)
    inputs = begun(codes, bos)
    return inputs, inputs.masked_fill(places > lengths[:, None], IGNORED)


@exercise.neighbour(not_shifted)
def both_shifted_and_ended(codes, lengths, bos, eos):
    inputs = begun(codes, bos)
    return inputs, ended(inputs[:, :-1], lengths, eos)


@exercise.misconception(
    "No target is EOS: the model never learns to end, and speaks until it is stopped. Behind the "
    "last code of each row comes EOS."
)
def no_end(codes, lengths, bos, eos):
    places = torch.arange(codes.shape[1] + 1)
    targets = F.pad(codes, (0, 1), value=IGNORED)
    return begun(codes, bos), targets.masked_fill(places >= lengths[:, None], IGNORED)


@exercise.misconception(
    "EOS stands at the end of the batch, not of each row: a short row's end comes right behind its "
    "last code."
)
def end_of_the_batch(codes, lengths, bos, eos):
    places = torch.arange(codes.shape[1])
    targets = codes.masked_fill(places >= lengths[:, None], IGNORED)
    return begun(codes, bos), F.pad(targets, (0, 1), value=eos)


@exercise.neighbour(end_of_the_batch)
def padding_counts(codes, lengths, bos, eos):
    return begun(codes, bos), F.pad(codes, (0, 1), value=eos)


@exercise.misconception(
    "What lies behind the end counts as a target: it is padding, and IGNORED has to stand there."
)
def padding_after_the_end(codes, lengths, bos, eos):
    places = torch.arange(codes.shape[1] + 1)
    targets = F.pad(codes, (0, 1)).masked_fill(places == lengths[:, None], eos)
    return begun(codes, bos), targets


@exercise.neighbour(padding_after_the_end)
def padding_and_an_end_after_the_end(codes, lengths, bos, eos):
    places = torch.arange(codes.shape[1] + 1)
    targets = F.pad(codes, (0, 1), value=eos).masked_fill(places == lengths[:, None], eos)
    return begun(codes, bos), targets


@exercise.misconception(
    "EOS again and again behind the end: it counts once, and behind it everything is IGNORED. Else "
    "short rows teach little but to end."
)
def many_ends(codes, lengths, bos, eos):
    places = torch.arange(codes.shape[1] + 1)
    targets = F.pad(codes, (0, 1)).masked_fill(places >= lengths[:, None], eos)
    return begun(codes, bos), targets


@exercise.misconception(
    "EOS takes the place of the last code, which nobody says then: it comes behind it, at the "
    "place `lengths`."
)
def last_code_lost(codes, lengths, bos, eos):
    places = torch.arange(codes.shape[1] + 1)
    last = lengths[:, None] - 1
    row = F.pad(codes, (0, 1)).masked_fill(places == last, eos)
    return begun(codes, bos), row.masked_fill(places > last, IGNORED)


@exercise.misconception(
    "EOS comes one place too late, and padding is a target: it stands right behind the last code, "
    "at the place `lengths`."
)
def end_too_late(codes, lengths, bos, eos):
    places = torch.arange(codes.shape[1] + 1)
    too_late = lengths[:, None] + 1
    row = F.pad(codes, (0, 1), value=eos).masked_fill(places == too_late, eos)
    return begun(codes, bos), row.masked_fill(places > too_late, IGNORED)


@exercise.misconception(
    "IGNORED stands among the inputs too: it is no code that could be looked up. Inputs are the "
    "codes as they are; only targets are ignored."
)
def inputs_ignored(codes, lengths, bos, eos):
    places = torch.arange(codes.shape[1] + 1)
    inputs = begun(codes, bos).masked_fill(places > lengths[:, None], IGNORED)
    return inputs, ended(codes, lengths, eos)


@exercise.misconception("BOS and EOS are exchanged: BOS begins the inputs, EOS ends the targets.")
def exchanged(codes, lengths, bos, eos):
    return begun(codes, eos), ended(codes, lengths, bos)


@exercise.misconception("Rows begin with a code: BOS stands at the first place of every row.")
def begins_with_zero(codes, lengths, bos, eos):
    return begun(codes, 0), ended(codes, lengths, eos)


@exercise.neighbour(begins_with_zero)
def begins_with_its_last(codes, lengths, bos, eos):
    return torch.cat([codes[:, -1:], codes], 1), ended(codes, lengths, eos)


@exercise.misconception(
    "BOS is a target too: it is given, and never said. Targets begin with the first code."
)
def begin_is_a_target(codes, lengths, bos, eos):
    row = F.pad(ended(codes, lengths, eos), (1, 0), value=bos)
    return begun(codes, bos), row[:, :-1]


@exercise.neighbour(begin_is_a_target)
def one_longer(codes, lengths, bos, eos):
    row = F.pad(ended(codes, lengths, eos), (1, 0), value=bos)
    return F.pad(begun(codes, bos), (0, 1), value=eos), row


@exercise.also_correct
def row_by_row(codes, lengths, bos, eos):
    inputs, targets = [], []
    for row, n in zip(codes.tolist(), lengths.tolist(), strict=True):
        inputs.append([bos, *row])
        targets.append([*row[:n], eos, *[IGNORED] * (len(row) - n)])
    return torch.tensor(inputs), torch.tensor(targets)


@exercise.also_correct
def by_scatter(codes, lengths, bos, eos):
    b, t = codes.shape
    first = torch.full((b, 1), bos, dtype=codes.dtype)
    targets = torch.cat([codes, torch.zeros_like(first)], 1)
    targets.scatter_(1, lengths.unsqueeze(1), eos)
    behind = torch.arange(t + 1).expand(b, -1) > lengths.unsqueeze(1)
    targets[behind] = IGNORED
    return torch.cat([first, codes], 1), targets
