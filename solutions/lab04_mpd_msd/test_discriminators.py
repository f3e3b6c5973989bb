"""The discriminator master: folds and pools by hand, official names, counts and outputs."""

import warnings

import pytest
import torch
import torch.nn.functional as F
from solutions.exercise_lib.discriminators import (
    MultiPeriodDiscriminator,
    MultiScaleDiscriminator,
    PeriodDiscriminator,
    ScaleDiscriminator,
    fold,
    pooled_scales,
)
from torch import Tensor, nn

from autograder.builder.answers import answer
from autograder.paths import REPOSITORY
from exercise_lib.speech.data import SpeechCorpus

# The official layers, written down a second time: in, out, kernel, stride, groups.
PERIOD_CONVS = [
    (1, 32, 5, 3, 1),
    (32, 128, 5, 3, 1),
    (128, 512, 5, 3, 1),
    (512, 1024, 5, 3, 1),
    (1024, 1024, 5, 1, 1),
    (1024, 1, 3, 1, 1),
]
SCALE_CONVS = [
    (1, 128, 15, 1, 1),
    (128, 128, 41, 2, 4),
    (128, 256, 41, 2, 16),
    (256, 512, 41, 4, 16),
    (512, 1024, 41, 4, 16),
    (1024, 1024, 41, 1, 16),
    (1024, 1024, 5, 1, 1),
    (1024, 1, 3, 1, 1),
]


