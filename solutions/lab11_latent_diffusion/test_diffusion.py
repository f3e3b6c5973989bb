"""The diffusion master against torch's distributions, attention and hand-computed values."""

import math

import pytest
import torch
import torch.nn.functional as F
from solutions.exercise_lib.diffusion import (
    add_noise,
    alpha_bars,
    cross_attention,
    ddim_step,
    diffusion_loss,
    drop_captions,
    guided,
    kl,
    latent_scale,
    pointing,
    reparametrise,
    sample,
    word_map,
)
from torch import Tensor
from torch.autograd import grad
from torch.distributions import Normal, kl_divergence


def randn(*shape: int, seed: int = 0, needs_grad: bool = False) -> Tensor:
    x = torch.randn(*shape, generator=torch.Generator().manual_seed(seed))
    return x.requires_grad_(needs_grad)


def close(got: Tensor, expected: float | Tensor, **tolerance: float) -> None:
    expected = torch.as_tensor(expected, dtype=got.dtype)
    torch.testing.assert_close(got, expected, **({"rtol": 1e-5, "atol": 1e-6} | tolerance))


def test_kl_equals_torchs():
    mean, log_variance = randn(3, 2, 4, 5), randn(3, 2, 4, 5, seed=1)
    theirs = kl_divergence(Normal(mean, (log_variance / 2).exp()), Normal(0.0, 1.0))
    close(kl(mean, log_variance), theirs.sum((1, 2, 3)).mean())
    close(kl(torch.zeros(2, 3), torch.zeros(2, 3)), 0.0)


def test_drawn_latents_have_mean_and_variance_and_their_gradients():
    mean, log_variance = (torch.tensor(it, requires_grad=True) for it in (1.5, -1.0))
    drawn = reparametrise(mean, log_variance, randn(100_000))
    close(drawn.mean(), 1.5, rtol=0.01, atol=0)
    close(drawn.var(), math.exp(-1), rtol=0.01, atol=0)
    by_mean, by_spread = grad(drawn.square().mean(), (mean, log_variance))
    close(by_mean, 3.0, rtol=0.01, atol=0)  # E z^2 = mean^2 + variance
    close(by_spread, math.exp(-1), rtol=0.02, atol=0)


def test_scaled_latents_have_variance_one():
    latents = 5 + 0.3 * randn(40, 4, 6, 6)
    close((latents * latent_scale(latents)).std(), 1.0)


def test_the_schedule_ends_where_stable_diffusions_does():
    """Its published alphas_cumprod begin with .99915 and end with .0047."""
    levels = alpha_bars(1000)
    assert levels[0] == pytest.approx(0.99915, abs=1e-5)
    assert levels[-1] == pytest.approx(0.00466, abs=1e-5)
    assert (levels.diff() < 0).all()


def test_noising_step_by_step_comes_to_the_same_variance():
    """z_t = sqrt(1 - beta_t) z_{t-1} + sqrt(beta_t) eps, a step for each time."""
    levels, z = alpha_bars(50, 0.001, 0.2), torch.full((20_000, 1, 1, 1), 2.0)
    betas = torch.linspace(0.001**0.5, 0.2**0.5, 50) ** 2
    for number, beta in enumerate(betas):
        z = (1 - beta).sqrt() * z + beta.sqrt() * randn(20_000, 1, 1, 1, seed=number)
    at_once = add_noise(
        torch.full_like(z, 2.0), randn(*z.shape, seed=99), levels[-1:].expand(20_000)
    )
    close(z.mean(), at_once.mean(), rtol=0, atol=0.03)
    close(z.var(), at_once.var(), rtol=0.03, atol=0)


def test_each_picture_is_noised_at_its_own_time():
    latents, noise = randn(4, 4, 4, 4), randn(4, 4, 4, 4, seed=1)
    levels = torch.tensor([1.0, 0.0, 0.25, 0.64])
    noisy = add_noise(latents, noise, levels)
    close(noisy[0], latents[0])
    close(noisy[1], noise[1])
    close(noisy[3], 0.8 * latents[3] + 0.6 * noise[3])


def test_the_loss_weighs_examples():
    noise, predicted = randn(3, 2, 4, 4), randn(3, 2, 4, 4, seed=1)
    close(diffusion_loss(noise, predicted, torch.ones(3)), F.mse_loss(predicted, noise))
    only_last = diffusion_loss(noise, predicted, torch.tensor([0.0, 0.0, 3.0]))
    close(only_last, F.mse_loss(predicted[2], noise[2]))


