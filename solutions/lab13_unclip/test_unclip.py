"""The master of DALL-E 2's parts against torch, published code and hand-made values.

What is compared with diffusers (0.42.1 from PyPI) is skipped where that isn't installed.
"""

import math
from itertools import pairwise

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from autograder.builder.answers import answer
from solutions.exercise_lib import dit, unclip

modality_gap = answer("solutions.lab13_unclip.exercises", "modality_gap")
slerp = answer("solutions.lab13_unclip.exercises", "slerp")


def randn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def close(got: Tensor, expected: Tensor, tolerance: float = 1e-5) -> None:
    torch.testing.assert_close(got, expected, rtol=1e-4, atol=tolerance)


def test_scaled_embeddings_have_the_variance_of_noise_and_their_direction():
    e = 7 * randn(5, 64)
    x = unclip.scaled(e)
    close(x.square().mean(1), torch.ones(5))
    close(F.cosine_similarity(x, e), torch.ones(5))
    rms = nn.functional.rms_norm(e, (64,), eps=0.0)  # torch's own
    close(x, rms)


def test_the_gap_is_2_between_opposites_and_0_within_one_kind():
    x = randn(6, 5)
    assert modality_gap(x, 3 * x).item() == pytest.approx(0, abs=1e-6)
    one = torch.tensor([[0.0, 2.0]])
    assert modality_gap(one, -5 * one).item() == pytest.approx(2)


def test_noising_equals_diffusers_at_the_same_level():
    schedulers = pytest.importorskip("diffusers", exc_type=ImportError)
    scheduler = schedulers.DDIMScheduler(beta_schedule="squaredcos_cap_v2")
    x, eps, chosen = randn(4, 8), randn(4, 8, seed=1), torch.tensor([3, 200, 500, 950])
    times = 2 / math.pi * scheduler.alphas_cumprod[chosen].sqrt().acos()
    close(unclip.noised(x, eps, times), scheduler.add_noise(x, eps, chosen), 1e-4)


def test_steps_equal_diffusers_ddim_that_is_told_the_clean_sample():
    schedulers = pytest.importorskip("diffusers", exc_type=ImportError)
    scheduler = schedulers.DDIMScheduler(
        beta_schedule="squaredcos_cap_v2", prediction_type="sample", clip_sample=False
    )
    scheduler.set_timesteps(10)
    now = scheduler.timesteps[4]
    levels = scheduler.alphas_cumprod[torch.stack([now, now - 100])]
    times = 2 / math.pi * levels.sqrt().acos()
    z, clean = randn(3, 8), randn(3, 8, seed=1)
    expected = scheduler.step(clean, now, z).prev_sample
    close(unclip.clean_step(z, clean, *times), expected, 1e-4)


def test_a_walk_with_an_exact_prior_ends_at_the_embedding():
    x, z = randn(3, 8), randn(3, 8, seed=1)
    for now, then in pairwise(torch.linspace(1, 0, 6)):
        z = unclip.clean_step(z, x, now, then)
    close(z, x)


def test_causal_attention_equals_torchs_and_its_transformer_layer():
    q, k, v = (randn(2, 3, 6, 4, seed=seed) for seed in range(3))
    whole = torch.ones(2, 6, dtype=torch.bool)
    close(
        unclip.causal_attention(q, k, v, whole),
        F.scaled_dot_product_attention(q, k, v, is_causal=True),
    )
    layer = nn.TransformerEncoderLayer(12, 3, 48, 0.0, F.gelu, batch_first=True, norm_first=True)
    attention = dit.Attention(12, 3)
    attention.qkv.weight, attention.qkv.bias = (
        layer.self_attn.in_proj_weight,
        layer.self_attn.in_proj_bias,
    )
    attention.proj = layer.self_attn.out_proj
    x = randn(2, 6, 12)
    is_token = torch.tensor([[True] * 6, [True, True, False, False, True, True]])
    h = x + attention.join(unclip.causal_attention(*attention.split(layer.norm1(x)), is_token))
    h = h + layer.linear2(F.gelu(layer.linear1(layer.norm2(h))))
    later = torch.ones(6, 6, dtype=torch.bool).triu(1)
    theirs = layer.train()(x, src_mask=later, src_key_padding_mask=~is_token)
    close(h[is_token], theirs[is_token])


def test_what_comes_later_and_padding_change_nothing():
    q, k, v = (randn(1, 2, 5, 4, seed=seed) for seed in range(3))
    is_token = torch.tensor([[True, True, False, True, True]])
    before = unclip.causal_attention(q, k, v, is_token)
    k[:, :, 2], v[:, :, 2], v[:, :, 4] = 9.0, 9.0, 9.0
    after = unclip.causal_attention(q, k, v, is_token)
    assert torch.equal(before[:, :, :4], after[:, :, :4])
    assert not torch.equal(before[:, :, 4], after[:, :, 4])


def test_tokens_stand_in_their_order():
    names = ("text", "time", "noisy")
    single = {name: torch.full((2, 3), float(n)) for n, name in enumerate(names, 3)}
    words, query = (
        torch.tensor([1.0, 2.0]).expand(2, 2)[..., None].expand(2, 2, 3),
        torch.full((3,), 6.0),
    )
    row = unclip.prior_tokens(words, *single.values(), query, torch.zeros(6, 3))
    assert row[1, :, 0].tolist() == [1, 2, 3, 4, 5, 6]
    placed = unclip.prior_tokens(words, *single.values(), query, randn(6, 3))
    close(placed - row, randn(6, 3).expand(2, 6, 3))


def test_the_loss_is_that_of_the_mean_where_only_the_mean_is_known():
    x, eps, t = randn(500, 4), randn(500, 4, seed=1), torch.full((500,), 0.4)
    loss = unclip.prior_loss(lambda z, t: torch.zeros_like(z), x, eps, t)
    assert loss.item() == pytest.approx(float(x.square().mean()))
    a, _ = unclip.levels(t[0])
    best = unclip.prior_loss(lambda z, t: a * z, x, eps, t)  # E[x | z] of normal numbers
    assert best.item() == pytest.approx(float(1 - a**2), rel=0.1)


def test_the_best_is_nearest_to_its_own_caption():
    texts = randn(4, 6)
    candidates = torch.stack([randn(4, 6, seed=1), texts, -texts])
    close(unclip.best_of(candidates, texts), texts)


def test_an_arc_has_even_angles_and_lengths():
    a, b = unclip.scaled(randn(3, 8)), unclip.scaled(randn(3, 8, seed=1))
    points = torch.stack([slerp(a, b, r) for r in (0.0, 0.25, 0.5, 0.75, 1.0)])
    close(points[0], a, 1e-4)
    close(points[-1], b, 1e-4)
    close(points.norm(dim=-1), torch.full((5, 3), 8**0.5), 1e-4)
    steps = F.cosine_similarity(points[1:], points[:-1], dim=-1)
    close(steps, steps[:1].expand(4, 3), 1e-4)
