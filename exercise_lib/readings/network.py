"""MELLE in small: a Tacotron 2 whose frames are drawn from a distribution (Meng et al. 2024)."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor, nn

from exercise_lib.models.students import StudentModule
from exercise_lib.models.weights import load_kept
from exercise_lib.speech.data import find_kept

if TYPE_CHECKING:
    from exercise_lib import melle, tacotron2
else:
    melle = StudentModule("melle")
    tacotron2 = StudentModule("tacotron2")

HOME = "melle"  # folder of data/ with the kept weights
QUIET = -4.0  # log sigma^2 at the start: sigma .14, a quarter of how frames spread


@dataclass(frozen=True)
class MelleConfig:
    """The numbers that make a small MELLE; a Tacotron of laptop size is the rest of it."""

    n_symbols: int
    reduction_factor: int = 4  # mel frames per decoder step
    dropout: float = 0.0  # besides the prenet's
    hidden: int = 256  # units of the MLP behind the latents


class Predicted(NamedTuple):
    """What is predicted of a batch, with the true frames fed back."""

    mu: Tensor  # (B, n_mels, frames)
    log_variance: Tensor  # (B, n_mels, frames)
    before: Tensor  # (B, n_mels, frames), drawn, before the post-net
    after: Tensor  # (B, n_mels, frames), behind it
    gates: Tensor  # (B, T_dec) stop logits
    weights: Tensor  # (B, T_dec, T_enc)


class Melle(nn.Module):
    """Tacotron 2, its linear projection to frames replaced by a latent sampling module."""

    def __init__(self, config: MelleConfig) -> None:
        super().__init__()
        self.config = config
        size = dataclasses.replace(
            tacotron2.laptop(config.n_symbols, config.reduction_factor),
            dropout=config.dropout,
            decoder_dropout=config.dropout,
        )
        self.tacotron = tacotron2.Tacotron2(size)
        self.n_mels = size.n_mels
        units = self.tacotron.decoder.linear_projection.in_features
        # for each frame of a step mu, then log sigma^2
        projection = nn.Linear(units, 2 * size.n_mels * size.reduction_factor)
        with torch.no_grad():
            projection.bias.view(-1, 2, size.n_mels)[:, 1] = QUIET
            projection.weight.view(-1, 2, size.n_mels, units)[:, 1] *= 0.1
        self.tacotron.decoder.linear_projection = projection
        first = nn.Linear(size.n_mels, config.hidden)
        last = nn.Linear(config.hidden, size.n_mels)
        nn.init.zeros_(last.weight)  # y = z at the start
        nn.init.zeros_(last.bias)
        self.mlp = nn.Sequential(first, nn.ReLU(), last)

    def start_from(self, tacotron: tacotron2.Tacotron2) -> None:
        """Take over a trained Tacotron: what it projects to becomes mu."""
        state = tacotron.state_dict()
        for name in ("weight", "bias"):
            key = f"decoder.linear_projection.{name}"
            own = getattr(self.tacotron.decoder.linear_projection, name).detach().clone()
            shape = -1, 2, self.n_mels, *own.shape[1:]
            own.view(shape)[:, 0] = state[key].view(-1, self.n_mels, *own.shape[1:])
            state[key] = own
        self.tacotron.load_state_dict(state)

    def draw(self, parameters: Tensor, temperature: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
        """Draw frames.

        Args: parameters: mu and log sigma^2, `(B, 2 n_mels, frames)`.
        Returns: mu, log sigma^2 and the frames, `(B, n_mels, frames)` each.
        """
        mu, log_variance = parameters.chunk(2, dim=1)
        z = melle.latent_sample(mu, log_variance, torch.randn_like(mu), temperature)
        return mu, log_variance, melle.residual_frame(z, self.mlp)

    def forward(self, tokens: Tensor, lengths: Tensor, mel: Tensor) -> Predicted:
        """Predict the mel spectrogram with the true frames fed back.

        Args: tokens `(B, T_enc)`; lengths `(B,)`; mel `(B, n_mels, frames)`.
        """
        memory = self.tacotron.encode(tokens, lengths)
        parameters, gates, weights = self.tacotron.decoder(memory, mel, lengths)
        mu, log_variance, before = self.draw(parameters)
        after = before + self.tacotron.postnet(before)
        return Predicted(mu, log_variance, before, after, gates, weights)

    def fed_back(self, parameters: Tensor, drawn: Tensor) -> Tensor:
        """Return the frame that the next step hears, `(1, n_mels)`: the last one drawn.

        Args: parameters: of this step's frames, `(1, 2 n_mels, r)`; drawn: `(1, n_mels, r)`.
        """
        return drawn[:, :, -1]

    @torch.inference_mode()
    def infer(
        self, tokens: Tensor, max_steps: int = 400, temperature: float = 1.0
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Read one sentence in one pass, each frame drawn and fed back.

        Args: tokens `(T_enc,)`; max_steps: decoder steps after which it is stopped;
            temperature: factor on sigma; 0 draws nothing.
        Returns: mel `(n_mels, frames)`, stop probabilities `(T_dec,)`, weights `(T_dec, T_enc)`.
        """
        decoder, n_mels = self.tacotron.decoder, self.n_mels
        lengths = torch.tensor([len(tokens)], device=tokens.device)
        memory = self.tacotron.encode(tokens[None], lengths)
        processed = decoder.attention_layer.memory_layer(memory)
        state, frame = decoder.initial_state(memory), memory.new_zeros(1, n_mels)
        frames, gates, weights = [], [], []
        for _ in range(max_steps):
            drawn, gate, state = decoder.step(
                decoder.prenet(frame), state, memory, processed, lengths
            )
            parameters = drawn.unflatten(1, (-1, 2 * n_mels)).mT  # (1, 2 n_mels, r)
            frames.append(self.draw(parameters, temperature)[2])
            gates.append(gate.sigmoid()[:, 0])
            weights.append(state.weights)
            if gates[-1] > tacotron2.GATE_THRESHOLD:
                break
            frame = self.fed_back(parameters, frames[-1])
        before = torch.cat(frames, dim=2)
        after = before + self.tacotron.postnet(before)
        return after[0], torch.cat(gates), torch.cat(weights)


def load_melle(folder: Path | None = None, name: str = "melle") -> Melle:
    """Return the kept MELLE, ready to read.

    Raises:
        UnusableData: there are no such weights, or they are damaged.
        BrokenModule: tacotron2.py or melle.py can't be imported.
    """

    def make(training: dict[str, Any]) -> Melle:
        return Melle(MelleConfig(**training["model"]))

    return load_kept((folder or find_kept(HOME)) / f"{name}.safetensors", HOME, make)