def test_weights_of_one_by_alpha_bar_make_the_loss_that_of_the_velocity():
    """v = sqrt(a) eps - sqrt(1 - a) z_0, and eps = sqrt(a) v + sqrt(1 - a) z_t."""
    latents, noise, said = (randn(5, 2, 3, 3, seed=it) for it in range(3))
    levels = torch.linspace(0.1, 0.9, 5)
    a = levels[:, None, None, None]
    noisy = add_noise(latents, noise, levels)
    predicted = a.sqrt() * said + (1 - a).sqrt() * noisy
    velocity = a.sqrt() * noise - (1 - a).sqrt() * latents
    close(diffusion_loss(noise, predicted, 1 / levels), F.mse_loss(said, velocity))


def test_attention_equals_torchs():
    q, k, v = randn(3, 7, 4), randn(3, 5, 4, seed=1), randn(3, 5, 6, seed=2)
    is_word = torch.arange(5) < torch.tensor([[2], [5], [3]])
    output, weights = cross_attention(q, k, v, is_word)
    close(output, F.scaled_dot_product_attention(q, k, v, is_word[:, None]))
    close(weights.sum(-1), torch.ones(3, 7))
    assert (weights[0, :, 2:] == 0).all() and (weights[1] > 0).all()


def test_a_share_of_the_captions_is_dropped_as_a_whole():
    tokens, empty = torch.randint(3, 9, (1000, 6)), torch.tensor([1, 2, 0, 0, 0, 0])
    dropped = drop_captions(tokens, empty, torch.rand(1000), 0.1)
    is_empty = (dropped == empty).all(1)
    assert 60 < is_empty.sum() < 140 and torch.equal(dropped[~is_empty], tokens[~is_empty])


def test_guidance_goes_from_no_words_to_words_and_beyond():
    yes, no = randn(2, 8, 4, 4), randn(2, 8, 4, 4, seed=1)
    close(guided(yes, no, 0.0), no)
    close(guided(yes, no, 1.0), yes)
    close(guided(yes, no, 3.0), 3 * yes - 2 * no)


def test_a_step_with_the_true_noise_stays_on_the_way():
    latents, noise = randn(2, 3, 4, 4), randn(2, 3, 4, 4, seed=1)
    now, then = torch.tensor(0.2), torch.tensor(0.7)
    z = ddim_step(add_noise(latents, noise, now.expand(2)), noise, now, then)
    close(z, add_noise(latents, noise, then.expand(2)))
    close(ddim_step(z, noise, then, torch.tensor(1.0)), latents, atol=1e-5)


@pytest.mark.parametrize("n_steps", [1, 2, 5, 40])
def test_the_sampler_ends_where_an_all_knowing_network_leads(n_steps):
    """If z_0 is known, eps = (z_t - sqrt(a) z_0) / sqrt(1 - a), and any number of steps will do."""
    levels, goal = alpha_bars(100, 0.01, 0.1), randn(2, 4, 3, 3, seed=5)
    asked = []

    def predict(z: Tensor, t: int) -> tuple[Tensor, Tensor]:
        asked.append(t)
        noise = (z - levels[t].sqrt() * goal) / (1 - levels[t]).sqrt()
        return noise, noise + 1

    close(sample(predict, randn(2, 4, 3, 3), levels, n_steps, 1.0), goal, atol=1e-4)
    assert len(asked) == n_steps and asked[0] == 99 and asked == sorted(asked, reverse=True)


def test_the_sampler_draws_gaussian_data_with_its_variance():
    """For data N(0, s^2) the best noise is known: sqrt(1 - a) z / (a s^2 + 1 - a)."""
    levels, s = alpha_bars(1000), 0.5

    def predict(z: Tensor, t: int) -> tuple[Tensor, Tensor]:
        noise = (1 - levels[t]).sqrt() * z / (levels[t] * s**2 + 1 - levels[t])
        return noise, noise

    drawn = sample(predict, randn(4000, 1, 2, 2), levels, 100, 1.0)
    close(drawn.std(), s, rtol=0.03, atol=0)


def test_a_words_map_is_its_column_row_by_row():
    weights = torch.zeros(2, 6, 5)
    weights[0, 1, 3], weights[1, 5, 3] = 0.2, 0.6
    expected = torch.tensor([[0, 0.25, 0], [0, 0, 0.75]])
    close(word_map(weights, 2, 2, 3), expected)


def test_a_peak_counts_if_enough_of_its_cell_is_covered():
    maps, masks = torch.zeros(4, 2, 3), torch.zeros(4, 8, 12, dtype=torch.bool)
    maps[:, 1, 2] = 1
    masks[0, 4:8, 8:12] = True
    masks[1, 4, 8:10] = True  # 2 of 16
    masks[2, 4, 8:11] = True  # 3 of 16
    masks[3, :4] = True
    assert pointing(maps, masks).tolist() == [True, False, True, False]
