"""Train the autoregressive model, judged on texts that nobody trained on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import torch
from pydantic import Field
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from exercise_lib.models.students import StudentModule
from exercise_lib.train.engine import Scores
from exercise_lib.train.settings import CHECKED
from exercise_lib.valle.batches import Batch
from exercise_lib.valle.networks import BOS, EOS, HIDDEN, ModelSize, Reader
from exercise_lib.valle.sampling import say_codes
from exercise_lib.valle.training import TOP, LmConfig, LmTask, accuracy

if TYPE_CHECKING:
    from lightning_fabric import Fabric

    from exercise_lib import codec_lm
else:
    codec_lm = StudentModule("codec_lm")

SPOKEN = 48  # held-out texts that are said freely
LONGER = 2.0  # of the pace: what is said for longer than that is stopped


@dataclass(frozen=True, config=CHECKED)
class ReaderConfig(LmConfig):
    """How the autoregressive model is trained."""

    hidden: Annotated[float, Field(ge=0, lt=1)] = 0.4  # of the codes it reads: so it hears the text
    prompt: Literal["another", "same"] = "another"  # whose frames: "same" lets the target leak


class ReaderTask(LmTask[Reader]):
    """The autoregressive model on the utterances of a folder."""

    config_type = ReaderConfig
    config: ReaderConfig

    def __init__(self, config: ReaderConfig, fabric: Fabric, data: Path | None = None) -> None:
        self.same_prompt = config.prompt == "same"
        super().__init__(config, fabric, data)

    def make(self, size: ModelSize) -> Reader:
        return Reader(size)

    def logits(self, model: nn.Module, batch: Batch, hidden: float) -> tuple[Tensor, Tensor]:
        """Return what is said of a batch whose codes are partly hidden, and the targets."""
        inputs, targets = codec_lm.shift_codes(batch.codes[:, 0], batch.lengths, BOS, EOS)
        is_hidden = torch.rand(inputs.shape, device=inputs.device) < hidden
        is_hidden[:, 0] = False  # BOS
        inputs = inputs.masked_fill(is_hidden, HIDDEN)
        return model(batch.symbols, batch.prompt, batch.prompt_lengths, inputs), targets

    def loss(self, batch: Batch, step: int) -> Tensor:
        return codec_lm.code_loss(*self.logits(self.model, batch, self.config.hidden))

    @torch.inference_mode()
    def evaluate(self, step: int, folder: Path) -> Scores:
        """Return nll and top-10 accuracy of held-out texts, and how often and when speech ends."""
        logits, targets = self.logits(self.network, self.judged_batch(), 0.0)
        scores = {
            "nll": float(codec_lm.code_loss(logits, targets)),
            "top_10": accuracy(logits[:, -targets.shape[1] :], targets, TOP),
        }
        few = self.judged_batch(SPOKEN)
        most = int(LONGER * self.network.config.pace * few.symbols.shape[1])
        _, lengths, stopped = say_codes(self.network, few, most)
        scores["stopped"] = float(stopped.float().mean())
        scores["length_ratio"] = float((lengths / few.lengths).mean())
        return scores
