"""The generator master: official counts, names and outputs, lengths, iSTFT head, gradients."""

import dataclasses
import warnings
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from solutions.exercise_lib.generator import (
    LAPTOP,
    V1,
    V2,
    V3,
    Generator,
    GeneratorConfig,
    ResBlock1,
    ResBlock2,
    convolution,
    fuse,
    receptive_field,
    upsampling,
)
from torch import Tensor, nn

from exercise_lib.models.vocos import Vocos

# The official configurations, written down a second time as the official code names them.
OFFICIAL = {
    "V1": ("1", [8, 8, 2, 2], [16, 16, 4, 4], 512, [3, 7, 11], [[1, 3, 5]] * 3),
    "V2": ("1", [8, 8, 2, 2], [16, 16, 4, 4], 128, [3, 7, 11], [[1, 3, 5]] * 3),
    "V3": ("2", [8, 8, 4], [16, 16, 8], 256, [3, 5, 7], [[1, 2], [2, 6], [3, 12]]),
}
CONFIGS = {"V1": V1, "V2": V2, "V3": V3}
COUNTS = {"V1": 13_926_017, "V2": 925_985, "V3": 1_462_273}
NARROW = GeneratorConfig(1, (4, 2), (8, 4), 8, (3, 5), ((1, 3),) * 2, n_mels=6)


def official_layers(name: str) -> dict[str, tuple[int, int, int]]:
    """Every convolution of an official generator: first axis, second axis, kernel of its weight."""
    resblock, _, up_kernels, c0, kernels, dilations = OFFICIAL[name]
    layers = {"conv_pre": (c0, 80, 7)}
    for i, up_kernel in enumerate(up_kernels):
        c = c0 // 2 ** (i + 1)
        layers[f"ups.{i}"] = (2 * c, c, up_kernel)  # transposed: channels in come first
        for j, kernel in enumerate(kernels):
            lists = ("convs1", "convs2") if resblock == "1" else ("convs",)
            for convs in lists:
                for d in range(len(dilations[j])):
                    layers[f"resblocks.{i * len(kernels) + j}.{convs}.{d}"] = (c, c, kernel)
    layers["conv_post"] = (1, c, 7)
    return layers


def official_state(name: str) -> dict[str, Tensor]:
    """An official checkpoint's keys and shapes with random values."""
    random = torch.Generator().manual_seed(0)
    state = {}
    for layer, shape in official_layers(name).items():
        c_out = shape[1] if layer.startswith("ups") else shape[0]
        state[f"{layer}.bias"] = 0.05 * torch.randn(c_out, generator=random)
        state[f"{layer}.weight_g"] = 0.3 + 0.5 * torch.rand(shape[0], 1, 1, generator=random)
        state[f"{layer}.weight_v"] = torch.randn(shape, generator=random)
    return state


def reference_waveform(name: str, state: dict[str, Tensor], mel: Tensor) -> Tensor:
    """The official forward pass, written with torch's functions from an official state dict."""
    resblock, rates, _, _, kernels, dilations = OFFICIAL[name]

    def parts(layer: str) -> tuple[Tensor, Tensor]:
        v = state[f"{layer}.weight_v"]
        norm = v.flatten(1).norm(dim=1).reshape(-1, 1, 1)
        return state[f"{layer}.weight_g"] * v / norm, state[f"{layer}.bias"]

    def conv(x: Tensor, layer: str, dilation: int) -> Tensor:
        weight, bias = parts(layer)
        padding = (weight.shape[2] * dilation - dilation) // 2
        return F.conv1d(x, weight, bias, padding=padding, dilation=dilation)

    x = conv(mel, "conv_pre", 1)
    for i, rate in enumerate(rates):
        weight, bias = parts(f"ups.{i}")
        padding = (weight.shape[2] - rate) // 2
        x = F.conv_transpose1d(F.leaky_relu(x, 0.1), weight, bias, rate, padding)
        outputs = []
        for j in range(len(kernels)):
            prefix, y = f"resblocks.{i * len(kernels) + j}", x
            for d, dilation in enumerate(dilations[j]):
                if resblock == "1":
                    z = conv(F.leaky_relu(y, 0.1), f"{prefix}.convs1.{d}", dilation)
                    y = y + conv(F.leaky_relu(z, 0.1), f"{prefix}.convs2.{d}", 1)
                else:
                    y = y + conv(F.leaky_relu(y, 0.1), f"{prefix}.convs.{d}", dilation)
            outputs.append(y)
        x = sum(outputs) / len(outputs)
    return torch.tanh(conv(F.leaky_relu(x, 0.01), "conv_post", 1))


