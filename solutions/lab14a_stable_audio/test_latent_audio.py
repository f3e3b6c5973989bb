"""The master of Stable Audio's parts against torch, published code and hand-made values.

What is compared with diffusers (0.42.1 from PyPI) is skipped where that isn't installed.
"""

import math
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from autograder.builder.answers import answer
from solutions.exercise_lib import latent_audio

sounding_seconds = answer("solutions.lab14a_stable_audio.exercises", "sounding_seconds")
examples = answer("solutions.lab14a_stable_audio.exercises", "examples")


def randn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def close(got: Tensor, expected: Tensor, tolerance: float = 1e-5) -> None:
    torch.testing.assert_close(got, expected, rtol=1e-4, atol=tolerance)


def test_the_distance_of_half_the_amplitude_is_a_half_and_ln_2():
    x = 1 + randn(2, 5, 4).abs()
    distance = latent_audio.spectral_distance(x, x / 2, 1e-3)
    assert distance.item() == pytest.approx(0.5 + math.log(2), rel=1e-5)
    assert latent_audio.spectral_distance(x, x, 1e-3) == 0


def test_below_the_floor_nothing_counts_and_nothing_pulls():
    real, fake = torch.full((1, 3, 2), 1e-4), torch.full((1, 3, 2), 5e-4, requires_grad=True)
    distance = latent_audio.spectral_distance(real, fake, 1e-3)
    distance.backward()
    assert distance.item() == 0 and fake.grad is not None and not fake.grad.any()


def test_the_divergence_is_torchs_and_0_for_the_prior_itself():
    mean, raw, noise = randn(3, 4, 5), randn(3, 4, 5, seed=1), randn(3, 4, 5, seed=2)
    z, divergence = latent_audio.bottleneck(mean, raw, noise)
    s = torch.nn.functional.softplus(raw) + 1e-4
    normal = torch.distributions.Normal
    theirs = torch.distributions.kl_divergence(normal(mean, s), normal(0.0, 1.0))
    close(divergence, theirs.sum(1).mean())
    close((z - mean) / s, noise)
    one = torch.full((1, 2, 3), math.log(math.e - 1))  # softplus of it is 1
    none = latent_audio.bottleneck(torch.zeros(1, 2, 3), one, torch.zeros(1, 2, 3))[1]
    assert none.item() == pytest.approx(0, abs=1e-6)


def test_scaled_latents_have_mean_0_and_deviation_1_as_a_batch_norm_makes_them():
    z = 3 * randn(6, 4, 9) + randn(1, 4, 1, seed=1)
    mean, spread = latent_audio.latent_scale(z)
    norm = torch.nn.BatchNorm1d(4, eps=1e-12, affine=False).train()
    close((z - mean) / spread, norm(z))


def test_a_window_is_what_a_player_would_play():
    piece = torch.arange(1.0, 51.0)
    assert latent_audio.window(piece, 0.5, 1.5, 20, 10).tolist() == [
        *range(6, 16),
        *[0.0] * 10,
    ]
    assert latent_audio.window(piece, 0.0, 5.0, 20, 10).tolist() == list(range(1, 21))


def test_seconds_are_told_as_fourier_features_and_held_at_the_ends():
    features = latent_audio.seconds_features(
        torch.tensor([0.75, -1.0, 9.0]), torch.tensor([1.0, 2.0]), 3.0
    )
    close(features[0], torch.tensor([0.25, 1.0, 0.0, 0.0, -1.0]))
    close(features[1], torch.tensor([0.0, 0.0, 0.0, 1.0, 1.0]))
    close(features[2], torch.tensor([1.0, 0.0, 0.0, 1.0, 1.0]))


def test_noising_and_v_equal_diffusers_at_the_same_level():
    schedulers = pytest.importorskip("diffusers", exc_type=ImportError)
    scheduler = schedulers.DDIMScheduler(beta_schedule="squaredcos_cap_v2")
    x, eps, chosen = randn(4, 3, 8), randn(4, 3, 8, seed=1), torch.tensor([3, 200, 500, 950])
    times = 2 / math.pi * scheduler.alphas_cumprod[chosen].sqrt().acos()
    z, v = latent_audio.noised(x, eps, times)
    close(z, scheduler.add_noise(x, eps, chosen), 1e-4)
    close(v, scheduler.get_velocity(x, eps, chosen), 1e-4)


def test_steps_equal_diffusers_ddim_that_is_told_v():
    schedulers = pytest.importorskip("diffusers", exc_type=ImportError)
    scheduler = schedulers.DDIMScheduler(
        beta_schedule="squaredcos_cap_v2", prediction_type="v_prediction", clip_sample=False
    )
    scheduler.set_timesteps(10)
    now = scheduler.timesteps[4]
    levels = scheduler.alphas_cumprod[torch.stack([now, now - 100])]
    times = 2 / math.pi * levels.sqrt().acos()
    z, v = randn(3, 2, 8), randn(3, 2, 8, seed=1)
    expected = scheduler.step(v, now, z).prev_sample
    close(latent_audio.v_step(z, v, *times), expected, 1e-4)


def test_a_walk_with_the_true_v_ends_at_the_latents():
    x, z = randn(3, 2, 8), randn(3, 2, 8, seed=1)
    for now, then in pairwise(torch.linspace(1, 0, 6)):
        a, s = latent_audio.levels(now)
        v = latent_audio.noised(x, (z - a * x) / s, now.expand(3))[1]
        z = latent_audio.v_step(z, v, now, then)
    close(z, x, 1e-4)


def test_guidance_of_1_is_the_told_one_and_rescaled_has_its_spread():
    told, untold = randn(3, 4, 5), randn(3, 4, 5, seed=1)
    close(latent_audio.guided(told, untold, 1.0, 0.7), told)
    close(latent_audio.guided(told, untold, 0.0, 0.0), untold)
    pushed = latent_audio.guided(told, untold, 6.0, 1.0)
    close(pushed.std((1, 2)), told.std((1, 2)))


def test_seconds_are_counted_to_the_last_frame_that_is_heard():
    levels = torch.tensor([[0.5, 0.0, 1.0, 0.05, 0.01], [9.0, 9.0, 9.0, 9.0, 9.0]])
    close(sounding_seconds(levels, 0.02, 0.1), torch.tensor([0.4, 0.5]))


def test_examples_are_told_the_pieces_own_total():
    pieces = randn(2, 60)
    windows, told = examples(pieces, torch.tensor([0.0, 1.0]), torch.tensor([2.0, 2.0]), 30, 10)
    assert told.tolist() == [[0, 2], [1, 2]]
    assert windows[0, 20:].abs().sum() == 0 and windows[1, 10:].abs().sum() == 0
    close(windows[1, :10], pieces[1, 10:20])
