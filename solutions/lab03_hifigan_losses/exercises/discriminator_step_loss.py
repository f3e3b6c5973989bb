"""The discriminator's step."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from autograder.builder.answers import answer
from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

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
    return [
        Case(
            name,
            args={"y": normal(rng, *shape), "y_hat": normal(rng, *shape)},
            probe="discriminator_step",
        )
        for name, shape in zip(["a batch", "one utterance"], sizes, strict=True)
    ]


@exercise.misconception(
    "The gradient flows on into y_hat, so this step would also train the generator: detach y_hat."
)
def step_without_detach(discriminator, y, y_hat):
    logits_real, logits_fake, _, _ = discriminator(y, y_hat)
    return losses.discriminator_loss(logits_real, logits_fake)


@exercise.misconception(
    "The logits of y_hat are detached, so the discriminator learns nothing from generated speech: "
    "detach y_hat before it is judged."
)
def step_detaches_logits(discriminator, y, y_hat):
    logits_real, logits_fake, _, _ = discriminator(y, y_hat)
    return losses.discriminator_loss(logits_real, [it.detach() for it in logits_fake])


@exercise.misconception(
    "Nothing has a gradient any more (no_grad, or all logits detached), so the discriminator can't "
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


@exercise.neighbour(step_generator_loss)
def step_generator_loss_with_gradient(discriminator, y, y_hat):
    return losses.generator_loss(discriminator(y, y_hat)[1])


@exercise.misconception(
    "Only the first sub-discriminator counts in your loss: pass on the whole lists of logits."
)
def step_first_only(discriminator, y, y_hat):
    logits_real, logits_fake, _, _ = discriminator(y, y_hat.detach())
    return losses.discriminator_loss(logits_real[:1], logits_fake[:1])


@exercise.misconception("Real speech is judged twice: pass on y and y_hat, in this order.")
def step_judges_real_twice(discriminator, y, y_hat):
    logits_real, logits_fake, _, _ = discriminator(y, y)
    return losses.discriminator_loss(logits_real, logits_fake)


@exercise.misconception("Generated speech is judged twice: pass on y and y_hat, in this order.")
def step_judges_generated_twice(discriminator, y, y_hat):
    _, logits_fake, _, _ = discriminator(y, y_hat.detach())
    return losses.discriminator_loss(logits_fake, logits_fake)


@exercise.misconception("This is feature matching: the discriminator's loss is (3.1), of logits.")
def step_feature_matching(discriminator, y, y_hat):
    _, _, fmaps_real, fmaps_fake = discriminator(y, y_hat.detach())
    return losses.feature_matching_loss(fmaps_real, fmaps_fake)


@exercise.misconception("Two losses are added: the discriminator's step has (3.1) alone.")
def step_adds_generator_loss(discriminator, y, y_hat):
    logits_real, logits_fake, _, _ = discriminator(y, y_hat.detach())
    return losses.discriminator_loss(logits_real, logits_fake) + losses.generator_loss(logits_fake)


@exercise.neighbour(step_adds_generator_loss)
def step_adds_feature_matching(discriminator, y, y_hat):
    logits_real, logits_fake, fmaps_real, fmaps_fake = discriminator(y, y_hat.detach())
    matching = losses.feature_matching_loss(fmaps_real, fmaps_fake)
    return losses.discriminator_loss(logits_real, logits_fake) + matching


@exercise.misconception(
    "The four results are taken in another order: logits of y, logits of y_hat, then feature maps."
)
def step_takes_maps_for_logits(discriminator, y, y_hat):
    logits_real, _, logits_fake, _ = discriminator(y, y_hat.detach())
    return losses.discriminator_loss(logits_real, logits_fake)


@exercise.misconception("You change the loss by a factor or a mean: it is (3.1) as it stands.")
def step_halved(discriminator, y, y_hat):
    return step_without_detach(discriminator, y, y_hat.detach()) / 2


@exercise.misconception(
    "detach_() cuts the caller's own y_hat off its generator: y_hat.detach() makes a new tensor."
)
def step_detaches_in_place(discriminator, y, y_hat):
    return step_without_detach(discriminator, y, y_hat.detach_())


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


@exercise.also_correct
def step_with_both_detached(discriminator, y, y_hat):
    """Nothing learns from the real speech either: it is data."""
    with torch.no_grad():
        real, generated = y.clone(), y_hat.clone()
    return losses.discriminator_loss(*discriminator(y_hat=generated, y=real)[:2])
