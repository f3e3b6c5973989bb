"""The discriminator's step."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from autograder.builder.answers import answer
from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case
from exercise_lib.check.toys.discriminator import toy_discriminator

from ...exercise_lib import losses

exercise = Exercise(
    id="gan.discriminator_step_loss",
    title="The discriminator's step",
    target="notebook",
    solution=answer(__package__, "discriminator_step_loss"),
    todo="3.6",
    points=2,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    sizes = [(3, 1, 9), (1, 1, 21)] if hidden else [(2, 1, 12), (1, 1, 16)]

    def arguments(*shape: int) -> dict[str, Any]:
        y, y_hat = normal(rng, *shape), normal(rng, *shape)
        return {"discriminator": toy_discriminator, "y": y, "y_hat": y_hat}

    return [
        Case("the loss", args=arguments(*sizes[0])),
        Case("no gradient into y_hat", args=arguments(*sizes[0]), grad=("y", "y_hat")),
        Case("other lengths", args=arguments(*sizes[1]), grad=("y", "y_hat")),
    ]


@exercise.misconception(
    "The gradient flows on into y_hat, so this step would also train the generator: detach y_hat."
)
def step_without_detach(discriminator, y, y_hat):
    logits_real, logits_fake, _, _ = discriminator(y, y_hat)
    return losses.discriminator_loss(logits_real, logits_fake)


@exercise.misconception("You detach the real speech instead of the generated one.")
def step_detaches_real(discriminator, y, y_hat):
    return step_without_detach(discriminator, y.detach(), y_hat)


@exercise.misconception(
    "Nothing has a gradient any more (no_grad, or detached logits), so the discriminator can't "
    "learn: detach y_hat before it is judged, and only that."
)
def step_without_gradient(discriminator, y, y_hat):
    with torch.no_grad():
        return step_without_detach(discriminator, y, y_hat)


@exercise.misconception(
    "Real and generated are swapped on their way into the loss: real speech should score 1."
)
def step_swapped(discriminator, y, y_hat):
    logits_real, logits_fake, _, _ = discriminator(y, y_hat.detach())
    return losses.discriminator_loss(logits_fake, logits_real)


@exercise.misconception("This is the generator's loss (3.2): the discriminator's is (3.1).")
def step_generator_loss(discriminator, y, y_hat):
    return losses.generator_loss(discriminator(y, y_hat.detach())[1])


@exercise.misconception(
    "Only the first sub-discriminator counts in your loss: pass on the whole lists of logits."
)
def step_first_only(discriminator, y, y_hat):
    logits_real, logits_fake, _, _ = discriminator(y, y_hat.detach())
    return losses.discriminator_loss(logits_real[:1], logits_fake[:1])


@exercise.also_correct
def step_with_no_grad_copy(discriminator, y, y_hat):
    with torch.no_grad():
        fixed = y_hat * 1
    judged = discriminator(y, fixed)
    return losses.discriminator_loss(judged[0], judged[1])


@exercise.also_correct
def step_written_out(discriminator, y, y_hat):
    logits_real, logits_fake, *_ = discriminator(y, y_hat.clone().detach())
    loss = torch.zeros(())
    for real, fake in zip(logits_real, logits_fake, strict=True):
        loss = loss + F.mse_loss(real, torch.ones_like(real)) + (fake * fake).mean()
    return loss
