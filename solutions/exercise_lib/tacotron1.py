"""Tacotron 1: CBHG encoder, additive attention, residual GRU decoder.

Lecture 7, "Tacotron 1"; Wang et al. (2017), section 3 and Table 1.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from exercise_lib.attention import additive_energies, context_vectors, masked_softmax


@dataclass(frozen=True)
class CBHGConfig:
    """The numbers of one CBHG module."""

    channels: int  # of its input, its output before the GRU, and the residual
    bank: int  # K: the bank has convolutions of width 1 ... K
    bank_channels: int
    projection: int  # channels of the first projection
    highways: int = 4
    gru: int = 128  # units per direction


@dataclass(frozen=True)
class Tacotron1Config:
    """The numbers that make a Tacotron 1."""

    n_symbols: int
    n_mels: int = 80
    reduction_factor: int = 2
    n_linear: int = 513  # bins of the linear spectrogram
    embedding: int = 256
    prenet: tuple[int, int] = (256, 128)
    encoder: CBHGConfig = CBHGConfig(128, 16, 128, 128)
    attention: int = 256  # GRU and energies
    decoder: int = 256
    post: CBHGConfig = CBHGConfig(80, 8, 128, 256)


def paper(n_symbols: int) -> Tacotron1Config:
    """The size of the paper's Table 1."""
    return Tacotron1Config(n_symbols)


def laptop(n_symbols: int, reduction_factor: int = 5) -> Tacotron1Config:
    """The size that a laptop trains."""
    return Tacotron1Config(
        n_symbols,
        reduction_factor=reduction_factor,
        embedding=128,
        prenet=(128, 64),
        encoder=CBHGConfig(64, 8, 64, 64, gru=64),
        attention=128,
        decoder=128,
        post=CBHGConfig(80, 4, 64, 128, highways=2, gru=64),
    )


class Prenet(nn.Module):
    """Linear, ReLU, dropout 0.5, twice: a bottleneck that keeps the decoder from copying."""

    def __init__(self, size: int, sizes: tuple[int, int]) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(size, sizes[0]), nn.Linear(sizes[0], sizes[1])])

    def forward(self, x: Tensor) -> Tensor:
        """`(..., size)` to `(..., sizes[1])`; dropout only while training."""
        for linear in self.layers:
            x = F.dropout(F.relu(linear(x)), 0.5, self.training)
        return x


class Highway(nn.Module):
    """A layer that may let its input pass (Srivastava et al. 2015)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.transform = nn.Linear(channels, channels)
        self.gate = nn.Linear(channels, channels)
        nn.init.constant_(self.gate.bias, -1.0)  # at first most of the input passes

    def forward(self, x: Tensor) -> Tensor:
        """y = t relu(H x) + (1 - t) x, t = sigmoid(T x); `(..., channels)` to the same."""
        ### BEGIN SOLUTION
        # TODO 6.1: gate t, transformed input, mix the two
        t = torch.sigmoid(self.gate(x))
        return t * F.relu(self.transform(x)) + (1 - t) * x
        ### END SOLUTION


def normed_conv(channels_in: int, channels_out: int, width: int) -> nn.Sequential:
    """Conv1d that keeps the length (padded by one more on the left for even widths), batch norm."""
    pad = nn.ConstantPad1d((width // 2, (width - 1) // 2), 0.0)
    conv = nn.Conv1d(channels_in, channels_out, width, bias=False)
    return nn.Sequential(pad, conv, nn.BatchNorm1d(channels_out))


class CBHG(nn.Module):
    """1-D convolution bank, highway network, bidirectional GRU."""

    def __init__(self, config: CBHGConfig) -> None:
        super().__init__()
        c = config.channels
        self.bank = nn.ModuleList(
            normed_conv(c, config.bank_channels, width) for width in range(1, config.bank + 1)
        )
        self.projections = nn.ModuleList(
            [
                normed_conv(config.bank * config.bank_channels, config.projection, 3),
                normed_conv(config.projection, c, 3),
            ]
        )
        self.highways = nn.ModuleList(Highway(c) for _ in range(config.highways))
        self.gru = nn.GRU(c, config.gru, batch_first=True, bidirectional=True)

    def convolve(self, x: Tensor) -> Tensor:
        """Bank, max-pool of width 2 and stride 1, projections, residual.

        Args: x: `(B, channels, T)`. Returns: the same shape.
        """
        ### BEGIN SOLUTION
        # TODO 6.2: ReLU of every bank conv, concatenate, pool (pad right), project twice, add x
        banked = torch.cat([F.relu(conv(x)) for conv in self.bank], dim=1)  # (B, K * bank, T)
        pooled = F.max_pool1d(F.pad(banked, (0, 1), value=0.0), 2, stride=1)
        projected = F.relu(self.projections[0](pooled))
        return x + self.projections[1](projected)
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        """`(B, channels, T)` to `(B, T, 2 * gru)`."""
        x = self.convolve(x).mT
        for highway in self.highways:
            x = highway(x)
        return self.gru(x)[0]


class Tacotron1(nn.Module):
    """Characters to a mel and a linear spectrogram."""

    def __init__(self, config: Tacotron1Config) -> None:
        super().__init__()
        self.config = config
        d_memory, units = 2 * config.encoder.gru, config.decoder
        self.embedding = nn.Embedding(config.n_symbols, config.embedding)
        self.encoder_prenet = Prenet(config.embedding, config.prenet)
        self.encoder = CBHG(config.encoder)
        self.decoder_prenet = Prenet(config.n_mels, config.prenet)
        self.attention_rnn = nn.GRUCell(config.prenet[-1] + d_memory, config.attention)
        self.W = nn.Linear(config.attention, config.attention, bias=False)
        self.V = nn.Linear(d_memory, config.attention, bias=False)
        self.v = nn.Parameter(torch.randn(config.attention) / config.attention**0.5)
        self.join = nn.Linear(config.attention + d_memory, units)
        self.decoder_rnns = nn.ModuleList([nn.GRUCell(units, units), nn.GRUCell(units, units)])
        self.to_mel = nn.Linear(units, config.n_mels * config.reduction_factor)
        self.post = CBHG(config.post)
        self.to_linear = nn.Linear(2 * config.post.gru, config.n_linear)