def n_parameters(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module", params=["V1", "V2", "V3"])
def official(request) -> tuple[str, Generator, dict[str, Tensor]]:
    name = request.param
    model, state = Generator(CONFIGS[name]), official_state(name)
    model.load_state_dict(state)  # strict
    return name, model.eval(), state


def test_official_checkpoint_loads_under_its_own_names(official) -> None:
    name, model, state = official
    assert len(model.state_dict()) == len(state) == 3 * len(official_layers(name))
    weight = model.resblocks[1].state_dict()
    part = "convs1" if name != "V3" else "convs"
    loaded = weight[f"{part}.1.parametrizations.weight.original1"]
    assert torch.equal(loaded, state[f"resblocks.1.{part}.1.weight_v"])


def test_generates_as_the_official_layers_do(official) -> None:
    name, model, state = official
    mel = 0.5 * noise(1, 80, 5)
    with torch.no_grad():
        expected = reference_waveform(name, state, mel)
        assert 0.01 < expected.abs().max() < 0.999  # else tanh would hide differences
        torch.testing.assert_close(model(mel), expected, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("name", COUNTS)
def test_official_parameter_counts(name) -> None:
    model = Generator(CONFIGS[name])
    model.remove_weight_norm()
    assert n_parameters(model) == COUNTS[name]
    plain = set(model.state_dict())
    assert plain == {
        f"{layer}.{kind}" for layer in official_layers(name) for kind in ("weight", "bias")
    }


def test_removing_the_norm_changes_no_sample() -> None:
    model, mel = Generator(NARROW).eval(), noise(2, 6, 7)
    with torch.no_grad():
        before = model(mel)
        model.remove_weight_norm()
        torch.testing.assert_close(model(mel), before)
    assert not any("original" in key for key in model.state_dict())


def test_older_weight_norm_names_load_the_same_weights() -> None:
    """A layer of torch.nn.utils.weight_norm, as the official code writes it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        old = torch.nn.utils.weight_norm(nn.ConvTranspose1d(16, 8, 8, 4, padding=2))
    new = upsampling(16, 8, 4)
    missing, unexpected = new.load_state_dict(old.state_dict())
    assert not missing and not unexpected
    x = noise(2, 16, 9)
    torch.testing.assert_close(new(x), old(x))


@pytest.mark.parametrize("config", [V1, V2, V3, LAPTOP])
def test_a_frame_becomes_a_hop_of_256_samples(config) -> None:
    assert config.hop_length == 256
    narrow = dataclasses.replace(config, upsample_initial_channel=16)
    with torch.no_grad():
        for frames in (1, 7):
            assert Generator(narrow)(noise(2, 80, frames)).shape == (2, 1, 256 * frames)


@pytest.mark.parametrize(
    ("kernel_size", "rate"), [(16, 8), (4, 2), (8, 4), (7, 3), (11, 5), (3, 3)]
)
def test_upsampling_multiplies_the_length_and_halves_the_channels(kernel_size, rate) -> None:
    assert upsampling(6, kernel_size, rate)(noise(2, 6, 13)).shape == (2, 3, 13 * rate)


def test_upsampling_keeps_events_in_place() -> None:
    """With a flat kernel, an impulse at t lies around the middle of its rate samples."""
    up = upsampling(2, 16, 8)
    nn.utils.parametrize.remove_parametrizations(up, "weight")
    with torch.no_grad():
        up.weight.fill_(1.0), up.bias.zero_()
        impulse = torch.zeros(1, 2, 9)
        impulse[..., 4] = 1.0
        written = up(impulse).flatten().nonzero().flatten()
    assert written.float().mean() == 4 * 8 + (8 - 1) / 2


@pytest.mark.parametrize("block_type", [ResBlock1, ResBlock2])
def test_receptive_field_is_what_the_gradient_reaches(block_type) -> None:
    for kernel_size, dilations in ((3, (1, 3, 5)), (7, (3, 12)), (11, (1,))):
        layers = (
            [d for pair in dilations for d in (pair, 1)] if block_type is ResBlock1 else dilations
        )
        x = noise(1, 2, 301).requires_grad_()
        block_type(2, kernel_size, dilations)(x)[0, :, 150].sum().backward()
        reached = x.grad.abs().sum(1).flatten().nonzero().flatten()
        assert int(reached[-1] - reached[0]) + 1 == receptive_field(kernel_size, layers)


def test_receptive_fields_by_hand() -> None:
    assert receptive_field(3, [1]) == 3
    assert receptive_field(3, [1, 2]) == 7
    assert receptive_field(5, [2, 6]) == 33
    assert receptive_field(11, [1, 1, 3, 1, 5, 1]) == 121
    assert receptive_field(1, [9]) == receptive_field(9, []) == 1


@pytest.mark.parametrize("block_type", [ResBlock1, ResBlock2])
def test_a_block_without_weights_is_the_identity(block_type) -> None:
    block, x = block_type(3, 5, (1, 2)), noise(2, 3, 20)
    with torch.no_grad():
        for parameter in block.parameters():
            parameter.zero_()
        for conv in (module for module in block.modules() if hasattr(module, "parametrizations")):
            conv.parametrizations.weight.original1.fill_(1.0)  # g / |v| with g = 0
        torch.testing.assert_close(block(x), x)


def test_fusion_is_a_mean_and_leaves_its_input_alone() -> None:
    x = noise(2, 3, 8)
    kept = x.clone()
    torch.testing.assert_close(fuse(x, [torch.relu, torch.neg]), (x.relu() - x) / 2)
    torch.testing.assert_close(x, kept)


def test_stages_use_their_own_blocks() -> None:
    model = Generator(NARROW).eval()
    called = []
    for index, block in enumerate(model.resblocks):
        block.register_forward_hook(lambda *_, index=index: called.append(index))
    with torch.no_grad():
        model(noise(1, 6, 3))
    assert called == [0, 1, 2, 3]


def test_the_inverse_stft_returns_the_signal_of_its_own_transform() -> None:
    """Magnitudes and phases of a signal go in, the signal comes out, `hop` samples a frame."""
    model = Generator(LAPTOP)
    signal = 0.1 * noise(2, 400)
    spectrum = torch.stft(signal, 16, 4, 16, torch.hann_window(16), return_complex=True)
    spectrum = spectrum[..., :-1]  # the last frame is the one `inverse_stft` adds
    heads = torch.cat([spectrum.abs().clamp(min=1e-9).log(), spectrum.angle()], dim=1)
    y_hat = model.inverse_stft(heads)
    assert y_hat.shape == (2, 1, 4 * heads.shape[2]) == (2, 1, 400)
    inner = slice(8, -8)  # the added frame is empty
    torch.testing.assert_close(y_hat[:, 0, inner], signal[:, inner], rtol=1e-3, atol=1e-5)


def test_the_inverse_stft_bounds_the_loudness() -> None:
    heads = torch.full((1, 18, 30), 1e4)
    assert Generator(LAPTOP).inverse_stft(heads).isfinite().all()


def test_laptop_is_small() -> None:
    model = Generator(LAPTOP)
    model.remove_weight_norm()
    assert n_parameters(model) == 393_970


@pytest.mark.parametrize(
    "config", [NARROW, dataclasses.replace(LAPTOP, upsample_initial_channel=8)]
)
def test_gradients_reach_the_mel_and_every_parameter(config) -> None:
    torch.manual_seed(0)
    model, mel = Generator(config), noise(2, config.n_mels, 6).requires_grad_()
    model(mel).square().sum().backward()
    assert mel.grad.abs().sum() > 0
    assert all(parameter.grad.isfinite().all() for parameter in model.parameters())
    assert all(parameter.grad.abs().sum() > 0 for parameter in model.parameters())


def test_samples_stay_between_minus_one_and_one() -> None:
    with torch.no_grad():
        model = Generator(NARROW)
        for parameter in model.parameters():
            parameter.mul_(50)
        y_hat = model(noise(1, 6, 40))
    assert 0.9 < y_hat.abs().max() <= 1


@pytest.mark.parametrize(
    ("message", "call"),
    [
        ("kernel_size=3", lambda: upsampling(4, 3, 5)),
        ("rate=2", lambda: upsampling(4, 5, 2)),
        ("channels=3", lambda: upsampling(3, 4, 2)),
        ("start at 1", lambda: receptive_field(0, [1])),
        ("start at 1", lambda: receptive_field(3, [1, 0])),
        ("at least one", lambda: fuse(torch.zeros(1, 1, 4), [])),
        ("mel must be", lambda: Generator(NARROW)(torch.zeros(6, 4))),
        ("mel must be", lambda: Generator(NARROW)(torch.zeros(1, 7, 4))),
    ],
)
def test_bad_input_is_a_value_error(message, call) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_a_convolution_keeps_its_length() -> None:
    for kernel_size, dilation in ((3, 1), (7, 12), (11, 5)):
        assert convolution(2, kernel_size, dilation)(noise(1, 2, 17)).shape == (1, 2, 17)


def test_vocos_has_seven_times_the_weights_as_the_notebook_says() -> None:
    laptop, vocos = (sum(w.numel() for w in it.parameters()) for it in (Generator(LAPTOP), Vocos()))
    assert round(vocos / laptop) == 7
    text = Path(__file__).with_name("notebook.py").read_text().replace("\n# ", " ")
    assert "seven times as many weights" in text
