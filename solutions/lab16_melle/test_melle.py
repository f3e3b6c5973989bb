"""The master of MELLE's parts against torch's own and hand-made values."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.distributions import Normal, kl_divergence

from autograder.builder.answers import answer
from solutions.exercise_lib import melle

spread_over_draws = answer("solutions.lab16_melle.exercises", "spread_over_draws")
read_aloud = answer("solutions.lab16_melle.exercises", "read_aloud")


def randn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def close(got: Tensor, expected: Tensor, tolerance: float = 1e-5) -> None:
    torch.testing.assert_close(got, expected, rtol=1e-4, atol=tolerance)


def test_draws_have_the_mean_and_deviation_that_they_are_drawn_with():
    mu, sigma = torch.tensor([0.5, -2.0]), torch.tensor([0.1, 3.0])
    noise = randn(20_000, 2)
    z = melle.latent_sample(mu, 2 * sigma.log(), noise, temperature=0.5)
    close(z.mean(0), mu, 0.05)
    close(z.std(0) / sigma, torch.full((2,), 0.5), 0.02)
    torch.manual_seed(1)
    theirs = Normal(mu, sigma).rsample((3,))
    torch.manual_seed(1)
    close(melle.latent_sample(mu, 2 * sigma.log(), torch.randn(3, 2)), theirs)


def test_both_the_mean_and_the_variance_learn_from_a_draw():
    mu, log_variance, noise = randn(2, 3, 4), randn(2, 3, 4, seed=1), randn(2, 3, 4, seed=2)
    mu.requires_grad_(), log_variance.requires_grad_()
    z = melle.latent_sample(mu, log_variance, noise)
    z.sum().backward()
    close(mu.grad, torch.ones_like(mu))
    close(log_variance.grad, 0.5 * (z - mu).detach())


def test_an_mlp_of_zeros_leaves_latents_as_they_are():
    mlp = nn.Linear(3, 3)
    z = randn(2, 3, 5)
    expected = z + torch.einsum("oi,bit->bot", mlp.weight, z) + mlp.bias[:, None]
    close(melle.residual_frame(z, mlp), expected)
    nn.init.zeros_(mlp.weight), nn.init.zeros_(mlp.bias)
    close(melle.residual_frame(z, mlp), z)


@pytest.mark.parametrize("width", [0.2, 1.0])
def test_the_divergence_equals_torchs_in_value_and_gradients(width):
    mel, mu, log_variance = randn(2, 3, 4), randn(2, 3, 4, seed=1), randn(2, 3, 4, seed=2)
    mu.requires_grad_(), log_variance.requires_grad_()
    inside = torch.tensor([[True] * 4, [True, True, False, False]])
    ours = melle.latent_kl(mu, log_variance, mel, width, inside)
    prior = Normal(mel, torch.tensor(width))
    theirs = kl_divergence(Normal(mu, (0.5 * log_variance).exp()), prior).mT[inside].mean()
    close(ours, theirs)
    for a, b in zip(
        torch.autograd.grad(ours, (mu, log_variance)),
        torch.autograd.grad(theirs, (mu, log_variance)),
        strict=True,
    ):
        close(a, b)


def test_nothing_is_apart_from_itself():
    mel, inside = randn(1, 3, 4), torch.ones(1, 4, dtype=torch.bool)
    same = torch.full_like(mel, 2 * math.log(0.2))
    assert melle.latent_kl(mel, same, mel, 0.2, inside).item() == pytest.approx(0, abs=1e-6)


def test_flux_rewards_steps_and_not_what_stands_still():
    still = torch.ones(1, 2, 5)
    ramp = torch.arange(5.0).expand(1, 2, 5)
    inside = torch.ones(1, 5, dtype=torch.bool)
    assert melle.flux_loss(still, still, inside) == 0
    assert melle.flux_loss(ramp, ramp, inside) == -1
    mu, mel = randn(2, 3, 6), randn(2, 3, 6, seed=1)
    whole = torch.ones(2, 6, dtype=torch.bool)
    close(melle.flux_loss(mu, mel, whole), -F.l1_loss(mu[..., 1:], mel[..., :-1]))


def test_padding_changes_no_loss():
    mu, log_variance, mel = randn(2, 3, 6), randn(2, 3, 6, seed=1), randn(2, 3, 6, seed=2)
    inside = torch.arange(6) < torch.tensor([[6], [3]])

    def losses() -> list[Tensor]:
        kl = melle.latent_kl(mu, log_variance, mel, 0.2, inside)
        return [kl, melle.flux_loss(mu, mel, inside)]

    before = losses()
    for it in (mu, log_variance, mel):
        it[1, :, 3:] = 5.0
    assert losses() == before


def test_one_step_of_each_sentence_is_the_last():
    last, inside = melle.stop_targets(torch.tensor([3, 1]), 4)
    assert last.tolist() == [[0, 0, 1, 0], [1, 0, 0, 0]]
    assert inside.tolist() == [[True, True, True, False], [True, False, False, False]]


def test_the_weighted_loss_equals_torchs_and_stays_finite():
    last, inside = melle.stop_targets(torch.tensor([5, 2, 4]), 5)
    logits = 3 * randn(3, 5)
    theirs = F.binary_cross_entropy_with_logits(
        logits[inside], last[inside], pos_weight=torch.tensor(7.0)
    )
    close(melle.weighted_bce(logits, last, inside, 7.0), theirs)
    assert melle.weighted_bce(1e4 * logits, last, inside, 7.0).isfinite()


def test_the_gate_that_learns_best_opens_at_a_chance_of_one_in_1_plus_w():
    chance, weight = 0.02, 10.0
    last = (torch.rand(1, 50_000, generator=torch.Generator().manual_seed(0)) < chance).float()
    inside = torch.ones(1, 50_000, dtype=torch.bool)
    tried = torch.linspace(-4, 2, 121)
    found = [melle.weighted_bce(it.expand(1, 50_000), last, inside, weight) for it in tried]
    best = tried[int(torch.stack(found).argmin())].sigmoid().item()
    assert best == pytest.approx(weight * chance / (weight * chance + 1 - chance), abs=0.03)


def test_the_spread_leaves_unvoiced_frames_out_and_knows_the_contour():
    f0 = torch.tensor([[100.0, torch.nan, 200.0], [torch.nan, 220.0, torch.nan]])
    shared = torch.tensor([100.0, 200.0, 200.0])
    expected = math.log(1.1) / math.sqrt(2)
    assert spread_over_draws(f0, shared).item() == pytest.approx(expected)


def test_what_was_drawn_is_fed_back():
    heard = []

    def step(frame: Tensor, state: int | None) -> tuple[Tensor, Tensor, float, int]:
        heard.append(frame)
        count = (state or 0) + 1
        return torch.zeros(2, 3), torch.ones(2, 3), float(count == 3), count

    noise = randn(5, 2, 3)
    spoken = read_aloud(step, torch.zeros(2), noise)
    close(spoken, torch.cat(list(noise[:3]), dim=1))
    assert len(heard) == 3
    close(heard[2], noise[1][:, -1])
