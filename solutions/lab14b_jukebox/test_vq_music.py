"""The master of Jukebox's parts against torch, librosa and the paper's figures.

What is compared with transformers (5.x from PyPI) is skipped where that isn't installed.
"""

import librosa
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from autograder.builder.answers import answer
from solutions.exercise_lib import quantization, vq_music

context_seconds = answer("solutions.lab14b_jukebox.exercises", "context_seconds")
restarted = answer("solutions.lab14b_jukebox.exercises", "restarted")


def randn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def close(got: Tensor, expected: Tensor, tolerance: float = 1e-5) -> None:
    torch.testing.assert_close(got, expected, rtol=1e-4, atol=tolerance)


def test_the_bottleneck_is_that_of_lab_09_moment_by_moment():
    z, book = randn(3, 4, 6).requires_grad_(), randn(9, 4, seed=1)
    y, codes, commitment = vq_music.bottleneck(z, book)
    for b in range(3):
        theirs = quantization.nearest(z[b].T, book)
        assert torch.equal(codes[b], theirs)
        close(y[b].T, book[theirs])
    close(commitment, F.mse_loss(z, book[codes].mT))
    (passed,) = torch.autograd.grad(y.sum(), z, retain_graph=True)
    close(passed, torch.ones_like(z))
    (pulled,) = torch.autograd.grad(commitment, z)
    close(pulled, 2 * (z - book[codes].mT) / z.numel())


def test_spectra_equal_librosas_at_each_size():
    x, x_hat = 0.3 * randn(2, 1024), 0.2 * randn(2, 1024, seed=1)
    expected = []
    for n_fft in (64, 256):
        left = (n_fft - n_fft // 4) // 2
        padded = (np.pad(it.numpy(), ((0, 0), (left, left)), mode="reflect") for it in (x, x_hat))
        s, t = (
            np.abs(librosa.stft(it, n_fft=n_fft, hop_length=n_fft // 4, center=False))
            / np.linalg.norm(librosa.filters.get_window("hann", n_fft))
            + vq_music.FLOOR
            for it in padded
        )
        convergence = [np.linalg.norm(a - b) / np.linalg.norm(a) for a, b in zip(s, t, strict=True)]
        expected.append(np.mean(convergence) + np.mean(np.abs(np.log(s) - np.log(t))))
    got = vq_music.multi_resolution_stft(x, x_hat, (64, 256))
    assert float(got) == pytest.approx(float(np.mean(expected)), rel=1e-4)


def test_a_copy_costs_nothing_and_has_a_finite_gradient():
    x = randn(2, 512)
    x[1, 100:] = 0
    copy = x.clone().requires_grad_()
    loss = vq_music.multi_resolution_stft(x, copy, (64, 128))
    loss.backward()
    assert float(loss.detach()) == 0 and copy.grad.isfinite().all()


def test_a_transformer_that_hears_this_mask_is_causal_and_deaf_to_padding():
    layer = nn.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=True).eval()
    is_word = torch.tensor([[True, True, False], [True, False, False]])
    mask = vq_music.may_hear(is_word, 4)
    assert mask.shape == (2, 7, 7)

    def heard(x: Tensor) -> Tensor:
        return layer(x, src_mask=~mask.repeat_interleave(2, 0))  # torch's: True is deaf

    x = randn(2, 7, 8)
    before = heard(x)
    for place in range(7):
        changed = x.clone()
        changed[:, place] += randn(8, seed=2)
        is_changed = (heard(changed) - before).abs().amax(2) > 1e-6  # (B, 7)
        for b in range(2):
            hears = mask[b, :, place].clone()
            hears[place] = True  # a residual connection hears itself
            assert torch.equal(is_changed[b], hears)


def test_inputs_and_loss_are_those_of_a_language_model():
    codes = torch.randint(9, (3, 6), generator=torch.Generator().manual_seed(0))
    heard = vq_music.shifted(codes, 9)
    assert heard[:, 0].tolist() == [9] * 3 and torch.equal(heard[:, 1:], codes[:, :-1])
    logits = randn(3, 2 + 6, 9)
    each = [-logits[b, 2 + t].log_softmax(0)[codes[b, t]] for b in range(3) for t in range(6)]
    close(vq_music.code_loss(logits, codes, 2), torch.stack(each).mean())
    alike = vq_music.code_loss(torch.zeros(3, 8, 9), codes, 2)
    assert float(alike) == pytest.approx(np.log(9), rel=1e-5)


def test_the_condition_is_torchs_nearest_upsampling():
    lower, upper = randn(2, 12, 5), randn(2, 4, 5, seed=1)
    theirs = nn.Upsample(scale_factor=3, mode="nearest")(upper.mT).mT
    close(vq_music.upsample_condition(lower, upper), lower + theirs)


def test_the_most_likely_codes_equal_transformers_warpers():
    process = pytest.importorskip("transformers.generation.logits_process", exc_type=ImportError)
    logits = randn(5, 20)
    warm = process.TemperatureLogitsWarper(0.7)(None, process.TopKLogitsWarper(4)(None, logits))
    close(vq_music.top_k(logits, 4, 0.7), warm.softmax(-1))


def test_a_low_temperature_takes_the_likeliest_and_all_codes_are_a_softmax():
    logits = randn(4, 10)
    cold = vq_music.top_k(logits, 10, 1e-3)
    close(cold, F.one_hot(logits.argmax(1), 10).float())
    close(vq_music.top_k(logits, 10, 1.0), logits.softmax(-1))


def test_an_opening_is_kept_and_continued_by_what_it_leads_to():
    def next_one(codes: Tensor) -> Tensor:
        return F.one_hot((codes[:, -1] + codes[:, 0]) % 7, 7).float()

    opening = torch.tensor([[2, 3], [1, 1]])
    codes = vq_music.continued(next_one, opening, 5, lambda it: it.argmax(1))
    assert codes.tolist() == [[2, 3, 5, 0, 2], [1, 1, 2, 3, 4]]


def test_contexts_are_as_long_as_the_paper_says():
    """Dhariwal et al. (2020), section 4: about 24, 6 and 1.5 s for 8192 codes."""
    seconds = [context_seconds(44_100, hop, 8192) for hop in (128, 32, 8)]
    assert seconds == pytest.approx([24, 6, 1.5], rel=0.02)


def test_dead_codes_begin_at_latents():
    book, latents = randn(4, 3), 5 + randn(10, 3, seed=1)
    counts, places = torch.tensor([2.0, 0.1, 3.0, 0.2]), torch.tensor([9, 8, 7, 6])
    codes, after = restarted(book, counts, latents, places, 0.5)
    assert torch.equal(codes[[0, 2]], book[[0, 2]])
    assert torch.equal(codes[[1, 3]], latents[[8, 6]])
    assert after.tolist() == [2.0, 0.5, 3.0, 0.5]
