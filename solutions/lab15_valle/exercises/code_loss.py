"""The loss of the codes."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import codec_lm
from .shared import numbers, of_lengths

exercise = Exercise(
    id="codec_lm.code_loss",
    title="The loss of what is said",
    target="exercise_lib.codec_lm:code_loss",
    solution=codec_lm.code_loss,
    todo="15.3",
    points=2,
    difficulty=2,
    minutes=15,
)

IGNORED = codec_lm.IGNORED


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    k = 6 if hidden else 5

    def case(name: str, lengths: list[int], n_prefix: int) -> Case:
        b, t = len(lengths), max(lengths)
        is_target = of_lengths(*lengths, longest=t)
        args = {
            "logits": 2 * normal(rng, b, n_prefix + t, k),
            "targets": numbers(rng, k, b, t).masked_fill(~is_target, IGNORED),
        }
        return Case(name, args=args, grad=("logits",))

    return [
        case("two lengths", [4, 2], 3),
        case("a long prefix", [3, 1, 2], 7),
        case("as many rows as codes", [k, 2, 3, 1, 4, 2][:k], 2),
        case("a prefix as long as the audio", [4, 3], 4),
        case("without padding", [3, 3], 2),
    ]


def said(logits, targets):
    return logits[:, -targets.shape[1] :]


def costs(logits, targets):
    """Of each place `(B, T)`, 0 where nothing counts."""
    return F.cross_entropy(logits.mT, targets, ignore_index=IGNORED, reduction="none")


@exercise.misconception(
    "You compare targets with what is said on the prefix: the audio is at the end, the last places "
    "of the logits."
)
def first_places(logits, targets):
    return F.cross_entropy(logits[:, : targets.shape[1]].mT, targets, ignore_index=IGNORED)


@exercise.misconception(
    "Targets are one place off: they are shifted already, so the last T + 1 logits belong to the "
    "T + 1 targets."
)
def shifted_again(logits, targets):
    moved = logits[:, -targets.shape[1] - 1 : -1]
    return F.cross_entropy(moved.mT, targets, ignore_index=IGNORED)


@exercise.neighbour(shifted_again)
def shifted_within(logits, targets):
    its = said(logits, targets)
    return F.cross_entropy(its[:, :-1].mT, targets[:, 1:], ignore_index=IGNORED)


@exercise.misconception(
    "The prefix counts too: text and prompt are given and no code is to be said there. Cut the "
    "logits to the places of the targets."
)
def prefix_counts(logits, targets):
    n_prefix = logits.shape[1] - targets.shape[1]
    padded = F.pad(targets, (n_prefix, 0), value=0)
    return F.cross_entropy(logits.mT, padded, ignore_index=IGNORED)


@exercise.misconception(
    "Padding counts as code 0: rows that are short pull the model towards one code. What is "
    "IGNORED has no part in sum or mean."
)
def padding_as_code(logits, targets):
    return F.cross_entropy(said(logits, targets).mT, targets.clamp(min=0))


@exercise.misconception(
    "You divide by all places, of padding as well: N counts those alone that have a target."
)
def divided_by_all(logits, targets):
    return costs(said(logits, targets), targets).mean()


@exercise.misconception(
    "A mean of the rows' means: short utterances weigh as much as long ones. Take the mean over "
    "all places that count, at once."
)
def mean_of_rows(logits, targets):
    cost = costs(said(logits, targets), targets)
    return (cost.sum(1) / (targets != IGNORED).sum(1)).mean()


@exercise.misconception("This is a sum: the mean over what counts does not grow with the batch.")
def summed(logits, targets):
    return costs(said(logits, targets), targets).sum()


@exercise.neighbour(summed)
def summed_over_time(logits, targets):
    return costs(said(logits, targets), targets).sum(1).mean()


@exercise.misconception(
    "The softmax is applied twice: cross_entropy takes logits, not probabilities."
)
def softmax_twice(logits, targets):
    return F.cross_entropy(said(logits, targets).softmax(-1).mT, targets, ignore_index=IGNORED)


@exercise.misconception("The softmax goes along time: it is over the K codes, the last axis.")
def softmax_over_time(logits, targets):
    log = said(logits, targets).log_softmax(1)
    found = log.gather(2, targets.clamp(min=0)[..., None])[..., 0]
    return -found[targets != IGNORED].mean()


@exercise.misconception("The sign is missing: a loss is minus the log probability.")
def not_negated(logits, targets):
    return -F.cross_entropy(said(logits, targets).mT, targets, ignore_index=IGNORED)


@exercise.misconception(
    "The end does not count: EOS is a target as any code. Without it speech never ends."
)
def last_dropped(logits, targets):
    places = torch.arange(targets.shape[1])
    last = (targets != IGNORED).sum(1, keepdim=True) - 1
    return F.cross_entropy(
        said(logits, targets).mT, targets.masked_fill(places == last, IGNORED), ignore_index=IGNORED
    )


@exercise.misconception(
    "Logits are reshaped, which mixes places and codes: `.mT` exchanges the last two axes."
)
def reshaped(logits, targets):
    its = said(logits, targets)
    return F.cross_entropy(its.reshape(its.mT.shape), targets, ignore_index=IGNORED)


@exercise.also_correct
def by_log_softmax(logits, targets):
    log = logits[:, logits.shape[1] - targets.shape[1] :].log_softmax(-1)
    counts = targets >= 0
    found = log.gather(-1, targets.clamp(min=0).unsqueeze(-1)).squeeze(-1)
    return -(found * counts).sum() / counts.sum()


@exercise.also_correct
def of_what_counts(logits, targets):
    n_prefix = logits.shape[1] - targets.shape[1]
    counts = targets != IGNORED
    return F.cross_entropy(logits[:, n_prefix:][counts], targets[counts])
