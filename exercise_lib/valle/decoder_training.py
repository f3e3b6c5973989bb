"""Train a small decoder to say what the codec's own decoder says."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from pydantic import PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from exercise_lib.codec.networks import Codec, load_codec
from exercise_lib.codec.spectra import SCALES
from exercise_lib.train.averages import follow
from exercise_lib.train.drawn import DrawnTask
from exercise_lib.train.rates import set_rate, warmed
from exercise_lib.train.settings import CHECKED
from exercise_lib.valle.decoder import DecoderSize, SmallDecoder
from exercise_lib.valle.places import folder_of
from exercise_lib.valle.spoken import Spoken, load_spoken

if TYPE_CHECKING:
    from lightning_fabric import Fabric

TIME = 1.0  # weight of the distance of waveforms
JUDGED = 24  # segments by which a run is judged


@dataclass(frozen=True, config=CHECKED)
class DecoderConfig:
    """How a small decoder is trained."""

    steps: PositiveInt = 3000
    batch: PositiveInt = 12
    segment: PositiveInt = 40  # frames
    learning_rate: PositiveFloat = 2e-3  # at its highest; it rises first, then falls to 0
    n_books: PositiveInt = 3
    channels: PositiveInt = 96
    hidden: PositiveInt = 288
    blocks: PositiveInt = 4


class DecoderTask(DrawnTask):
    """A small decoder on the codes of a folder."""

    config_type = DecoderConfig

    @classmethod
    def from_data(cls, config: Any, data: Path | None, fabric: Fabric, **leniency: bool) -> Any:
        """Make the task from a folder with `codes.npz`; default: data/digits."""
        return cls(config, fabric, data)

    def __init__(self, config: DecoderConfig, fabric: Fabric, data: Path | None = None) -> None:
        self.config = config
        splits, codec = load_spoken(data, config.n_books), load_codec(folder_of("encodec"))
        self.train, self.judged = (
            tuple(it.to(fabric.device) for it in decoded(codec, splits[name]))
            for name in ("train", "validation")
        )
        self.data = f"{self.train[0].shape[1]} frames"
        model = SmallDecoder(
            DecoderSize(
                n_books=config.n_books,
                channels=config.channels,
                hidden=config.hidden,
                blocks=config.blocks,
            )
        )
        model.books.copy_(codec.quantizer.books[: config.n_books])
        self.network = copy.deepcopy(model).requires_grad_(False).to(fabric.device).eval()
        optimizer = torch.optim.AdamW(
            model.parameters(), config.learning_rate, (0.8, 0.99), weight_decay=0.01, fused=True
        )
        self.model, self.optimizer = fabric.setup(model, optimizer)
        self.modules: dict[str, nn.Module] = {"model": self.model, "average": self.network}
        self.optimizers = {"model": self.optimizer}

    def pair(
        self, frames: tuple[Tensor, ...], starts: Tensor, model: nn.Module
    ) -> tuple[Tensor, Tensor]:
        """Return what the codec says of segments, and what a model does, `(B, samples)` each."""
        codes, sound = frames
        hop = self.network.config.hop_length
        places = starts[:, None] + torch.arange(self.config.segment, device=starts.device)
        x = sound.view(-1, hop)[places].flatten(1)
        return x, model(codes[:, places].transpose(0, 1))

    def training_step(self, step: int, fabric: Fabric) -> dict[str, float]:
        """Draw segments, and come nearer to the codec's sound."""
        set_rate(self.optimizer, warmed(self.config.learning_rate, step, self.config.steps))
        last = self.train[0].shape[1] - self.config.segment
        starts = torch.randint(last, (self.config.batch,), device=self.train[0].device)
        x, x_hat = self.pair(self.train, starts, self.model)
        loss = distance(x, x_hat) + TIME * F.l1_loss(x_hat, x)
        self.optimizer.zero_grad()
        fabric.backward(loss)
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        follow(self.network, self.model, step)
        return {"loss": loss.item()}

    @torch.inference_mode()
    def evaluate(self, step: int, folder: Path) -> dict[str, float]:
        """Return the mean distance of log-mel spectra from the codec's, on held-out texts."""
        last = self.judged[0].shape[1] - self.config.segment
        starts = torch.linspace(0, last, JUDGED, device=self.judged[0].device).long()
        return {"mel": float(distance(*self.pair(self.judged, starts, self.network)))}


def decoded(codec: Codec, spoken: Spoken) -> tuple[Tensor, Tensor]:
    """Return codes `(books, frames)` of all utterances in a row, and the codec's `(samples,)`."""
    pieces = [codes[:, :n] for codes, n in zip(spoken.codes, spoken.lengths.tolist(), strict=True)]
    return torch.cat(pieces, dim=1), torch.cat([codec.decode(it) for it in pieces])


def distance(x: Tensor, x_hat: Tensor) -> Tensor:
    """Return the mean distance of log-mel spectra of several window lengths."""
    return torch.stack([F.l1_loss(scale(x_hat), scale(x)) for scale in SCALES]).mean()
