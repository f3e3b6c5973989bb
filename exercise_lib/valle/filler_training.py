"""Train the non-autoregressive model, one book a step."""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from exercise_lib.train.engine import Scores
from exercise_lib.train.settings import CHECKED
from exercise_lib.valle.batches import Batch
from exercise_lib.valle.networks import Filler, ModelSize
from exercise_lib.valle.training import TOP, LmConfig, LmTask, accuracy

IGNORED = -100  # in place of a target that does not count


@dataclass(frozen=True, config=CHECKED)
class FillerConfig(LmConfig):
    """How the non-autoregressive model is trained."""


class FillerTask(LmTask[Filler]):
    """The non-autoregressive model on the utterances of a folder."""

    config_type = FillerConfig

    def make(self, size: ModelSize) -> Filler:
        return Filler(size)

    def logits(self, model: nn.Module, batch: Batch, book: int) -> tuple[Tensor, Tensor]:
        """Return what is said of a book, and its codes as targets."""
        logits = model(
            batch.symbols, batch.prompt, batch.prompt_lengths, batch.codes, batch.lengths, book
        )
        times = torch.arange(batch.codes.shape[2], device=batch.lengths.device)
        behind = times >= batch.lengths[:, None]
        return logits, batch.codes[:, book].masked_fill(behind, IGNORED)

    def loss(self, batch: Batch, step: int) -> Tensor:
        """Return the loss of one book, each in turn."""
        logits, targets = self.logits(self.model, batch, 1 + step % (self.config.n_books - 1))
        return F.cross_entropy(logits.mT, targets, ignore_index=IGNORED)

    @torch.inference_mode()
    def evaluate(self, step: int, folder: Path) -> Scores:
        """Return nll and accuracies of each book of held-out texts, the books before it true."""
        batch, scores = self.judged_batch(), {}
        for book in range(1, self.config.n_books):
            logits, targets = self.logits(self.network, batch, book)
            loss = F.cross_entropy(logits.mT, targets, ignore_index=IGNORED)
            scores[f"nll_{book + 1}"] = float(loss)
            scores[f"top_1_{book + 1}"] = accuracy(logits, targets, 1)
            scores[f"top_{TOP}_{book + 1}"] = accuracy(logits, targets, TOP)
        return scores
