"""The training step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from autograder.builder.answers import answer
from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case
from exercise_lib.check.toys.features import log_magnitudes

from ...exercise_lib import losses

update = answer(__package__, "update")


exercise = Exercise(
    id="gan.training_step",
    title="The training step",
    target="notebook",
    solution=answer(__package__, "training_step"),
    todo="5.7",
    points=3,
    difficulty=3,
    minutes=20,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    def case(name: str, *shape: int) -> Case:
        args = {"y": normal(rng, *shape), "log_mel": log_magnitudes}
        return Case(name, probe="training", args=args)

    if hidden:
        return [case("two steps", 3, 1, 32), case("one utterance", 1, 1, 64)]
    return [case("two steps", 2, 1, 32)]


def take_turns(
    players: Sequence[Any],
    y: Tensor,
    log_mel: Callable[[Tensor], Tensor],
    for_d: Callable[[Tensor], Tensor] = Tensor.detach,
    for_g: Callable[[Tensor], Tensor] = lambda y_hat: y_hat,
    loss_of_d: Callable[[Any], Tensor] = lambda judged: losses.discriminator_loss(*judged[:2]),
    loss_of_g: Callable[..., Tensor] = losses.generator_total,
    adversarial: Callable[[Any], Tensor] = lambda judged: losses.generator_loss(judged[1]),
    matching: Callable[[Any], Tensor] = lambda judged: losses.feature_matching_loss(*judged[2:]),
    learning: Sequence[str] = ("D", "G"),
) -> tuple[float, float]:
    """The solution with one step changed."""
    make, discriminator, optimizer_g, optimizer_d = players
    y_hat = make(log_mel(y.squeeze(1)))
    mel_loss = losses.mel_l1_loss(y.squeeze(1), y_hat.squeeze(1), log_mel)
    found = {}
    for player in learning:
        if player == "D":
            found[player] = loss_of_d(discriminator(y, for_d(y_hat)))
            update(optimizer_d, found[player])
        else:
            judged = discriminator(y, for_g(y_hat))
            found[player] = loss_of_g(adversarial(judged), matching(judged), mel_loss)
            update(optimizer_g, found[player])
    return found["D"].item(), found["G"].item()


@exercise.misconception(
    "The gradient of D's loss flows on into the generated speech: judge y_hat.detach() in D's "
    "step. With a real generator this also uses up its graph, and G's backward fails."
)
def turn_without_detach(*players, y, log_mel):
    return take_turns(players, y, log_mel, for_d=lambda y_hat: y_hat)


@exercise.misconception(
    "y_hat is detached in G's step too, so G learns from the mel loss only: there the gradient has "
    "to flow through D into G."
)
def turn_detaches_for_g(*players, y, log_mel):
    return take_turns(players, y, log_mel, for_g=Tensor.detach)


@exercise.misconception(
    "The logits of y_hat are detached in D's step, so D learns nothing from generated speech: "
    "detach y_hat before it is judged."
)
def turn_detaches_logits(*players, y, log_mel):
    def loss(judged: Any) -> Tensor:
        return losses.discriminator_loss(judged[0], [it.detach() for it in judged[1]])

    return take_turns(players, y, log_mel, loss_of_d=loss)


@exercise.misconception("The detaches are exchanged: y_hat is detached in D's step, not in G's.")
def turn_detaches_exchanged(*players, y, log_mel):
    return take_turns(players, y, log_mel, for_d=lambda y_hat: y_hat, for_g=Tensor.detach)


@exercise.misconception(
    "G learns from the judgement that D's step has already used: D has changed since, and the "
    "graph is gone. Call the discriminator again."
)
def turn_judges_once(generator, discriminator, optimizer_g, optimizer_d, y, log_mel):
    kept: list[Any] = []

    def judge_once(y: Tensor, y_hat: Tensor) -> Any:
        if not kept:
            kept.append(discriminator(y, y_hat))
        return kept[0]

    players = generator, judge_once, optimizer_g, optimizer_d
    return take_turns(players, y, log_mel, for_d=lambda y_hat: y_hat)


@exercise.misconception(
    "G learns from the D of before this step: D learns first, then judges y_hat anew for G."
)
def turn_of_g_first(*players, y, log_mel):
    return take_turns(players, y, log_mel, learning=("G", "D"))


@exercise.misconception(
    "The optimizers are exchanged: optimizer_d steps on D's loss, optimizer_g on G's."
)
def turn_with_exchanged_optimizers(generator, discriminator, optimizer_g, optimizer_d, y, log_mel):
    return take_turns((generator, discriminator, optimizer_d, optimizer_g), y, log_mel)


@exercise.misconception(
    "Real and generated are swapped on their way into D's loss: real speech should score 1."
)
def turn_swapped(*players, y, log_mel):
    return take_turns(
        players,
        y,
        log_mel,
        loss_of_d=lambda judged: losses.discriminator_loss(judged[1], judged[0]),
    )


@exercise.misconception(
    "G's adversarial loss looks at the logits of the real speech: G wants the generated to score 1."
)
def turn_with_real_logits(*players, y, log_mel):
    return take_turns(
        players, y, log_mel, adversarial=lambda judged: losses.generator_loss(judged[0])
    )


@exercise.misconception(
    "The mel loss is missing from G's total: pass mel_loss to generator_total, it teaches most."
)
def turn_without_mel(*players, y, log_mel):
    return take_turns(
        players, y, log_mel, loss_of_g=lambda a, fm, m: losses.generator_total(a, fm, 0 * m)
    )


@exercise.misconception(
    "Feature matching is missing from G's total: it needs both lists of feature maps."
)
def turn_without_matching(*players, y, log_mel):
    return take_turns(players, y, log_mel, matching=lambda judged: torch.zeros(()))


@exercise.misconception(
    "The three parts of G's loss are added without their weights: use your generator_total."
)
def turn_unweighted(*players, y, log_mel):
    return take_turns(players, y, log_mel, loss_of_g=lambda a, fm, m: a + fm + m)


@exercise.misconception(
    "The mel loss is weighted twice: `generator_total` multiplies it by lambda_mel itself."
)
def turn_weighs_mel_twice(*players, y, log_mel):
    def loss(adversarial: Tensor, matching: Tensor, mel_loss: Tensor) -> Tensor:
        return losses.generator_total(adversarial, matching, 45 * mel_loss)

    return take_turns(players, y, log_mel, loss_of_g=loss)


@exercise.misconception(
    "Feature matching is weighted twice: `generator_total` multiplies it by lambda_fm itself."
)
def turn_weighs_matching_twice(*players, y, log_mel):
    def loss(adversarial: Tensor, matching: Tensor, mel_loss: Tensor) -> Tensor:
        return losses.generator_total(adversarial, 2 * matching, mel_loss)

    return take_turns(players, y, log_mel, loss_of_g=loss)


@exercise.misconception("The losses are returned in the other order: D's first, then G's.")
def turn_returns_g_first(*players, y, log_mel):
    return take_turns(players, y, log_mel)[::-1]


@exercise.misconception(
    "D learns from G's loss as well, whose backward adds to D's gradients before its step: update "
    "D first, then judge again and update G."
)
def turn_goes_back_for_both(generator, discriminator, optimizer_g, optimizer_d, y, log_mel):
    y_hat = generator(log_mel(y.squeeze(1)))
    mel_loss = losses.mel_l1_loss(y.squeeze(1), y_hat.squeeze(1), log_mel)
    loss_d = losses.discriminator_loss(*discriminator(y, y_hat.detach())[:2])
    _, fake, *maps = discriminator(y, y_hat)
    matching = losses.feature_matching_loss(*maps)
    loss_g = losses.generator_total(losses.generator_loss(fake), matching, mel_loss)
    for optimizer in (optimizer_d, optimizer_g):
        optimizer.zero_grad()
    for loss in (loss_d, loss_g):
        loss.backward()
    for optimizer in (optimizer_d, optimizer_g):
        optimizer.step()
    return loss_d, loss_g


@exercise.misconception(
    "D's loss is worked out, but D does not learn: its optimizer must step on the loss, in update."
)
def turn_without_update_of_d(generator, discriminator, optimizer_g, optimizer_d, y, log_mel):
    class Resting:
        zero_grad = optimizer_d.zero_grad

        def step(self) -> None:
            pass

    return take_turns((generator, discriminator, optimizer_g, Resting()), y, log_mel)


@exercise.also_correct
def turn_with_a_copy(generator, discriminator, optimizer_g, optimizer_d, y, log_mel):
    """D's step on speech generated under no_grad; every step of an optimizer written out."""
    with torch.no_grad():
        fixed = generator(log_mel(y.squeeze(1))).clone()
    real, fake, *_ = discriminator(y, fixed)
    loss_d = losses.discriminator_loss(real, fake)
    optimizer_d.zero_grad()
    loss_d.backward()
    optimizer_d.step()
    y_hat = generator(log_mel(y.squeeze(1)))
    _, fake, real_maps, fake_maps = discriminator(y, y_hat)
    mel_loss = losses.mel_l1_loss(y.squeeze(1), y_hat.squeeze(1), log_mel)
    matching = losses.feature_matching_loss(real_maps, fake_maps)
    loss_g = losses.generator_loss(fake) + 2 * matching + 45 * mel_loss
    optimizer_g.zero_grad()
    loss_g.backward()
    optimizer_g.step()
    return float(loss_d.detach()), float(loss_g.detach())


