"""Train a VQ-VAE on scenes, judged by its pictures and by how many codes it uses."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from exercise_lib.images.pixels import psnr
from exercise_lib.images.render import render
from exercise_lib.images.scenes import draw_scenes
from exercise_lib.images.vqvae import Vqvae, VqvaeSize
from exercise_lib.models.students import StudentModule
from exercise_lib.train.drawn import DrawnTask
from exercise_lib.train.engine import Scores
from exercise_lib.train.rates import set_rate, warmed
from exercise_lib.train.settings import CHECKED

if TYPE_CHECKING:
    from lightning_fabric import Fabric

    from exercise_lib import quantization
else:
    quantization = StudentModule("quantization")

EXAMINED = 200  # scenes by which a run is judged
BEGUN_FROM = 500  # pictures


@dataclass(frozen=True, config=CHECKED)
class VqvaeConfig:
    """How a VQ-VAE is trained."""

    steps: PositiveInt = 300
    batch: PositiveInt = 64
    learning_rate: PositiveFloat = 2e-3  # at its highest; it rises first, then falls to 0
    scenes: PositiveInt = 6000  # to learn from
    n_codes: PositiveInt = 256
    channels: PositiveInt = 64  # of the convolutions
    blocks: PositiveInt = 2  # of convolutions, on both sides
    least: NonNegativeFloat = (
        3.0  # a code that fewer patches of a batch choose begins anew; 0: none
    )
    by_loss: bool = False  # codes are learned by the loss in place of moving averages
    from_chance: bool = False  # it begins at random, not as the best linear code of the pictures

    @property
    def size(self) -> VqvaeSize:
        return VqvaeSize(
            self.n_codes,
            channels=self.channels,
            blocks=self.blocks,
            least=self.least,
            by_loss=self.by_loss,
        )


class VqvaeTask(DrawnTask):
    """A VQ-VAE of laptop size on scenes that are drawn at the start."""

    config_type = VqvaeConfig

    def __init__(self, config: VqvaeConfig, fabric: Fabric) -> None:
        self.config = config
        self.data = f"{config.scenes} scenes"
        self.drawn = render(draw_scenes(config.scenes, seed=0))
        self.examined = render(draw_scenes(EXAMINED, seed=11))
        model = Vqvae(config.size)
        if config.from_chance:
            for it in (model.before.last, model.behind.last):
                it.reset_parameters()
        else:
            model.begin_from(self.drawn[:BEGUN_FROM] / 255)
        optimizer = torch.optim.AdamW(
            model.parameters(), config.learning_rate, (0.9, 0.98), weight_decay=0.0
        )
        self.model, self.optimizer = fabric.setup(model, optimizer)
        self.network = model  # of which fabric's is a wrapper
        self.modules: dict[str, nn.Module] = {"vqvae": self.model}
        self.optimizers = {"vqvae": self.optimizer}

    def learning_rate(self, step: int) -> float:
        return warmed(self.config.learning_rate, step, self.config.steps)

    def training_step(self, step: int, fabric: Fabric) -> Scores:
        """Draw a batch, move networks by the loss and codes to what they are used for."""
        set_rate(self.optimizer, self.learning_rate(step))
        chosen = torch.randint(len(self.drawn), (self.config.batch,))
        pictures = self.drawn[chosen].to(fabric.device) / 255
        decoded, vectors, quantized, codes = self.model(pictures)
        error = F.mse_loss(decoded, pictures)
        on_codes = quantization.vq_loss(vectors, quantized)
        self.optimizer.zero_grad()
        fabric.backward(error + on_codes)
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.network.book.learn(vectors.detach(), codes)
        return {"loss": error.item(), "loss on codes": on_codes.item()}

    def evaluate(self, step: int, folder: Path) -> Scores:
        """Score scenes it has not seen: error of pictures, codes in use."""
        model = self.network.eval()
        scores = examine(model, self.examined)
        model.train()
        return scores


def examine(model: Vqvae, pictures: Tensor) -> Scores:
    """Return PSNR (dB), perplexity and the number of codes used, over pictures (uint8)."""
    pictures = pictures.to(model.book.codebook.device)
    codes = model.look_up(pictures)
    return {
        "psnr": psnr(model.draw(codes), pictures),
        "perplexity": float(quantization.perplexity(codes, len(model.book))),
        "used": float(len(codes.unique())),
    }
