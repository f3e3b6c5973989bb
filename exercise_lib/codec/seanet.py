"""EnCodec's SEANet at the paper's size, under the official state-dict names.

Défossez et al. (2022), section 3.1, the causal model for 24 kHz: strides 2, 4, 5 and 8, two LSTM
layers at 75 frames a second. The residual unit and the padding are the student's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor, nn

from exercise_lib.models.students import StudentModule

if TYPE_CHECKING:
    from exercise_lib import encodec
else:
    encodec = StudentModule("encodec")


@dataclass(frozen=True)
class SeanetConfig:
    """The numbers that make a SEANet; the defaults are the paper's."""

    channels: int = 32  # of the first convolution; each stage doubles them
    strides: tuple[int, ...] = (2, 4, 5, 8)  # of the encoder
    dimensions: int = 128  # of a latent
    kernel_size: int = 7  # of the first and the last convolution
    lstm_layers: int = 2

    @property
    def hop_length(self) -> int:
        """Samples of one frame."""
        return math.prod(self.strides)


class CausalTranspose1d(nn.Module):
    """A transposed convolution of twice the stride, cut at its end so that it makes T stride."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.convtr = _NormedTranspose(nn.ConvTranspose1d(inputs, outputs, 2 * stride, stride))

    def forward(self, x: Tensor) -> Tensor:
        """`(B, inputs, T)` to `(B, outputs, T stride)`."""
        return self.convtr(x)[..., : -self.stride]


class _NormedTranspose(nn.Module):
    def __init__(self, convtr: nn.ConvTranspose1d) -> None:
        super().__init__()
        self.convtr = nn.utils.parametrizations.weight_norm(convtr)

    def forward(self, x: Tensor) -> Tensor:
        return self.convtr(x)


class ResidualLSTM(nn.Module):
    """An LSTM over the frames, added to its input."""

    def __init__(self, channels: int, layers: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(channels, channels, layers)

    def forward(self, x: Tensor) -> Tensor:
        """`(B, channels, frames)` to the same."""
        in_time = x.permute(2, 0, 1)
        return (in_time + self.lstm(in_time)[0]).permute(1, 2, 0)


class SeanetEncoder(nn.Module):
    """Waveform to latents."""

    def __init__(self, config: SeanetConfig = SeanetConfig()) -> None:
        super().__init__()
        conv, width = encodec.CausalConv1d, config.channels
        layers: list[nn.Module] = [conv(1, width, config.kernel_size)]
        for stride in config.strides:
            layers += [
                encodec.ResidualUnit(width),
                nn.ELU(),
                conv(width, 2 * width, 2 * stride, stride),
            ]
            width *= 2
        layers += [ResidualLSTM(width, config.lstm_layers), nn.ELU()]
        layers += [conv(width, config.dimensions, config.kernel_size)]
        self.model = nn.Sequential(*layers)

    def forward(self, waveform: Tensor) -> Tensor:
        """`(B, 1, samples)` to `(B, dimensions, ceil(samples / hop))`."""
        return self.model(waveform)


class SeanetDecoder(nn.Module):
    """Latents to a waveform."""

    def __init__(self, config: SeanetConfig = SeanetConfig()) -> None:
        super().__init__()
        conv, width = encodec.CausalConv1d, config.channels * 2 ** len(config.strides)
        layers: list[nn.Module] = [conv(config.dimensions, width, config.kernel_size)]
        layers += [ResidualLSTM(width, config.lstm_layers)]
        for stride in reversed(config.strides):
            layers += [
                nn.ELU(),
                CausalTranspose1d(width, width // 2, stride),
                encodec.ResidualUnit(width // 2),
            ]
            width //= 2
        layers += [nn.ELU(), conv(width, 1, config.kernel_size)]
        self.model = nn.Sequential(*layers)

    def forward(self, z: Tensor) -> Tensor:
        """`(B, dimensions, frames)` to `(B, 1, frames hop)`."""
        return self.model(z)


class Seanet(nn.Module):
    """Both, as in the official model; the quantiser stands between them."""

    def __init__(self, config: SeanetConfig = SeanetConfig()) -> None:
        super().__init__()
        self.config = config
        self.encoder, self.decoder = SeanetEncoder(config), SeanetDecoder(config)

    def forward(self, waveform: Tensor) -> Tensor:
        """Copy `(B, 1, samples)` without quantising."""
        return self.decoder(self.encoder(waveform))[..., : waveform.shape[-1]]