@exercise.also_correct
def turn_with_real_maps_detached(*players, y, log_mel):
    """The real side of feature matching needs no gradient."""
    return take_turns(
        players,
        y,
        log_mel,
        for_d=lambda y_hat: y_hat.detach().clone(),
        matching=lambda judged: losses.feature_matching_loss(
            [[layer.detach() for layer in layers] for layers in judged[2]], judged[3]
        ),
    )


@exercise.also_correct
def turn_with_frozen_discriminator(g, d, opt_g, opt_d, real, phi):
    """D is frozen in G's step, real speech is data, and the parts go back one by one."""
    y_hat = g(phi(real.squeeze(1)))
    loss_d = losses.discriminator_loss(*d(real.detach(), y_hat.detach())[:2])
    update(opt_d, loss_d)
    d.requires_grad_(False)
    judged = d(real, y_hat)
    adversarial, matching = (
        losses.generator_loss(judged[1]),
        losses.feature_matching_loss(*judged[2:]),
    )
    mel_loss = losses.mel_l1_loss(real.squeeze(1), y_hat.squeeze(1), phi)
    opt_g.zero_grad()
    for part in (adversarial, 2 * matching, 45 * mel_loss):
        part.backward(retain_graph=True)
    opt_g.step()
    d.requires_grad_(True)
    return loss_d.item(), losses.generator_total(adversarial, matching, mel_loss).item()


@exercise.also_correct
def turn_with_gradients_set_by_hand(generator, discriminator, optimizer_g, optimizer_d, y, log_mel):
    with torch.no_grad():
        generated = generator(log_mel(y.squeeze(1)))
    loss_d = losses.discriminator_loss(*discriminator(y, generated)[:2])
    update(optimizer_d, loss_d)
    y_hat = generator(log_mel(y.squeeze(1)))
    _, fake, *maps = discriminator(y, y_hat)
    mel_loss = losses.mel_l1_loss(y[:, 0], y_hat[:, 0], log_mel)
    matching = losses.feature_matching_loss(*maps)
    loss_g = losses.generator_total(losses.generator_loss(fake), matching, mel_loss)
    weights = list(generator.parameters())
    for weight, gradient in zip(weights, torch.autograd.grad(loss_g, weights), strict=True):
        weight.grad = gradient
    optimizer_g.step()
    return [loss_d, loss_g]
