"""Tacotron 2: from characters to a mel spectrogram, frame group by frame group.

Lecture 7, "Tacotron 2"; Shen et al. (2018), section 2.2. Layers are named as in torchaudio, whose
weights load into PAPER; NVIDIA's do, renamed (exercise_lib/models/nvidia.py). `laptop` learns an
alignment in minutes.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .attention import masked_softmax

GATE_THRESHOLD = 0.5  # probability at which free running stops


@dataclass(frozen=True)
class Tacotron2Config:
    """The numbers that make a Tacotron 2."""

    n_symbols: int
    n_mels: int = 80
    reduction_factor: int = 1  # mel frames per decoder step
    embedding: int = 512  # also the encoder's channels
    encoder_convolutions: int = 3
    prenet: tuple[int, int] = (256, 256)
    decoder: int = 1024  # units of both decoder LSTMs
    attention: int = 128
    location_filters: int = 32
    location_kernel: int = 31  # encoder steps
    postnet: int = 512  # channels
    postnet_convolutions: int = 5
    dropout: float = 0.5  # encoder and post-net
    decoder_dropout: float = 0.1


PAPER = Tacotron2Config(n_symbols=148)


def laptop(n_symbols: int, reduction_factor: int = 4) -> Tacotron2Config:
    """The size that a laptop trains."""
    return Tacotron2Config(
        n_symbols,
        reduction_factor=reduction_factor,
        embedding=128,
        prenet=(128, 64),
        decoder=160,
        location_filters=16,
        location_kernel=15,
        postnet=80,
        postnet_convolutions=3,
        dropout=0.0,  # besides the prenet's
        decoder_dropout=0.0,
    )


@dataclass
class DecoderState:
    """What the decoder remembers between two steps."""

    attention_hidden: Tensor  # (B, decoder)
    attention_cell: Tensor
    decoder_hidden: Tensor
    decoder_cell: Tensor
    weights: Tensor  # (B, T_enc) attention of the step before
    weights_sum: Tensor  # (B, T_enc) attention of all steps before
    context: Tensor  # (B, embedding)


def normed_conv(channels_in: int, channels_out: int) -> nn.Sequential:
    """A Conv1d of width 5 that keeps the length, then batch norm."""
    conv = nn.Conv1d(channels_in, channels_out, 5, padding=2)
    return nn.Sequential(conv, nn.BatchNorm1d(channels_out))


class Encoder(nn.Module):
    """Convolutions for the neighbourhood of a character, a BiLSTM for the sentence."""

    def __init__(self, config: Tacotron2Config) -> None:
        super().__init__()
        d = config.embedding
        self.dropout = config.dropout
        self.convolutions = nn.ModuleList(
            normed_conv(d, d) for _ in range(config.encoder_convolutions)
        )
        self.lstm = nn.LSTM(d, d // 2, batch_first=True, bidirectional=True)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Encode embedded characters; while training, dropout follows each ReLU.

        Args: x: `(B, embedding, T_enc)`; lengths: characters that are not padding, `(B,)`.
        Returns: memory `(B, T_enc, embedding)`, zero where the text is padded.
        """
        # TODO 6.3: equation 6.3 with dropout after each ReLU; zero in the padding
        raise NotImplementedError("TODO 6.3: equation 6.3 with dropout after each ReLU; zero in the padding")


