"""Tacotron 1: CBHG encoder, additive attention, residual GRU decoder.

Lecture 7, "Tacotron 1"; Wang et al. (2017), section 3 and Table 1.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .attention import additive_energies, context_vectors, masked_softmax


@dataclass(frozen=True)
class CBHGConfig:
    """The numbers of one CBHG module."""

    channels: int  # of its input, its output before the GRU, and the residual
    bank: int  # K: the bank has convolutions of width 1 ... K
    bank_channels: int
    projection: int  # channels of the first projection
    highways: int = 4
    highway: int = 128  # units of a highway layer
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
        encoder=CBHGConfig(64, 8, 64, 64, highway=64, gru=64),
        attention=128,
        decoder=128,
        post=CBHGConfig(80, 4, 64, 128, highways=2, highway=64, gru=64),
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
        # TODO 6.1: equation 6.1
        raise NotImplementedError("TODO 6.1: equation 6.1")


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
                normed_conv(config.projection, c, 3),  # no ReLU after this one
            ]
        )
        fits = c == config.highway  # 80 mel bands do not: Table 1 leaves open how they widen
        self.widen = nn.Identity() if fits else nn.Linear(c, config.highway)
        self.highways = nn.ModuleList(Highway(config.highway) for _ in range(config.highways))
        self.gru = nn.GRU(config.highway, config.gru, batch_first=True, bidirectional=True)

    def convolve(self, x: Tensor) -> Tensor:
        """Bank, max-pool of width 2 and stride 1, projections, residual.

        Args: x: `(B, channels, T)`. Returns: the same shape.
        """
        # TODO 6.2: equation 6.2; the length stays T
        raise NotImplementedError("TODO 6.2: equation 6.2; the length stays T")

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Read a batch; each backward GRU starts at the end of its own sequence.

        The convolutions reach over that end, as in the paper's model: the last steps see padding.

        Args: x: `(B, channels, T)`; lengths: steps that are not padding, `(B,)`.
        Returns: `(B, T, 2 * gru)`, zero in the padding.
        """
        x = self.widen(self.convolve(x).mT)
        for highway in self.highways:
            x = highway(x)
        packed = nn.utils.rnn.pack_padded_sequence(
            x, lengths.cpu(), batch_first=True, enforce_sorted=False
        )
        read, _ = self.gru(packed)
        return nn.utils.rnn.pad_packed_sequence(read, True, total_length=x.shape[1])[0]


@dataclass
class DecoderState:
    """What the decoder remembers between two steps."""

    attention_hidden: Tensor  # (B, attention)
    decoder_hidden: tuple[Tensor, Tensor]  # (B, decoder), of both residual GRUs
    context: Tensor  # (B, d_memory)


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

    def encode(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """Tokens `(B, T_enc)`, of lengths `(B,)`, to memory `(B, T_enc, d_memory)`."""
        return self.encoder(self.encoder_prenet(self.embedding(tokens)).mT, lengths)

    def initial_state(self, memory: Tensor) -> DecoderState:
        """Return the state before the first step: all zeros."""
        attention = memory.new_zeros(len(memory), self.config.attention)
        units = memory.new_zeros(len(memory), self.config.decoder)
        return DecoderState(attention, (units, units), torch.zeros_like(memory[:, 0]))

    def step(
        self, prenet_output: Tensor, state: DecoderState, memory: Tensor, lengths: Tensor
    ) -> tuple[Tensor, Tensor, DecoderState]:
        """Advance by one decoder step.

        Args:
            prenet_output: the last frame after the prenet, `(B, prenet[-1])`.
            memory: `(B, T_enc, d_memory)`.
            lengths: characters that are not padding, `(B,)`.

        Returns: frames `(B, r * n_mels)`, weights `(B, T_enc)`, the new state.
        """
        attention_hidden = self.attention_rnn(
            torch.cat([prenet_output, state.context], dim=1), state.attention_hidden
        )
        query = attention_hidden.unsqueeze(1)  # (B, 1, attention)
        energies = additive_energies(query, memory, self.W.weight, self.V.weight, self.v)
        weights = masked_softmax(energies, lengths)  # (B, 1, T_enc)
        context = context_vectors(weights, memory).squeeze(1)  # (B, d_memory)
        x = self.join(torch.cat([attention_hidden, context], dim=1))
        hidden = []
        for rnn, last in zip(self.decoder_rnns, state.decoder_hidden, strict=True):
            hidden.append(rnn(x, last))
            x = x + hidden[-1]  # residual
        state = DecoderState(attention_hidden, (hidden[0], hidden[1]), context)
        return self.to_mel(x), weights.squeeze(1), state

    def forward(
        self, tokens: Tensor, lengths: Tensor, mel: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Predict both spectrograms with the true frames fed back (teacher forcing).

        Args: tokens `(B, T_enc)`; lengths `(B,)`; mel `(B, n_mels, frames)`.
        Returns: mel `(B, n_mels, frames)`, linear spectrogram `(B, n_linear, frames)`, weights
            `(B, T_dec, T_enc)`.
        Raises: ValueError when frames is not a multiple of the reduction factor.
        """
        r = self.config.reduction_factor
        if mel.shape[2] % r:
            raise ValueError(f"{mel.shape[2]} frames are no multiple of the reduction factor {r}")
        fed_back = F.pad(mel[:, :, r - 1 :: r], (1, 0))[:, :, :-1]  # a zero GO frame comes first
        memory = self.encode(tokens, lengths)
        state = self.initial_state(memory)
        steps = []
        for prenet_output in self.decoder_prenet(fed_back.mT).unbind(1):
            frames, weights, state = self.step(prenet_output, state, memory, lengths)
            steps.append((frames, weights))
        return self.spectrograms(steps)

    @torch.inference_mode()
    def infer(self, tokens: Tensor, steps: int) -> tuple[Tensor, Tensor, Tensor]:
        """Speak one sentence, free running; Tacotron 1 has no stop gate and can't end by itself.

        Args: tokens `(T_enc,)`; steps: decoder steps.
        Returns: as `forward`, for a batch of one.
        """
        lengths = torch.tensor([len(tokens)], device=tokens.device)
        memory = self.encode(tokens[None], lengths)
        state, frame = self.initial_state(memory), memory.new_zeros(1, self.config.n_mels)
        taken = []
        for _ in range(steps):
            prenet_output = self.decoder_prenet(frame)
            frames, weights, state = self.step(prenet_output, state, memory, lengths)
            taken.append((frames, weights))
            frame = frames[:, -self.config.n_mels :]
        return self.spectrograms(taken)

    def spectrograms(self, steps: list[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor, Tensor]:
        """Put the steps side by side; the post CBHG makes the linear spectrogram of the mel.

        It reads all frames: without a stop gate, the silence behind a sentence is learned as well.
        """
        frames, weights = (torch.stack(part, dim=1) for part in zip(*steps, strict=True))
        mel = frames.unflatten(2, (self.config.reduction_factor, -1)).flatten(1, 2).mT
        lengths = torch.full((len(mel),), mel.shape[2])
        return mel, self.to_linear(self.post(mel, lengths)).mT, weights
