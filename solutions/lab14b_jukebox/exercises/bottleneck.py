"""The bottleneck of a level."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import vq_music

exercise = Exercise(
    id="vq_music.bottleneck",
    title="Latents to codes",
    target="exercise_lib.vq_music:bottleneck",
    solution=vq_music.bottleneck,
    todo="14.11",
    points=3,
    difficulty=3,
    minutes=20,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    d, k = (5, 7) if hidden else (4, 6)

    def case(name: str, b: int, d: int, t: int, k: int) -> Case:
        lengths = torch.from_numpy(rng.uniform(0.3, 2.5, (k, 1))).float()
        args = {"z": 1.5 * normal(rng, b, d, t), "codebook": lengths * normal(rng, k, d)}
        return Case(name, args=args, grad=("z", "codebook"))

    return [
        case("two sounds, with gradients", 2, d, 9, k),
        case("as many latents as numbers, with gradients", 3, d, d, k),
        case("as many sounds as numbers and latents, with gradients", d, d, d, d),
        case("one sound, more codes than latents, with gradients", 1, 3, 4, 20),
    ]


def codes_of(z, codebook):
    distances = torch.cdist(z.mT.flatten(0, 1), codebook)
    return distances.argmin(1).unflatten(0, (len(z), -1))


def nearest(z, codebook):
    """Return the codes and their vectors as latents, with the codebook's gradient."""
    codes = codes_of(z, codebook)
    return codes, codebook[codes].mT


def passed(z, q):
    return z + (q - z).detach()


@exercise.misconception(
    "The commitment is on the wrong side: it pulls codes to latents, which moving averages do "
    "already, and leaves the encoder alone. Stop the gradient of q, not of z."
)
def codes_pulled(z, codebook):
    codes, q = nearest(z, codebook)
    return passed(z, q), codes, F.mse_loss(q, z.detach())


@exercise.misconception(
    "The commitment is measured behind the straight-through step, where nothing is left of the "
    "difference for a gradient: take z as the encoder gave it, and q."
)
def loss_behind(z, codebook):
    codes, q = nearest(z, codebook)
    y = passed(z, q)
    return y, codes, F.mse_loss(y, q.detach())


@exercise.neighbour(loss_behind)
def all_stopped(z, codebook):
    codes, q = nearest(z, codebook)
    return passed(z, q), codes, F.mse_loss(z, q).detach()


@exercise.misconception(
    "Both sides of the commitment have a gradient: the codebook follows by moving averages, so "
    "stop the gradient of q."
)
def both_pulled(z, codebook):
    codes, q = nearest(z, codebook)
    return passed(z, q), codes, F.mse_loss(z, q)


@exercise.misconception(
    "The value is right, but no gradient passes to the encoder, which would never learn from the "
    "sound: y = z + sg[q - z]."
)
def not_passed(z, codebook):
    codes, q = nearest(z, codebook)
    return q.detach(), codes, F.mse_loss(z, q.detach())


@exercise.neighbour(not_passed)
def codes_get_it(z, codebook):
    codes, q = nearest(z, codebook)
    return q, codes, F.mse_loss(z, q.detach())


@exercise.misconception(
    "The decoder gets z itself: on the way forward y has to have the values of q, or nothing is "
    "quantised."
)
def not_quantized(z, codebook):
    codes, q = nearest(z, codebook)
    return z.clone(), codes, F.mse_loss(z, q.detach())


@exercise.misconception(
    "The codebook gets the decoder's gradient as well: stop that of the whole step q - z."
)
def step_not_stopped(z, codebook):
    codes, q = nearest(z, codebook)
    return z - z.detach() + q, codes, F.mse_loss(z, q.detach())


@exercise.misconception(
    "Numbers of different latents are mixed: z is `(B, d, T)`, and a row for `cdist` is the d "
    "numbers of one moment, so move d to the end (.mT) before you flatten."
)
def reshaped(z, codebook):
    rows = z.reshape(-1, z.shape[1])
    codes = torch.cdist(rows, codebook).argmin(1).view(len(z), -1)
    q = codebook[codes].mT.detach()
    return passed(z, q), codes, F.mse_loss(z, q)