class Prenet(nn.Module):
    """Two layers through which the last frame is fed back; dropout stays on, also when speaking."""

    def __init__(self, config: Tacotron2Config) -> None:
        super().__init__()
        sizes = (config.n_mels, *config.prenet)
        self.layers = nn.ModuleList(
            nn.Linear(sizes[i], sizes[i + 1], bias=False) for i in range(len(sizes) - 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        """`(..., n_mels)` to `(..., prenet[-1])`; dropout is torch's: other masks differ."""
        # TODO 6.4: equation 6.4
        raise NotImplementedError("TODO 6.4: equation 6.4")


class LocationLayer(nn.Module):
    """Features of where attention has been: a convolution over both alignments so far."""

    def __init__(self, config: Tacotron2Config) -> None:
        super().__init__()
        filters, kernel = config.location_filters, config.location_kernel
        self.location_conv = nn.Conv1d(2, filters, kernel, padding=kernel // 2, bias=False)
        self.location_dense = nn.Linear(filters, config.attention, bias=False)

    def forward(self, alignments: Tensor) -> Tensor:
        """`(B, 2, T_enc)` (last and summed weights) to `(B, T_enc, attention)`."""
        return self.location_dense(self.location_conv(alignments).mT)


class LocationSensitiveAttention(nn.Module):
    """Additive attention that also knows where it has looked (Chorowski et al. 2015)."""

    def __init__(self, config: Tacotron2Config) -> None:
        super().__init__()
        self.query_layer = nn.Linear(config.decoder, config.attention, bias=False)
        self.memory_layer = nn.Linear(config.embedding, config.attention, bias=False)
        self.v = nn.Linear(config.attention, 1, bias=False)
        self.location_layer = LocationLayer(config)
        nn.init.xavier_uniform_(self.location_layer.location_conv.weight)
        for layer in (self.query_layer, self.memory_layer, self.location_layer.location_dense):
            nn.init.xavier_uniform_(layer.weight, nn.init.calculate_gain("tanh"))

    def energies(self, query: Tensor, processed_memory: Tensor, alignments: Tensor) -> Tensor:
        """e_ij = v^T tanh(W q_i + V h_j + U f_ij), f = conv(last and summed weights).

        Args:
            query: `(B, decoder)`.
            processed_memory: V h, `(B, T_enc, attention)`.
            alignments: last and summed weights, `(B, 2, T_enc)`.

        Returns: `(B, T_enc)`.
        """
        # TODO 6.5: equation 6.5
        raise NotImplementedError("TODO 6.5: equation 6.5")


class Decoder(nn.Module):
    """Attention LSTM, attention, decoder LSTM; a group of frames and a stop logit at each step."""

    def __init__(self, config: Tacotron2Config) -> None:
        super().__init__()
        self.config = config
        d, units = config.embedding, config.decoder
        self.prenet = Prenet(config)
        self.attention_rnn = nn.LSTMCell(config.prenet[-1] + d, units)
        self.attention_layer = LocationSensitiveAttention(config)
        self.decoder_rnn = nn.LSTMCell(units + d, units)
        self.linear_projection = nn.Linear(units + d, config.n_mels * config.reduction_factor)
        self.gate_layer = nn.Linear(units + d, 1)

    def initial_state(self, memory: Tensor) -> DecoderState:
        """Return the state before the first step: all zeros."""
        units = memory.new_zeros(len(memory), self.config.decoder)
        steps = memory.new_zeros(memory.shape[:2])
        context = memory.new_zeros(len(memory), memory.shape[2])
        return DecoderState(units, units, units, units, steps, steps, context)

    def attend(
        self,
        query: Tensor,
        state: DecoderState,
        memory: Tensor,
        processed_memory: Tensor,
        lengths: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Look at the text once: alpha_i = softmax_j(e_ij), c_i = sum_j alpha_ij h_j.

        Args:
            query: the attention LSTM's hidden state, `(B, decoder)`.
            state: as the step before left it.
            memory: `(B, T_enc, embedding)`; processed_memory: `(B, T_enc, attention)`.
            lengths: characters that are not padding, `(B,)`.

        Returns: weights `(B, T_enc)` and context `(B, embedding)`.
        """
        # TODO 6.6: equation 6.6, with your masked_softmax
        raise NotImplementedError("TODO 6.6: equation 6.6, with your masked_softmax")

    def step(
        self,
        prenet_output: Tensor,
        state: DecoderState,
        memory: Tensor,
        processed_memory: Tensor,
        lengths: Tensor,
    ) -> tuple[Tensor, Tensor, DecoderState]:
        """Advance by one decoder step.

        Args:
            prenet_output: the last frame after the prenet, `(B, prenet[-1])`.
            memory: `(B, T_enc, embedding)`; processed_memory: `(B, T_enc, attention)`.
            lengths: characters that are not padding, `(B,)`.

        Returns: frames `(B, r * n_mels)`, stop logits `(B, 1)`, the new state.
        """
        rate = self.config.decoder_dropout
        attention_hidden, attention_cell = self.attention_rnn(
            torch.cat([prenet_output, state.context], dim=1),
            (state.attention_hidden, state.attention_cell),
        )
        attention_hidden = F.dropout(attention_hidden, rate, self.training)
        weights, context = self.attend(attention_hidden, state, memory, processed_memory, lengths)
        decoder_hidden, decoder_cell = self.decoder_rnn(
            torch.cat([attention_hidden, context], dim=1),
            (state.decoder_hidden, state.decoder_cell),
        )
        decoder_hidden = F.dropout(decoder_hidden, rate, self.training)
        output = torch.cat([decoder_hidden, context], dim=1)
        state = DecoderState(
            attention_hidden,
            attention_cell,
            decoder_hidden,
            decoder_cell,
            weights,
            state.weights_sum + weights,
            context,
        )
        return self.linear_projection(output), self.gate_layer(output), state

    def forward(
        self, memory: Tensor, mel: Tensor, lengths: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Decode with the true frames fed back (teacher forcing).

        Args: memory: `(B, T_enc, embedding)`; mel: `(B, n_mels, frames)`, frames a multiple of r;
            lengths: `(B,)`.
        Returns: mel `(B, n_mels, frames)`, stop logits and alignments `(B, T_dec[, T_enc])`.
        """
        r = self.config.reduction_factor
        # TODO 6.7: the frames of equation 6.7, then prenet and unroll
        raise NotImplementedError("TODO 6.7: the frames of equation 6.7, then prenet and unroll")

    def unroll(
        self, prenet_outputs: Tensor, memory: Tensor, lengths: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Take one step after the other with given inputs.

        Args: prenet_outputs: `(B, T_dec, prenet[-1])`; memory: `(B, T_enc, embedding)`;
            lengths: `(B,)`.
        Returns: as `forward`.
        """
        state, processed = self.initial_state(memory), self.attention_layer.memory_layer(memory)
        steps = []
        for prenet_output in prenet_outputs.unbind(1):
            frames, gate, state = self.step(prenet_output, state, memory, processed, lengths)
            steps.append((frames, gate, state.weights))
        return self.join(steps)

    def join(self, steps: list[tuple[Tensor, Tensor, Tensor]]) -> tuple[Tensor, Tensor, Tensor]:
        """Put the steps' outputs side by side."""
        frames, gates, weights = (torch.stack(part, dim=1) for part in zip(*steps, strict=True))
        mel = frames.unflatten(2, (self.config.reduction_factor, -1)).flatten(1, 2).mT
        return mel, gates.squeeze(2), weights

    def infer(
        self, memory: Tensor, lengths: Tensor, max_steps: int
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Decode one sentence with its own frames fed back until the gate says stop.

        Returns: as `forward`; at most max_steps decoder steps.
        """
        n_mels = self.config.n_mels
        frame = memory.new_zeros(1, n_mels)
        state, processed = self.initial_state(memory), self.attention_layer.memory_layer(memory)
        steps: list[tuple[Tensor, Tensor, Tensor]] = []
        # TODO 6.8: step after step, until equation 6.8 or max_steps
        raise NotImplementedError("TODO 6.8: step after step, until equation 6.8 or max_steps")
        return self.join(steps)


class Postnet(nn.Module):
    """Convolutions that predict what the decoder's frames lack."""

    def __init__(self, config: Tacotron2Config) -> None:
        super().__init__()
        channels = [config.n_mels]
        channels += [config.postnet] * (config.postnet_convolutions - 1) + [config.n_mels]
        self.dropout = config.dropout
        self.convolutions = nn.ModuleList(
            normed_conv(channels[i], channels[i + 1]) for i in range(config.postnet_convolutions)
        )

    def forward(self, x: Tensor) -> Tensor:
        """`(B, n_mels, frames)` to a residual of the same shape.

        While training, dropout follows each convolution, behind its tanh where there is one.
        """
        # TODO 6.9: the sum of equation 6.9 without its first term; dropout behind each layer
        raise NotImplementedError("TODO 6.9: the sum of equation 6.9 without its first term; dropout behind each layer")


class Tacotron2(nn.Module):
    """Embedding, encoder, decoder, post-net."""

    def __init__(self, config: Tacotron2Config) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.n_symbols, config.embedding)
        self.encoder = Encoder(config)
        self.decoder = Decoder(config)
        self.postnet = Postnet(config)

    def encode(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """Tokens `(B, T_enc)` to memory `(B, T_enc, embedding)`.

        Raises: ValueError for another rank, or tokens that are no symbol.
        """
        if tokens.ndim != 2 or tokens.numel() == 0:
            raise ValueError(f"tokens must be (B, T_enc), got {tuple(tokens.shape)}")
        if tokens.min() < 0 or tokens.max() >= self.config.n_symbols:
            raise ValueError(f"tokens must be from 0 to {self.config.n_symbols - 1}")
        return self.encoder(self.embedding(tokens).mT, lengths)

    def forward(
        self, tokens: Tensor, lengths: Tensor, mel: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Predict the mel spectrogram with the true frames fed back.

        Args: tokens `(B, T_enc)`; lengths `(B,)`; mel `(B, n_mels, frames)`.
        Returns: mel before and after the post-net, stop logits `(B, T_dec)`, weights
            `(B, T_dec, T_enc)`.
        Raises: ValueError for other shapes, or frames that are no multiple of the reduction factor.
        """
        n_mels, r = self.config.n_mels, self.config.reduction_factor
        if mel.ndim != 3 or mel.shape[1] != n_mels:
            raise ValueError(f"mel must be (B, {n_mels}, frames), got {tuple(mel.shape)}")
        if mel.shape[2] == 0 or mel.shape[2] % r:
            raise ValueError(f"{mel.shape[2]} frames are no multiple of the reduction factor {r}")
        mel_hat, gates, weights = self.decoder(self.encode(tokens, lengths), mel, lengths)
        return mel_hat, mel_hat + self.postnet(mel_hat), gates, weights

    @torch.inference_mode()
    def infer(self, tokens: Tensor, max_steps: int = 400) -> tuple[Tensor, Tensor, Tensor]:
        """Speak one sentence, free running.

        Args: tokens `(T_enc,)`; max_steps: decoder steps after which it is stopped.
        Returns: mel `(n_mels, frames)`, stop probabilities `(T_dec,)`, weights `(T_dec, T_enc)`.
        """
        lengths = torch.tensor([len(tokens)], device=tokens.device)
        memory = self.encode(tokens[None], lengths)
        mel_hat, gates, weights = self.decoder.infer(memory, lengths, max_steps)
        mel = mel_hat + self.postnet(mel_hat)
        return mel[0], torch.sigmoid(gates[0]), weights[0]
