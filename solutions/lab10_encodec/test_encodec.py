"""The EnCodec master against hand-computed values, trusted libraries and the published package."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy.signal import stft
from solutions.exercise_lib.encodec import (
    CausalConv1d,
    ResidualUnit,
    balance,
    bit_rate,
    causal_pad,
    complex_input,
    pack_codes,
    relative_feature_loss,
    spectral_loss,
)
from torch import Tensor

from exercise_lib.check.toys.features import log_magnitudes
from exercise_lib.codec import seanet
from solutions.exercise_lib import encodec


def randn(*shape: int, seed: int = 0, grad: bool = False) -> Tensor:
    x = torch.randn(*shape, generator=torch.Generator().manual_seed(seed))
    return x.requires_grad_(grad)


def close(got: Tensor, expected: float | Tensor, rtol: float = 1e-5) -> None:
    expected = torch.as_tensor(expected, dtype=got.dtype)
    torch.testing.assert_close(got, expected, rtol=rtol, atol=1e-6)


@pytest.fixture(autouse=True)
def solved(monkeypatch):
    monkeypatch.setattr(seanet, "encodec", encodec)


def test_bit_rates_of_the_paper():
    """24 kHz, 75 frames a second, books of 1024 codes: 1.5, 3, 6, 12 and 24 kb/s."""
    rates = [bit_rate(24_000, (2, 4, 5, 8), n, 1024) for n in (2, 4, 8, 16, 32)]
    assert rates == [1500, 3000, 6000, 12_000, 24_000]


def test_packed_codes_by_hand():
    """Frames (5, 1) and (2, 7) in three bits: 101 001 010 111 and four zeros."""
    packed = pack_codes(torch.tensor([[5, 2], [1, 7]]), 3)
    assert packed.tolist() == [0b10100101, 0b01110000] and packed.dtype == torch.uint8


def test_packed_codes_equal_numpys_bits():
    codes = torch.randint(1024, (4, 13), generator=torch.Generator().manual_seed(0))
    numbers = codes.T.flatten().numpy().astype(">u2").view(np.uint8).reshape(-1, 2)
    bits = np.unpackbits(numbers, axis=1)[:, 6:]
    assert pack_codes(codes, 10).tolist() == np.packbits(bits).tolist()


@pytest.mark.parametrize("codes", [[[8]], [[-1]]])
def test_a_code_that_does_not_fit_is_refused(codes):
    with pytest.raises(ValueError, match="codes are 0 to 7"):
        pack_codes(torch.tensor(codes), 3)


def test_causal_pad_by_hand():
    x = torch.arange(5.0)[None, None]
    assert causal_pad(x, 4, 2, 1).tolist() == [[[2, 1, 0, 1, 2, 3, 4, 3]]]
    assert causal_pad(x, 3, 1, 2).tolist() == [[[4, 3, 2, 1, 0, 1, 2, 3, 4]]]


@pytest.mark.parametrize(("n", "stride"), [(16, 4), (17, 4), (19, 4), (18, 5), (30, 1)])
def test_a_causal_convolution_makes_a_frame_for_each_stride_and_sees_no_later_sample(n, stride):
    conv = CausalConv1d(1, 2, 2 * stride, stride)
    x = randn(1, 1, n)
    before = conv(x)
    assert before.shape[-1] == math.ceil(n / stride)
    x[..., 12:] += 1.0
    changed = (conv(x) - before).abs().amax((0, 1)) > 1e-6
    assert not changed[: 12 // stride].any()


def test_residual_unit_equals_its_equation():
    unit, x = ResidualUnit(6, 3, 2), randn(2, 6, 11)
    first, second, own = unit.block[1], unit.block[3], unit.shortcut
    assert first.conv.conv.weight.shape == (3, 6, 3)
    close(unit(x), own(x) + second(F.elu(first(F.elu(x)))))


def test_spectral_loss_by_hand():
    """Differences of 3 and 1 at one scale, of 2 everywhere at the other."""
    x, x_hat = torch.zeros(1, 2), torch.tensor([[3.0, 1.0]])
    scales = [lambda w: w[:, None], lambda w: 0 * w[:, None] + 2 * (w.sum() > 0)]
    close(spectral_loss(x, x_hat, scales), (2 + math.sqrt(5) + 2 + 2) / 2)


def test_a_perfect_copy_costs_nothing_and_has_a_finite_gradient():
    x = randn(2, 64)
    x_hat = x.clone().requires_grad_()
    loss = spectral_loss(x, x_hat, [log_magnitudes])
    loss.backward()
    assert loss < 1e-5 and x_hat.grad.isfinite().all()


def test_complex_input_equals_scipys_stft():
    x = randn(2, 100)
    _, _, expected = stft(x.numpy(), window="hann", nperseg=32, noverlap=24, boundary=None)
    found = complex_input(x, 32, 8)
    window = torch.hann_window(32)
    scaled = torch.from_numpy(expected) * window.sum() / window.norm()  # scipy divides by the sum
    n_frames = found.shape[2]
    close(found[:, 0], scaled.real.mT[:, :n_frames].float(), 1e-4)
    close(found[:, 1], scaled.imag.mT[:, :n_frames].float(), 1e-4)


def test_complex_input_equals_torchaudios_with_its_window_norm():
    transforms = pytest.importorskip("torchaudio.transforms")
    official = transforms.Spectrogram(64, hop_length=16, power=None, normalized=True, center=False)
    x = randn(1, 300)
    expected = official(x)
    close(complex_input(x, 64, 16)[:, 0], expected.real.mT, 1e-4)


def test_relative_feature_loss_by_hand_and_blind_to_the_features_size():
    real = [[torch.tensor([1.0, -3.0]), torch.tensor([2.0])], [torch.tensor([4.0])]]
    fake = [[torch.tensor([1.0, -1.0]), torch.tensor([1.0])], [torch.tensor([8.0])]]
    close(relative_feature_loss(real, fake), (1 / 2 + 1 / 2 + 1) / 3)
    louder = [[[7 * it for it in layers] for layers in maps] for maps in (real, fake)]
    close(relative_feature_loss(*louder), (1 / 2 + 1 / 2 + 1) / 3)


def test_relative_feature_loss_teaches_the_generator_alone():
    real, fake = randn(3, 4, grad=True), randn(3, 4, seed=1, grad=True)
    relative_feature_loss([[real]], [[fake]]).backward()
    assert real.grad is None and fake.grad.abs().sum() > 0


def test_balanced_shares_do_not_depend_on_the_losses_sizes():
    gradients, weights, start = randn(3, 2, 50), torch.tensor([1.0, 3.0, 4.0]), torch.zeros(3)
    mixed, averages = balance(gradients, weights, start, 0.0)
    louder, _ = balance(
        gradients * torch.tensor([1e3, 1.0, 1e-3])[:, None, None], weights, start, 0.0
    )
    close(mixed, louder, 1e-4)
    close(averages, gradients.norm(dim=2).mean(1))
    alone, _ = balance(gradients[:1], torch.ones(1), torch.zeros(1), 0.0)
    close(alone.norm(dim=1).mean(), 1.0)


def test_balance_follows_a_moving_average():
    gradients = torch.tensor([[[3.0, 4.0]], [[0.0, 2.0]]])
    mixed, averages = balance(gradients, torch.tensor([1.0, 1.0]), torch.tensor([1.0, 1.0]), 0.75)
    close(averages, torch.tensor([2.0, 1.25]))
    close(mixed, torch.tensor([[0.5 * 3 / 2, 0.5 * 4 / 2 + 0.5 * 2 / 1.25]]))


# ---------------------------------------------------------------- the published architecture
def test_seanet_has_the_papers_size():
    """Paper, section 3.1: 320 samples a frame; parameters as counted in the published model."""
    model = seanet.Seanet()
    assert model.config.hop_length == 320
    assert model.encoder(torch.zeros(1, 1, 3000)).shape == (1, 128, 10)
    assert model(torch.zeros(1, 1, 3000)).shape == (1, 1, 3000)


def test_seanet_loads_the_published_models_weights_and_computes_the_same():
    """Random weights of the `encodec` package (CC BY-NC, so it is not installed with the kit)."""
    published = pytest.importorskip("encodec.modules")
    sizes = {"channels": 1, "dimension": 128, "n_filters": 32, "ratios": [8, 5, 4, 2]}
    options = {"norm": "weight_norm", "causal": True, **sizes}
    torch.manual_seed(0)
    theirs = torch.nn.ModuleDict(
        {
            "encoder": published.SEANetEncoder(**options),
            "decoder": published.SEANetDecoder(**options),
        }
    ).eval()
    ours = seanet.Seanet().eval()
    state = theirs.state_dict()
    assert "encoder.model.1.block.1.conv.conv.weight_g" in state
    ours.load_state_dict(state, strict=True)
    x = 0.1 * randn(1, 1, 3011)
    with torch.inference_mode():
        z = theirs["encoder"](x)
        close(ours.encoder(x), z, 1e-4)
        close(ours.decoder(z), theirs["decoder"](z), 1e-4)