@exercise.neighbour(reshaped)
def reshaped_there_and_back(z, codebook):
    rows = z.reshape(-1, z.shape[1])
    codes = torch.cdist(rows, codebook).argmin(1)
    q = codebook[codes].reshape(z.shape).detach()
    return passed(z, q), codes.view(len(z), -1), F.mse_loss(z, q)


@exercise.neighbour(reshaped)
def reshaped_back(z, codebook):
    codes = codes_of(z, codebook)
    q = codebook[codes].reshape(z.shape).detach()
    return passed(z, q), codes, F.mse_loss(z, q)


@exercise.misconception(
    "Codes of one sound stand in another's row: moments are flattened before sounds. The rows of "
    "z.mT.flatten(0, 1) are sound after sound."
)
def moments_first(z, codebook):
    rows = z.permute(2, 0, 1).flatten(0, 1)
    codes = torch.cdist(rows, codebook).argmin(1).view(len(z), -1)
    q = codebook[codes].mT.detach()
    return passed(z, q), codes, F.mse_loss(z, q)


@exercise.misconception("These are the farthest codes: argmin of the distances.")
def farthest(z, codebook):
    codes = torch.cdist(z.mT.flatten(0, 1), codebook).argmax(1).unflatten(0, (len(z), -1))
    q = codebook[codes].mT.detach()
    return passed(z, q), codes, F.mse_loss(z, q)


@exercise.misconception(
    "Codes are chosen by their product with z: then long codes win. Choose by the distance."
)
def by_product(z, codebook):
    codes = (z.mT @ codebook.T).argmax(-1)
    q = codebook[codes].mT.detach()
    return passed(z, q), codes, F.mse_loss(z, q)


@exercise.misconception(
    "The commitment is a sum: take the mean, or long sounds and wide latents weigh more."
)
def summed(z, codebook):
    codes, q = nearest(z, codebook)
    return passed(z, q), codes, (z - q.detach()).square().sum()


@exercise.neighbour(summed)
def summed_over_numbers(z, codebook):
    codes, q = nearest(z, codebook)
    return passed(z, q), codes, (z - q.detach()).square().sum(1).mean()


@exercise.misconception("The commitment is squared: mean (z - q)^2, neither absolute nor a root.")
def absolute(z, codebook):
    codes, q = nearest(z, codebook)
    return passed(z, q), codes, (z - q.detach()).abs().mean()


@exercise.neighbour(absolute)
def root(z, codebook):
    codes, q = nearest(z, codebook)
    return passed(z, q), codes, F.mse_loss(z, q.detach()).sqrt()


@exercise.misconception(
    "There is a weight in the commitment: the task multiplies it by .25 itself, return L as it is."
)
def weighted(z, codebook):
    codes, q = nearest(z, codebook)
    return passed(z, q), codes, 0.25 * F.mse_loss(z, q.detach())


@exercise.neighbour(weighted)
def weighted_less(z, codebook):
    codes, q = nearest(z, codebook)
    return passed(z, q), codes, 0.02 * F.mse_loss(z, q.detach())


@exercise.also_correct
def by_squares(z, codebook):
    distances = codebook.square().sum(1)[:, None] - 2 * codebook @ z  # (B, K, T)
    codes = distances.argmin(dim=1)
    q = F.embedding(codes, codebook.detach()).transpose(1, 2)
    return q + z - z.detach(), codes, (z - q).pow(2).mean()


@exercise.also_correct
def sound_by_sound(z, codebook):
    rows = [((it.T[:, None] - codebook) ** 2).sum(-1).argmin(-1) for it in z]
    codes = torch.stack(rows)
    q = torch.stack([codebook[row].T for row in rows]).detach()
    return z + (q - z).detach(), codes, torch.mean((q - z) ** 2)
