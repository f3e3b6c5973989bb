"""A balanced total: a debugging task."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from autograder.builder.answers import answer
from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

exercise = Exercise(
    id="mend.balanced_total",
    title="Find the mistake",
    target="notebook",
    solution=answer(__package__, "balanced_total"),
    todo="3.7",
    points=1,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    names = ("adversarial", "matching", "mel")

    def case(
        name: str, grad: tuple[str, ...] = names, weight: float = 1.0, **changed: Tensor
    ) -> Case:
        losses = 0.2 + normal(rng, 3).abs() * torch.tensor([1.0, 0.3, 9.0])
        args = {it: loss.clone() for it, loss in zip(names, losses, strict=True)}
        return Case(name, args=args | changed, grad=grad, weight=weight)

    return [
        case("the value", grad=(), weight=0.5),
        case("the gradients"),
        case("those of other losses"),
        case("a loss of 0", matching=torch.tensor(0.0)),
    ]


@exercise.misconception(
    "Matching and mel loss still teach nothing: detach the whole weight, and only the weight."
)
def detached_product(adversarial, matching, mel):
    total = adversarial
    for loss in (matching, mel):
        total = total + (adversarial / loss.clamp(min=1e-8) * loss).detach()
    return total


@exercise.misconception(
    "You detach the loss in the weight only, and the adversarial loss counts three times: detach "
    "the whole quotient."
)
def loss_detached(adversarial, matching, mel):
    total = adversarial
    for loss in (matching, mel):
        total = total + adversarial / loss.detach().clamp(min=1e-8) * loss
    return total


@exercise.misconception("The weights are gone: all three should count as much as the first.")
def plain_sum(adversarial, matching, mel):
    return adversarial + matching + mel


@exercise.misconception(
    "The floor under the divisor went lost: a loss of 0 now makes the total NaN. Keep the clamp."
)
def without_floor(adversarial, matching, mel):
    total = adversarial
    for loss in (matching, mel):
        total = total + (adversarial / loss).detach() * loss
    return total


@exercise.misconception(
    "You detach the loss and leave the weight its gradient: it is the other way round, the weight "
    "is a mere number."
)
def loss_in_place_of_weight(adversarial, matching, mel):
    total = adversarial
    for loss in (matching, mel):
        total = total + adversarial / loss.clamp(min=1e-8) * loss.detach()
    return total


@exercise.misconception(
    "Only the numerator is detached: the weight still follows the loss and undoes it. Detach the "
    "whole quotient."
)
def numerator_detached(adversarial, matching, mel):
    total = adversarial
    for loss in (matching, mel):
        total = total + adversarial.detach() / loss.clamp(min=1e-8) * loss
    return total


@exercise.misconception(
    "The weight is upside down: adversarial / loss brings a loss to the size of the first."
)
def upside_down(adversarial, matching, mel):
    total = adversarial
    for loss in (matching, mel):
        total = total + (loss / adversarial.clamp(min=1e-8)).detach() * loss
    return total


@exercise.misconception(
    "The weight follows the running total, so that the mel loss counts twice: weigh each loss by "
    "the adversarial loss alone."
)
def running_total(adversarial, matching, mel):
    total = adversarial
    for loss in (matching, mel):
        total = total + (total / loss.clamp(min=1e-8)).detach() * loss
    return total


@exercise.also_correct
def with_no_grad(adversarial, matching, mel):
    with torch.no_grad():
        weights = [adversarial / it.clamp(min=1e-8) for it in (matching, mel)]
    return adversarial + weights[0] * matching + weights[1] * mel


@exercise.also_correct
def with_items(adversarial, matching, mel):
    scaled = (loss * (adversarial.item() / max(loss.item(), 1e-8)) for loss in (matching, mel))
    return adversarial + sum(scaled)