def official_state(periods: tuple[int, ...] = ()) -> dict[str, Tensor]:
    """An official checkpoint's keys and shapes with random values: MPD's, without periods MSD's."""
    generator = torch.Generator().manual_seed(0)
    state = {}
    for member in range(len(periods) or 3):
        layers = PERIOD_CONVS if periods else SCALE_CONVS
        for i, (c_in, c_out, kernel, _, groups) in enumerate(layers):
            name = "conv_post" if i == len(layers) - 1 else f"convs.{i}"
            prefix = f"discriminators.{member}.{name}."
            shape = (c_out, c_in // groups, kernel) + ((1,) if periods else ())
            weight = 0.05 * torch.randn(shape, generator=generator)
            state[f"{prefix}bias"] = 0.1 * torch.randn(c_out, generator=generator)
            if member == 0 and not periods:
                u = F.normalize(torch.randn(c_out, generator=generator), dim=0)
                state[f"{prefix}weight_orig"], state[f"{prefix}weight_u"] = weight, u
                state[f"{prefix}weight_v"] = F.normalize(weight.flatten(1).T @ u, dim=0)
            else:
                g_shape = (c_out,) + (1,) * (len(shape) - 1)
                state[f"{prefix}weight_g"] = 0.5 + torch.rand(g_shape, generator=generator)
                state[f"{prefix}weight_v"] = weight
    return state


def reference_judgement(
    state: dict[str, Tensor], member: int, x: Tensor, two_d: bool
) -> tuple[Tensor, list[Tensor]]:
    """One member's forward pass written with torch's functions from an official state dict."""
    layers = PERIOD_CONVS if two_d else SCALE_CONVS
    fmaps = []
    for i, (_, _, kernel, stride, groups) in enumerate(layers):
        last = i == len(layers) - 1
        prefix = f"discriminators.{member}.{'conv_post' if last else f'convs.{i}'}."
        if f"{prefix}weight_orig" in state:
            weight, u = state[f"{prefix}weight_orig"], state[f"{prefix}weight_u"]
            weight = weight / (u @ weight.flatten(1) @ state[f"{prefix}weight_v"])
        else:
            v = state[f"{prefix}weight_v"]
            norm = v.flatten(1).norm(dim=1).reshape(-1, *[1] * (v.ndim - 1))
            weight = state[f"{prefix}weight_g"] * v / norm
        bias, pad = state[f"{prefix}bias"], (kernel - 1) // 2
        if two_d:
            x = F.conv2d(x, weight, bias, (stride, 1), (pad, 0), 1, groups)
        else:
            x = F.conv1d(x, weight, bias, stride, pad, 1, groups)
        x = x if last else F.leaky_relu(x, 0.1)
        fmaps.append(x)
    return torch.flatten(x, 1, -1), fmaps


@pytest.fixture(scope="module")
def mpd() -> tuple[MultiPeriodDiscriminator, dict[str, Tensor]]:
    state = official_state(periods=(2, 3, 5, 7, 11))
    model = MultiPeriodDiscriminator()
    model.load_state_dict(state)  # strict
    return model.eval(), state


@pytest.fixture(scope="module")
def msd() -> tuple[MultiScaleDiscriminator, dict[str, Tensor]]:
    state = official_state()
    model = MultiScaleDiscriminator()
    model.load_state_dict(state)  # strict
    return model.eval(), state


def n_parameters(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def audio(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_columns_of_a_folded_ramp() -> None:
    folded = fold(torch.arange(12.0).reshape(1, 1, 12), 3)
    assert folded.shape == (1, 1, 4, 3)
    assert folded[0, 0, :, 0].tolist() == [0, 3, 6, 9]
    assert folded[0, 0, 0].tolist() == [0, 1, 2]


def test_folding_mirrors_the_end() -> None:
    folded = fold(torch.arange(10.0).reshape(1, 1, 10), 4)
    assert folded[0, 0].tolist() == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 8, 7]]


@pytest.mark.parametrize("period", [1, 2, 3, 5, 7, 11, 97])
@pytest.mark.parametrize("samples", [97, 110, 8192])
def test_every_sample_stands_at_its_row_and_column(period: int, samples: int) -> None:
    x = audio(2, 1, samples)
    folded = fold(x, period)
    assert folded.shape == (2, 1, -(-samples // period), period)
    torch.testing.assert_close(folded.reshape(2, 1, -1)[..., :samples], x, rtol=0, atol=0)


def test_folding_gradient_counts_how_often_a_sample_is_used() -> None:
    x = torch.arange(10.0).reshape(1, 1, 10).requires_grad_()
    fold(x, 4).sum().backward()
    assert x.grad.flatten().tolist() == [1, 1, 1, 1, 1, 1, 1, 2, 2, 1]


def test_folding_takes_a_slice_of_a_longer_signal() -> None:
    x = audio(3, 1, 50)[..., ::2]
    torch.testing.assert_close(fold(x, 5)[:, 0, :, 0], x[:, 0, ::5])


def test_pools_of_8192_samples() -> None:
    assert [len(x[0, 0]) for x in pooled_scales(torch.zeros(1, 1, 8192))] == [8192, 4097, 2049]


def test_pools_of_ones_count_the_padding() -> None:
    raw, half, quarter = pooled_scales(torch.ones(1, 1, 8))
    assert raw.flatten().tolist() == [1] * 8
    assert half.flatten().tolist() == [0.5, 1, 1, 1, 0.5]
    assert quarter.flatten().tolist() == [0.375, 0.875, 0.625]


def test_pools_equal_the_official_module_in_value_and_gradient() -> None:
    pool = nn.AvgPool1d(4, 2, padding=2)
    x, again = (audio(2, 1, 101).requires_grad_() for _ in range(2))
    scales = pooled_scales(x, 4)
    expected = [again, pool(again), pool(pool(again)), pool(pool(pool(again)))]
    for scale, wanted in zip(scales, expected, strict=True):
        torch.testing.assert_close(scale, wanted)
    sum((s**2).sum() for s in scales).backward()
    sum((s**2).sum() for s in expected).backward()
    torch.testing.assert_close(x.grad, again.grad)


def test_official_mpd_checkpoint_loads(mpd) -> None:
    model, state = mpd
    assert len(state) == len(model.state_dict()) == 90
    assert n_parameters(model) == sum(t.numel() for t in state.values()) == 41_105_770


def test_official_msd_checkpoint_loads(msd) -> None:
    model, state = msd
    buffers = sum(buffer.numel() for buffer in model.buffers())  # spectral norm's u and v
    assert len(state) == len(model.state_dict()) == 80
    assert n_parameters(model) == 29_618_821
    assert sum(t.numel() for t in state.values()) == 29_618_821 + buffers


def test_mpd_judges_as_the_official_layers_do(mpd) -> None:
    model, state = mpd
    y, y_hat = audio(2, 1, 1000), audio(2, 1, 1000, seed=1)
    with torch.no_grad():
        judged = model(y, y_hat)
        for k, period in enumerate((2, 3, 5, 7, 11)):
            for x, logits, fmaps in ((y, *judged[::2]), (y_hat, *judged[1::2])):
                n_pad = (period - 1000 % period) % period
                x = F.pad(x, (0, n_pad), "reflect").view(2, 1, -1, period)
                expected = reference_judgement(state, k, x, two_d=True)
                torch.testing.assert_close((logits[k], fmaps[k]), expected, rtol=1e-3, atol=1e-4)


def test_msd_judges_as_the_official_layers_do(msd) -> None:
    model, state = msd
    y, y_hat = audio(1, 1, 1024), audio(1, 1, 1024, seed=1)
    pool = nn.AvgPool1d(4, 2, padding=2)
    with torch.no_grad():
        judged = model(y, y_hat)
        for x, logits, fmaps in ((y, *judged[::2]), (y_hat, *judged[1::2])):
            for k in range(3):
                x = pool(x) if k else x
                expected = reference_judgement(state, k, x, two_d=False)
                torch.testing.assert_close((logits[k], fmaps[k]), expected, rtol=1e-3, atol=1e-4)


def test_older_weight_norm_names_load_the_same_weights() -> None:
    """A checkpoint of torch.nn.utils.weight_norm, as the official code writes it, round-trips."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        conv = torch.nn.utils.weight_norm(nn.Conv2d(1, 32, (5, 1), (3, 1), padding=(2, 0)))
    model = PeriodDiscriminator(3)
    missing, unexpected = model.convs[0].load_state_dict(conv.state_dict())
    assert not missing and not unexpected
    torch.testing.assert_close(model.convs[0].weight, conv.weight)


@pytest.mark.parametrize("width", [1 / 256, 1 / 32, 0.1, 0.3])
def test_every_width_gives_valid_layers(width: int) -> None:
    y, y_hat = audio(2, 1, 300), audio(2, 1, 300, seed=1)
    for model, n, maps in (
        (MultiPeriodDiscriminator(width), 5, 6),
        (MultiScaleDiscriminator(width), 3, 8),
    ):
        logits_real, logits_fake, fmaps_real, fmaps_fake = model(y, y_hat)
        assert len(logits_real) == len(logits_fake) == len(fmaps_real) == len(fmaps_fake) == n
        assert {len(layers) for layers in fmaps_real + fmaps_fake} == {maps}
        assert all(logits.shape[0] == 2 and logits.ndim == 2 for logits in logits_real)


def test_laptop_width_keeps_groups_and_has_few_parameters() -> None:
    model = ScaleDiscriminator(1 / 8)
    assert [conv.groups for conv in model.convs] == [1, 4, 16, 16, 16, 16, 1]
    assert n_parameters(MultiPeriodDiscriminator(1 / 8)) < 41_105_770 / 50


@pytest.mark.parametrize("model_class", [MultiPeriodDiscriminator, MultiScaleDiscriminator])
def test_gradients_reach_audio_and_every_parameter(model_class) -> None:
    model = model_class(1 / 32)
    y, y_hat = audio(2, 1, 500).requires_grad_(), audio(2, 1, 500, seed=1).requires_grad_()
    judged = model(y, y_hat)
    real = sum(x.sum() for x in judged[0]) + sum(x.sum() for layers in judged[2] for x in layers)
    real.backward(retain_graph=True)
    assert y.grad.abs().sum() > 0
    assert y_hat.grad is None  # real and generated audio are judged apart
    sum(x.square().sum() for x in judged[1]).backward()
    assert y_hat.grad.abs().sum() > 0
    assert all(parameter.grad.isfinite().all() for parameter in model.parameters())
    assert all(parameter.grad.abs().sum() > 0 for parameter in model.parameters())


def test_detached_audio_gets_no_gradient_but_the_discriminator_does() -> None:
    """The discriminator's step: y_hat.detach() before the call."""
    model = MultiPeriodDiscriminator(1 / 32)
    y_hat = audio(2, 1, 500).requires_grad_()
    _, logits, _, _ = model(audio(2, 1, 500, seed=1), y_hat.detach())
    sum(x.square().mean() for x in logits).backward()
    assert y_hat.grad is None
    assert model.discriminators[0].convs[0].bias.grad.abs().sum() > 0


def test_the_maps_have_the_sizes_that_the_notebook_says() -> None:
    """0.2 s: layers 2 to 4 (MPD) and 2 to 5 (MSD) get coarser, the others keep their time axis."""
    periods = PeriodDiscriminator(5, 0.1)(audio(1, 1, 3200))[1]
    assert [x.shape[2] for x in periods] == [214, 72, 24, 8, 8, 8]
    assert [x.shape[1] for x in periods] == [3, 13, 51, 102, 102, 1]
    scales = ScaleDiscriminator(0.1)(audio(1, 1, 3200))[1]
    assert [x.shape[2] for x in scales] == [3200, 1600, 800, 200, 50, 50, 50, 50]  # 4 ms
    assert [x.shape[1] for x in scales] == [13, 13, 26, 51, 102, 102, 102, 1]


def test_a_vowel_is_most_like_itself_a_sample_later_and_then_a_pitch_period_later() -> None:
    """What notebook 04 says of r(p), on its own vowel."""
    periodicity = answer("solutions.lab04_mpd_msd.exercises", "periodicity")
    waveform = SpeechCorpus(REPOSITORY.data / "mini")[0].waveform
    loudest = int(waveform.square().unfold(0, 1600, 400).mean(-1).argmax()) * 400
    voiced = waveform[loudest : loudest + 1600]
    r = torch.stack([periodicity(voiced, p) for p in range(2, 260)])
    inner = r[1:-1]
    peaks = [p + 3 for p in range(len(inner)) if inner[p] >= max(r[p], r[p + 2])]
    assert r.argmax() == 0 and max(peaks, key=lambda p: r[p - 2]) == 136


X = torch.zeros(2, 1, 100)


@pytest.mark.parametrize(
    ("message", "call"),
    [
        ("audio must be", lambda: fold(X[0], 3)),
        ("audio must be", lambda: fold(torch.zeros(2, 2, 100), 3)),
        ("audio must be", lambda: fold(X[..., :0], 3)),
        ("period must be", lambda: fold(X, 0)),
        ("period must be", lambda: fold(X, 101)),
        ("period must be", lambda: PeriodDiscriminator(0, 1 / 32)),
        ("width must be", lambda: PeriodDiscriminator(3, width=0)),
        ("width must be", lambda: ScaleDiscriminator(width=-1)),
        ("width must be", lambda: ScaleDiscriminator(width=float("nan"))),
        ("audio must be", lambda: PeriodDiscriminator(3, 1 / 32)(X[0])),
        ("audio must be", lambda: ScaleDiscriminator(1 / 32)(X[0])),
        ("n_scales must be", lambda: pooled_scales(X, 0)),
        ("audio must be", lambda: pooled_scales(X[:, 0])),
        ("audio must be", lambda: MultiPeriodDiscriminator(1 / 32)(X[:, 0], X[:, 0])),
        ("differ in shape", lambda: MultiPeriodDiscriminator(1 / 32)(X, X[:1])),
        ("differ in shape", lambda: MultiScaleDiscriminator(1 / 32)(X, X[..., :-1])),
    ],
)
def test_bad_input_is_a_value_error(message: str, call) -> None:
    with pytest.raises(ValueError, match=message):
        call()
