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

from exercise_lib.codec.networks import load_codec
from exercise_lib.codec.spectra import SCALES
from exercise_lib.train.averages import follow
from exercise_lib.train.drawn import DrawnTask
from exercise_lib.train.rates import set_rate, warmed
from exercise_lib.train.settings import CHECKED
from exercise_lib.valle.decoder import DecoderSize, SmallDecoder
from exercise_lib.valle.spoken import load_spoken

if TYPE_CHECKING:
    from lightning_fabric import Fabric

TIME = 1.0  # weight of the distance of waveforms


@dataclass(frozen=True, config=CHECKED)
class DecoderConfig:
    """How a small decoder is trained."""

    steps: PositiveInt = 1000
    batch: PositiveInt = 32
    segment: PositiveInt = 50  # frames
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
        splits = load_spoken(data, config.n_books)
        self.train, self.judged = (
            torch.cat(
                [it[:, :n] for it, n in zip(its.codes, its.lengths.tolist(), strict=True)], dim=1
            ).to(fabric.device)  # (books, frames of all utterances)
            for its in (splits["train"], splits["validation"])
        )
        self.data = f"{self.train.shape[1]} frames"
        self.codec = load_codec().to(fabric.device)
        model = SmallDecoder(
            DecoderSize(
                n_books=config.n_books,
                channels=config.channels,
                hidden=config.hidden,
                blocks=config.blocks,
            )
        )
        model.books.copy_(self.codec.quantizer.books[: config.n_books])
        self.network = copy.deepcopy(model).requires_grad_(False).to(fabric.device).eval()
        optimizer = torch.optim.AdamW(
            model.parameters(), config.learning_rate, (0.8, 0.99), weight_decay=0.01, fused=True
        )
        self.model, self.optimizer = fabric.setup(model, optimizer)
        self.modules: dict[str, nn.Module] = {"model": self.model, "average": self.network}
        self.optimizers = {"model": self.optimizer}

    def pair(self, frames: Tensor, starts: Tensor, model: nn.Module) -> tuple[Tensor, Tensor]:
        """Return what the codec says of segments, and what a model does, `(B, samples)` each."""
        places = starts[:, None] + torch.arange(self.config.segment, device=starts.device)
        codes = frames[:, places].transpose(0, 1)  # (B, books, segment)
        with torch.no_grad():
            x = self.codec.decoder(self.codec.quantizer.decode(codes)).squeeze(1)
        return x, model(codes)

    def training_step(self, step: int, fabric: Fabric) -> dict[str, float]:
        """Draw segments, and come nearer to the codec's sound."""
        set_rate(self.optimizer, warmed(self.config.learning_rate, step, self.config.steps))
        last = self.train.shape[1] - self.config.segment
        starts = torch.randint(last, (self.config.batch,), device=self.train.device)
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
        last = self.judged.shape[1] - self.config.segment
        starts = torch.linspace(0, last, 100, device=self.judged.device).long()
        return {"mel": float(distance(*self.pair(self.judged, starts, self.network)))}


def distance(x: Tensor, x_hat: Tensor) -> Tensor:
    """Return the mean distance of log-mel spectra of several window lengths."""
    return torch.stack([F.l1_loss(scale(x_hat), scale(x)) for scale in SCALES]).mean()
