"""The loss master against hand-computed values, torch's own losses and closed-form gradients."""

import pytest
import torch
import torch.nn.functional as F
from solutions.exercise_lib.losses import (
    discriminator_loss,
    feature_matching_loss,
    generator_loss,
    generator_total,
    mel_l1_loss,
)
from solutions.exercise_lib.mel import log_mel_spectrogram
from torch import Tensor


def randn(*shape: int, seed: int = 0, grad: bool = False) -> Tensor:
    x = torch.randn(*shape, generator=torch.Generator().manual_seed(seed))
    return x.requires_grad_(grad)


def close(got: Tensor, expected: float | Tensor) -> None:
    expected = torch.as_tensor(expected, dtype=got.dtype)
    torch.testing.assert_close(got, expected, rtol=1e-5, atol=1e-6)


def test_discriminator_loss_by_hand() -> None:
    real = [torch.tensor([[1.0, 2.0]]), torch.tensor([[0.0, 1.0, 4.0]])]
    fake = [torch.tensor([[0.0, 3.0]]), torch.tensor([[1.0, -1.0, 2.0]])]
    # (0 + 1) / 2 + (0 + 9) / 2 + (1 + 0 + 9) / 3 + (1 + 1 + 4) / 3
    close(discriminator_loss(real, fake), 0.5 + 4.5 + 10 / 3 + 2.0)


def test_discriminator_loss_gradients_in_closed_form() -> None:
    real = [randn(2, 3, grad=True), randn(2, 5, seed=1, grad=True)]
    fake = [randn(2, 3, seed=2, grad=True), randn(2, 5, seed=3, grad=True)]
    discriminator_loss(real, fake).backward()
    for r, f in zip(real, fake, strict=True):
        close(r.grad, 2 * (r.detach() - 1) / r.numel())
        close(f.grad, 2 * f.detach() / f.numel())


def test_generator_loss_by_hand_and_gradient() -> None:
    fake = [torch.tensor([[0.0, 3.0]], requires_grad=True), torch.ones(1, 4)]
    loss = generator_loss(fake)
    close(loss, (1 + 4) / 2)
    loss.backward()
    close(fake[0].grad, torch.tensor([[-1.0, 2.0]]))


def test_adversarial_losses_equal_mse_loss() -> None:
    real = [randn(3, n, seed=n) for n in (4, 7, 9)]
    fake = [randn(3, n, seed=10 * n) for n in (4, 7, 9)]
    ones, zeros = [torch.ones_like(x) for x in real], [torch.zeros_like(x) for x in real]
    close(discriminator_loss(real, fake), sum(map(F.mse_loss, real + fake, ones + zeros)))
    close(generator_loss(fake), sum(map(F.mse_loss, fake, ones)))


def test_adversarial_losses_at_equilibrium() -> None:
    """A discriminator that answers 1/2 everywhere: 1/4 + 1/4 for D, 1/4 for G, each of 8 times."""
    half = [torch.full((2, n), 0.5) for n in range(1, 9)]
    close(discriminator_loss(half, half), 8 * 0.5)
    close(generator_loss(half), 8 * 0.25)


def test_feature_matching_by_hand() -> None:
    real = [[torch.tensor([1.0, 2.0]), torch.tensor([0.0])], [torch.tensor([5.0, 5.0, 5.0])]]
    fake = [[torch.tensor([0.0, 4.0]), torch.tensor([3.0])], [torch.tensor([5.0, 2.0, 5.0])]]
    close(feature_matching_loss(real, fake), (1 + 2) / 2 + 3.0 + 3 / 3)


def test_feature_matching_gradient_is_the_sign_over_n() -> None:
    real = [[randn(2, 3, 4), randn(2, 1, 2, seed=1)], [randn(2, 6, seed=2)]]
    fake = [
        [randn(2, 3, 4, seed=3, grad=True), randn(2, 1, 2, seed=4, grad=True)],
        [randn(2, 6, seed=5, grad=True)],
    ]
    loss = feature_matching_loss(real, fake)
    layers = list(zip(real[0] + real[1], fake[0] + fake[1], strict=True))
    close(loss.detach(), sum(F.l1_loss(f, r) for r, f in layers).detach())
    loss.backward()
    for r, f in layers:
        close(f.grad, torch.sign(f.detach() - r) / f.numel())


def test_mel_loss_of_a_gain_is_its_logarithm() -> None:
    """Ten times louder is ln 10 in every band above the floor."""
    y = 0.1 * randn(2, 4096)
    torch.testing.assert_close(
        mel_l1_loss(y, 10 * y, log_mel_spectrogram), torch.tensor(10.0).log(), rtol=0, atol=1e-3
    )


def test_mel_loss_equals_l1_loss_and_reaches_the_generator() -> None:
    y, y_hat = randn(2, 2048), randn(2, 2048, seed=1, grad=True)
    loss = mel_l1_loss(y, y_hat, log_mel_spectrogram)
    again = y_hat.detach().clone().requires_grad_()
    expected = F.l1_loss(log_mel_spectrogram(again), log_mel_spectrogram(y))
    close(loss.detach(), expected.detach())
    loss.backward()
    expected.backward()
    assert y_hat.grad.abs().min() > 0
    close(y_hat.grad, again.grad)


def test_total_uses_the_official_weights() -> None:
    terms = [torch.tensor(x, requires_grad=True) for x in (1.0, 10.0, 100.0)]
    total = generator_total(*terms)
    close(total.detach(), 1 + 2 * 10 + 45 * 100)
    total.backward()
    assert [term.grad.item() for term in terms] == [1, 2, 45]
    close(generator_total(*terms, lambda_fm=0.5, lambda_mel=0.0).detach(), 1 + 5.0)


def test_losses_keep_double_precision() -> None:
    x = [randn(2, 3).double()]
    losses = [discriminator_loss(x, x), generator_loss(x), feature_matching_loss([x], [x])]
    assert {loss.dtype for loss in losses} == {torch.float64}


A, B = torch.zeros(2, 3), torch.zeros(2, 4)
ONE = torch.tensor(1.0)


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (discriminator_loss, ([], [])),
        (discriminator_loss, ([A, B], [A])),
        (discriminator_loss, ([A], [A, B])),
        (discriminator_loss, ([A], [B])),
        (discriminator_loss, ([torch.zeros(2, 0)], [torch.zeros(2, 0)])),
        (generator_loss, ([],)),
        (feature_matching_loss, ([], [])),
        (feature_matching_loss, ([[]], [[]])),
        (feature_matching_loss, ([[A]], [[A], [B]])),
        (feature_matching_loss, ([[A, B]], [[A]])),
        (feature_matching_loss, ([[A]], [[A[:1]]])),
        (mel_l1_loss, (torch.zeros(2, 2048), torch.zeros(1, 2048), log_mel_spectrogram)),
        (mel_l1_loss, (torch.zeros(2, 2048), torch.zeros(2, 2304), log_mel_spectrogram)),
        (generator_total, (ONE, ONE, ONE, -2.0)),
        (generator_total, (ONE, ONE, ONE, 2.0, -45.0)),
        (generator_total, (ONE, ONE, torch.ones(2))),
    ],
)
def test_bad_input_is_a_value_error(function, arguments) -> None:
    with pytest.raises(ValueError):
        function(*arguments)
