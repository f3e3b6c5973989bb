"""The CLAP master against hand-computed values, trusted libraries and closed-form gradients."""

import math

import librosa
import torch
from scipy.special import rel_entr
from solutions.exercise_lib.clap import log_mel, many_true_loss
from solutions.exercise_lib.clip import contrastive_loss
from torch import Tensor


def close(got: Tensor, expected: float | Tensor) -> None:
    expected = torch.as_tensor(expected, dtype=got.dtype)
    torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-5)


def rand(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def table(n: int) -> Tensor:
    return (rand(n, n, seed=1) < 0.3) | torch.eye(n).bool()


def test_log_mel_by_hand():
    power = torch.tensor([[[100.0, 1.0, 1e-7], [0.0, 1.0, 0.0]]])
    filters = torch.tensor([[1.0, 0.0], [0.0, 0.01]])
    close(log_mel(power, filters), torch.tensor([[[1.0, 0.75, 0.0], [0.0, 0.5, 0.0]]]))


def test_log_mel_equals_librosas():
    power = 10 ** (-12 * rand(2, 257, 9))
    filters = torch.from_numpy(librosa.filters.mel(sr=16_000, n_fft=512, n_mels=20))
    for each, got in zip(power, log_mel(power, filters), strict=True):
        decibels = librosa.power_to_db((filters @ each).numpy(), top_db=80.0)
        close(got, torch.from_numpy(1 + (decibels - decibels.max()) / 80))


def test_log_mel_does_not_depend_on_the_level():
    power, filters = rand(3, 8, 5) + 1e-3, rand(4, 8, seed=2)
    close(
        log_mel(torch.tensor([1.0, 1e-3, 1e4])[:, None, None] * power, filters),
        log_mel(power, filters),
    )


def test_with_one_true_caption_each_it_is_the_contrastive_loss():
    logits = 3 * rand(6, 6)
    close(many_true_loss(logits, torch.eye(6).bool()), contrastive_loss(logits))


def test_its_least_value_is_the_entropy_of_the_truth():
    truth = table(7)
    rows, columns = truth.sum(1).double(), truth.sum(0).double()
    least = (rows.log().mean() + columns.log().mean()) / 2
    assert many_true_loss(3 * rand(7, 7), truth) > least
    block = torch.block_diag(torch.ones(3, 3), torch.ones(4, 4)).bool()
    close(many_true_loss(60.0 * block, block), (3 * math.log(3) + 4 * math.log(4)) / 7)


def test_it_equals_scipys_relative_entropy_and_the_entropy_of_the_shares():
    logits, truth = 3 * rand(5, 5), table(5)
    total = 0.0
    for scores, true in ((logits, truth), (logits.T, truth.T)):
        shares = (true / true.sum(1, keepdim=True)).double().numpy()
        found = scores.double().softmax(1).numpy()
        entropy = true.sum(1).double().log().numpy()
        total += (rel_entr(shares, found).sum(1) + entropy).mean() / 2
    close(many_true_loss(logits, truth), total)


def test_gradient_in_closed_form():
    logits, truth = rand(5, 5).requires_grad_(), table(5)
    many_true_loss(logits, truth).backward()
    s, t = logits.detach(), truth.float()
    expected = s.softmax(1) - t / t.sum(1, keepdim=True) + s.softmax(0) - t / t.sum(0)
    close(logits.grad, expected / (2 * 5))
