"""The flow master against published code, exact solutions and distributions.

What is compared with diffusers is skipped where that isn't installed, see `test_dit.py`.
"""

import math
from itertools import pairwise

import pytest
import torch
from scipy import stats
from torch import Tensor, nn

from autograder.builder.answers import answer
from solutions.exercise_lib import dit, flow

heun_step = answer("solutions.lab12_dit.exercises", "heun_step")


def randn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def close(got: Tensor, expected: Tensor, tolerance: float = 1e-5) -> None:
    torch.testing.assert_close(got, expected, rtol=1e-4, atol=tolerance)


def test_paths_begin_at_the_data_end_at_the_noise_and_have_their_slope():
    x, eps = randn(3, 2, 4), randn(3, 2, 4, seed=1)
    assert torch.equal(flow.interpolate(x, eps, torch.zeros(3))[0], x)
    assert torch.equal(flow.interpolate(x, eps, torch.ones(3))[0], eps)
    t = torch.tensor([0.1, 0.5, 0.8])
    _, slope = torch.func.jvp(lambda t: flow.interpolate(x, eps, t)[0], (t,), (torch.ones_like(t),))
    close(flow.interpolate(x, eps, t)[1], slope)


def test_noising_equals_diffusers():
    schedulers = pytest.importorskip("diffusers", exc_type=ImportError)
    scheduler = schedulers.FlowMatchEulerDiscreteScheduler()
    x, eps = randn(3, 2, 4, 4), randn(3, 2, 4, 4, seed=1)
    chosen = torch.tensor([10, 500, 900])
    theirs = scheduler.scale_noise(x, scheduler.timesteps[chosen], eps)
    close(flow.interpolate(x, eps, scheduler.sigmas[chosen])[0], theirs)


def test_times_are_logit_normal():
    draws = randn(20_000)
    for mean, spread in ((0.0, 1.0), (0.7, 0.4)):
        times = flow.draw_times(draws, mean, spread)
        logits = torch.logit(times.double()).numpy()
        assert stats.kstest(logits, "norm", (mean, spread)).pvalue > 0.01


def test_a_shift_keeps_the_ends_adds_to_the_logit_and_equals_diffusers():
    t = torch.linspace(0.01, 0.99, 50)
    close(torch.logit(flow.shift_times(t, 3.0)), torch.logit(t) + math.log(3), 1e-4)
    assert flow.shift_times(torch.tensor([0.0, 1.0]), 5.0).tolist() == [0, 1]
    close(flow.shift_times(flow.shift_times(t, 4.0), 0.25), t)
    schedulers = pytest.importorskip("diffusers", exc_type=ImportError)
    theirs = schedulers.FlowMatchEulerDiscreteScheduler(shift=3.0).sigmas
    close(flow.shift_times(torch.linspace(1, 0.001, 1000), 3.0), theirs)


def test_walks_equal_diffusers_sampler():
    schedulers = pytest.importorskip("diffusers", exc_type=ImportError)
    scheduler = schedulers.FlowMatchEulerDiscreteScheduler()
    noise, n, shift = randn(2, 3), 6, 2.0
    scheduler.set_timesteps(sigmas=flow.shift_times(torch.linspace(1, 0, n + 1), shift)[:-1])
    z = noise
    for time in scheduler.timesteps:
        z = scheduler.step(torch.cos(time / 1000) * z, time, z).prev_sample
    close(flow.euler(lambda z, t: torch.cos(t) * z, noise, n, shift), z)


def test_orders_of_euler_and_heun():
    def error(walk, n):
        return float((walk(lambda z, t: z, torch.ones(1), n) - math.exp(-1)).abs())

    def heun(velocity, z, n):
        times = torch.linspace(1, 0, n + 1)
        for now, then in pairwise(times):
            z = heun_step(velocity, z, now, then)
        return z

    assert error(flow.euler, 20) / error(flow.euler, 40) == pytest.approx(2, abs=0.1)
    assert error(heun, 10) / error(heun, 20) == pytest.approx(4, abs=0.3)


def test_one_point_is_reached_in_one_step():
    """Where all data are one point, the velocity is (z - x) / t, and the ways are straight."""
    x, noise = randn(1, 2), randn(5, 2, seed=1)
    for n in (1, 2, 7):
        close(flow.euler(lambda z, t: (z - x) / t, noise, n), x.expand(5, 2))


def test_joint_attention_of_no_padding_is_torchs_of_all_tokens():
    picture, text = randn(3, 2, 4, 5, 6), randn(3, 2, 4, 3, 6, seed=1)
    p, w = flow.joint_attention(picture, text, torch.ones(2, 3, dtype=torch.bool))
    q, k, v = torch.cat([picture, text], 3)
    expected = nn.functional.scaled_dot_product_attention(q, k, v)
    close(torch.cat([p, w], 2), expected)


def test_padding_says_nothing_whatever_is_in_it():
    picture, text = randn(3, 2, 4, 5, 6), randn(3, 2, 4, 4, 6, seed=1)
    is_word = torch.tensor([[True, True, False, False], [True, True, True, False]])
    other = torch.where(is_word[None, :, None, :, None], text, torch.tensor(9.0))
    p, w = flow.joint_attention(picture, text, is_word)
    p_other, w_other = flow.joint_attention(picture, other, is_word)
    close(p_other, p)
    close(w_other.transpose(1, 2)[is_word], w.transpose(1, 2)[is_word])
    short = flow.joint_attention(picture[:, :1], text[:, :1, :, :2], is_word[:1, :2])
    close(p[:1], short[0])


def test_two_streams_equal_diffusers_block_of_stable_diffusion_3(monkeypatch):
    attention = pytest.importorskip("diffusers.models.attention", exc_type=ImportError)
    from exercise_lib.images import dit_network

    monkeypatch.setattr(dit_network, "dit", dit)
    monkeypatch.setattr(dit_network, "flow", flow)
    block = dit_network.JointBlock(24, 4).eval()
    theirs = attention.JointTransformerBlock(24, 4, 6).eval()
    generator = torch.Generator().manual_seed(1)
    for it in block.parameters():
        nn.init.normal_(it, std=0.2, generator=generator)
    to, out = ("to_q", "to_k", "to_v"), theirs.attn.to_out[0]
    add = ("add_q_proj", "add_k_proj", "add_v_proj")
    for stream, names, proj, norm, feed in (
        (block.picture, to, out, theirs.norm1, theirs.ff),
        (block.text, add, theirs.attn.to_add_out, theirs.norm1_context, theirs.ff_context),
    ):
        qkv = stream.attn.qkv
        for name, w, b in zip(names, qkv.weight.chunk(3), qkv.bias.chunk(3), strict=True):
            getattr(theirs.attn, name).load_state_dict({"weight": w, "bias": b})
        proj.load_state_dict(stream.attn.proj.state_dict())
        norm.linear.load_state_dict(stream.adaLN_modulation[1].state_dict())
        feed.net[0].proj.load_state_dict(stream.mlp.fc1.state_dict())
        feed.net[2].load_state_dict(stream.mlp.fc2.state_dict())
    x, words, condition = randn(2, 5, 24), randn(2, 3, 24, seed=1), randn(2, 24, seed=2)
    with torch.inference_mode():
        text, picture = theirs(x, words, condition)
        mine = block(x, words, condition, torch.ones(2, 3, dtype=torch.bool))
    close(mine[0], picture, 1e-4)
    close(mine[1], text, 1e-4)
    counts = [sum(p.numel() for p in it.parameters()) for it in (block, theirs)]
    assert counts[0] == counts[1]
