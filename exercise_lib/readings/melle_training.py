"""Train MELLE: a Tacotron's training, and the losses of what is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import torch
from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor

from exercise_lib.models.padding import padding_is_zero
from exercise_lib.models.pretrained import load_tacotron
from exercise_lib.models.students import StudentModule
from exercise_lib.models.tacotron_training import (
    Batch,
    TacotronConfig,
    TacotronTask,
    masked_error,
)
from exercise_lib.readings.network import Melle, MelleConfig
from exercise_lib.train.engine import Scores
from exercise_lib.train.settings import CHECKED

if TYPE_CHECKING:
    from lightning_fabric import Fabric

    from exercise_lib import melle
    from exercise_lib.speech.data import SpeechCorpus
else:
    melle = StudentModule("melle")


@dataclass(frozen=True, config=CHECKED)
class MelleTrainingConfig(TacotronConfig):
    """How a MELLE is trained."""

    steps: PositiveInt = 400
    width: PositiveFloat = 0.2  # of the prior around each true frame, on the scale of frames
    kl_weight: NonNegativeFloat = 0.1
    flux_weight: float = 0.5  # below 0: steady frames are rewarded
    stop_weight: NonNegativeFloat = 0.5
    positive_weight: PositiveFloat = 10.0  # of the one step that is the last
    start: Literal["", "kept"] = ""  # "kept": the Tacotron that comes with the repository


class MelleTask(TacotronTask):
    """A MELLE of laptop size on whole utterances."""

    config: MelleTrainingConfig
    config_type = MelleTrainingConfig

    def __init__(
        self,
        config: MelleTrainingConfig,
        corpus: SpeechCorpus,
        fabric: Fabric,
        skip_bad: bool = False,
    ) -> None:
        super().__init__(config, corpus, fabric, skip_bad)
        self.modules = {"melle": self.model}
        self.optimizers = {"melle": self.optimizer}

    def make_model(self) -> Melle:
        config = self.config
        size = MelleConfig(len(config.symbols), config.reduction_factor, config.dropout)
        model = Melle(size)
        if config.start:
            model.start_from(load_tacotron())
        return model

    def predict(self, batch: Batch) -> tuple[Tensor, Scores, Tensor]:
        """Draw frames and predict stop steps; return the loss, its parts, and the attention."""
        config, tacotron = self.config, self.network.tacotron
        with (
            padding_is_zero(tacotron.encoder.convolutions, batch.n_enc),
            padding_is_zero(tacotron.postnet.convolutions, batch.frames),
        ):
            its = self.model(batch.tokens, batch.n_enc, batch.mel)
        inside = torch.arange(batch.mel.shape[2], device=batch.mel.device) < batch.frames[:, None]
        n_dec = batch.frames // config.reduction_factor
        last, spoken = melle.stop_targets(n_dec, its.gates.shape[1])
        losses = {
            "mel": masked_error(its.before, batch.mel, inside)
            + masked_error(its.after, batch.mel, inside),
            "kl": melle.latent_kl(its.mu, its.log_variance, batch.mel, config.width, inside),
            "flux": melle.flux_loss(its.mu, batch.mel, inside),
            "gate": melle.weighted_bce(its.gates, last, spoken, config.positive_weight),
        }
        loss = (
            losses["mel"]
            + config.kl_weight * losses["kl"]
            + config.flux_weight * losses["flux"]
            + config.stop_weight * losses["gate"]
        )
        sigma = (0.5 * its.log_variance.detach()).exp().mean(dim=1)
        scores = {name: value.item() for name, value in losses.items()}
        scores["sigma"] = ((sigma * inside).sum() / inside.sum()).item()
        return loss, scores, its.weights
