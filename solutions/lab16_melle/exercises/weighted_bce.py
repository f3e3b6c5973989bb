"""A rare event counts more."""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import melle

exercise = Exercise(
    id="melle.weighted_bce",
    title="A rare event counts more",
    target="exercise_lib.melle:weighted_bce",
    solution=melle.weighted_bce,
    todo="16.6",
    points=2,
    difficulty=2,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    d = 5 if hidden else 4

    def case(name: str, lengths: list[int], most: int, counts: float, size=1.5, **more) -> Case:
        last, inside = melle.stop_targets(torch.tensor(lengths), most)
        logits = size * normal(rng, len(lengths), most)
        args = {"logits": logits, "last": last, "inside": inside, "positive_weight": counts}
        return Case(name, args=args, **more)

    return [
        case("no padding, with gradients", [6, 6], 6, 10.0, grad=("logits",)),
        case("padding, with gradients", [3, 8, 5], 8, 7.0 if hidden else 4.0, grad=("logits",)),
        case("as many steps as sentences", [*range(1, d + 1)], d, 100.0),
        case("very sure, and often wrong", [4, 6], 6, 5.0, size=300.0, weight=0.5),
    ]


def losses(logits, last, weight):
    return F.binary_cross_entropy_with_logits(
        logits, last, reduction="none", pos_weight=torch.tensor(float(weight))
    )


def mean_inside(values, inside):
    return (values * inside).sum() / inside.sum()


@exercise.misconception("The weight is not used: a last step counts like any other.")
def unweighted(logits, last, inside, positive_weight):
    return mean_inside(losses(logits, last, 1), inside)


@exercise.misconception(
    "The weight lies on the steps that are not the last, which are many already: it belongs to "
    "s = 1."
)
def weight_on_negatives(logits, last, inside, positive_weight):
    return mean_inside(losses(-logits, 1 - last, positive_weight), inside)


@exercise.misconception("The weight lies on all steps: then it only makes the loss larger.")
def weight_on_both(logits, last, inside, positive_weight):
    return positive_weight * mean_inside(losses(logits, last, 1), inside)


@exercise.misconception(
    "You divide by the sum of the weights: the mean is over the number of steps inside."
)
def by_weights(logits, last, inside, positive_weight):
    weights = inside * (1 + (positive_weight - 1) * last)
    return (losses(logits, last, positive_weight) * inside).sum() / weights.sum()


@exercise.misconception("Padding is counted: there is nothing to be said behind a sentence's end.")
def padding_counted(logits, last, inside, positive_weight):
    return losses(logits, last, positive_weight).mean()


@exercise.misconception(
    "Padding is set to 0, but counted in the mean: divide by the number of steps inside."
)
def divided_by_all(logits, last, inside, positive_weight):
    return (losses(logits, last, positive_weight) * inside).mean()


@exercise.neighbour(divided_by_all)
def divided_by_sentences(logits, last, inside, positive_weight):
    return (losses(logits, last, positive_weight) * inside).sum() / len(logits)


@exercise.misconception("The sum is taken: (16.6) is a mean over the steps inside.")
def summed(logits, last, inside, positive_weight):
    return (losses(logits, last, positive_weight) * inside).sum()


@exercise.misconception(
    "Each sentence has the same weight, however short: the mean is over all steps of the batch."
)
def by_sentence(logits, last, inside, positive_weight):
    its = losses(logits, last, positive_weight) * inside
    return (its.sum(1) / inside.sum(1)).mean()


@exercise.misconception(
    "The sigmoid is taken twice: `binary_cross_entropy_with_logits` and `logsigmoid` take logits "
    "as they are."
)
def sigmoid_twice(logits, last, inside, positive_weight):
    return mean_inside(losses(logits.sigmoid(), last, positive_weight), inside)


@exercise.misconception("The logits are taken for probabilities: p is their sigmoid.")
def logits_as_probabilities(logits, last, inside, positive_weight):
    p = logits.clamp(1e-4, 1 - 1e-4)
    said = positive_weight * last * p.log() + (1 - last) * (1 - p).log()
    return -mean_inside(said, inside)


@exercise.misconception("The sign: a loss falls when the prediction becomes right.")
def rewarded(logits, last, inside, positive_weight):
    return -mean_inside(losses(logits, last, positive_weight), inside)


@exercise.misconception(
    "Only last steps count: nothing teaches it to go on, and it stops at once. The other half is "
    "(1 - s) log(1 - p)."
)
def positives_alone(logits, last, inside, positive_weight):
    return -mean_inside(positive_weight * last * F.logsigmoid(logits), inside)


@exercise.neighbour(positives_alone)
def negatives_alone(logits, last, inside, positive_weight):
    return -mean_inside((1 - last) * F.logsigmoid(-logits), inside)


@exercise.misconception("log(1 - p) counts at the last step too: it has a factor (1 - s).")
def negatives_everywhere(logits, last, inside, positive_weight):
    said = positive_weight * last * F.logsigmoid(logits) + F.logsigmoid(-logits)
    return -mean_inside(said, inside)


@exercise.misconception("The targets are turned round: s is 1 at the last step.")
def turned_round(logits, last, inside, positive_weight):
    return mean_inside(losses(logits, 1 - last, positive_weight), inside)


@exercise.misconception("The logarithm is a natural one.")
def base_two(logits, last, inside, positive_weight):
    return mean_inside(losses(logits, last, positive_weight), inside) / math.log(2)


@exercise.misconception(
    "The logarithm of a probability that has become 0 is minus infinity: use F.logsigmoid of the "
    "logit, which stays finite.",
    mild="The formula is right: only very large logits are answered wrongly.",
)
def of_probabilities(logits, last, inside, positive_weight):
    p = logits.sigmoid()
    said = positive_weight * last * p.log() + (1 - last) * (1 - p).log()
    return -mean_inside(said, inside)


@exercise.misconception(
    "Probabilities are kept from 0 by hand, so the loss of a very wrong gate is cut off: use "
    "F.logsigmoid of the logit, which stays finite without it.",
    mild="The formula is right: only very large logits are answered wrongly.",
)
def of_clamped_probabilities(logits, last, inside, positive_weight):
    p = logits.sigmoid().clamp(1e-7, 1 - 1e-7)
    said = positive_weight * last * p.log() + (1 - last) * (1 - p).log()
    return -mean_inside(said, inside)


@exercise.neighbour(
    of_clamped_probabilities,
    mild="The formula is right: only very large logits are answered wrongly.",
)
def clamped_earlier(logits, last, inside, positive_weight):
    p = logits.sigmoid().clamp(1e-6, 1 - 1e-6)
    said = positive_weight * last * p.log() + (1 - last) * (1 - p).log()
    return -mean_inside(said, inside)


@exercise.neighbour(
    of_clamped_probabilities,
    mild="The formula is right: only very large logits are answered wrongly.",
)
def of_probabilities_and_a_little(logits, last, inside, positive_weight):
    p = logits.sigmoid()
    said = positive_weight * last * (p + 1e-8).log() + (1 - last) * (1 - p + 1e-8).log()
    return -mean_inside(said, inside)


@exercise.also_correct
def by_torch(logits, last, inside, positive_weight):
    return F.binary_cross_entropy_with_logits(
        logits[inside], last[inside], pos_weight=torch.tensor(float(positive_weight))
    )


@exercise.also_correct
def by_softplus(logits, last, inside, positive_weight):
    wrong = torch.where(last > 0, positive_weight * F.softplus(-logits), F.softplus(logits))
    return wrong[inside].mean()


@exercise.also_correct
def by_weights_of_steps(logits, last, inside, positive_weight):
    weights = inside * torch.where(last.bool(), float(positive_weight), 1.0)
    total = F.binary_cross_entropy_with_logits(logits, last, weights, reduction="sum")
    return total / inside.sum()
