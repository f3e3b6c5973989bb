"""Train a VAE on scenes, judged by its pictures and by what the oracle reads in them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from exercise_lib.images.oracle import agreement, read
from exercise_lib.images.pixels import psnr
from exercise_lib.images.render import render
from exercise_lib.images.scenes import FULL, MIDDLE, NURSERY, Scene, draw_mixed, draw_scenes
from exercise_lib.images.vae import Vae, VaeSize
from exercise_lib.models.students import StudentModule
from exercise_lib.train.drawn import DrawnTask
from exercise_lib.train.engine import Scores
from exercise_lib.train.rates import set_rate, warmed
from exercise_lib.train.settings import CHECKED

if TYPE_CHECKING:
    from lightning_fabric import Fabric

    from exercise_lib import diffusion
else:
    diffusion = StudentModule("diffusion")

EXAMINED = 200  # scenes of each world by which a run is judged
JUDGED_BY = {"full": FULL, "nursery": NURSERY}
WORLDS = (FULL, NURSERY, MIDDLE)  # what it learns from
BEGUN_FROM = 500  # pictures
DECAY = 0.98  # of the moving average of the latents' scale


@dataclass(frozen=True, config=CHECKED)
class VaeConfig:
    """How a VAE is trained."""

    steps: PositiveInt = 300
    batch: PositiveInt = 64
    learning_rate: PositiveFloat = 2e-3  # at its highest; it rises first, then falls to 0
    scenes: PositiveInt = 6000  # to learn from
    latents: PositiveInt = 8  # channels
    channels: PositiveInt = 64  # of the convolutions
    blocks: PositiveInt = 2  # of convolutions, in encoder and decoder
    beta: NonNegativeFloat = 1e-6  # weight of the KL divergence

    @property
    def size(self) -> VaeSize:
        return VaeSize(self.latents, self.channels, self.blocks)


class VaeTask(DrawnTask):
    """A VAE of laptop size on scenes that are drawn at the start."""

    config_type = VaeConfig

    def __init__(self, config: VaeConfig, fabric: Fabric) -> None:
        self.config = config
        self.data = f"{config.scenes} scenes"
        self.drawn = render(draw_mixed(config.scenes, 0, WORLDS))
        self.examined = {name: draw_scenes(EXAMINED, 11, it) for name, it in JUDGED_BY.items()}
        model = Vae(config.size)
        model.begin_from(self.drawn[:BEGUN_FROM] / 255)
        optimizer = torch.optim.AdamW(
            model.parameters(), config.learning_rate, (0.9, 0.98), weight_decay=0.0
        )
        self.model, self.optimizer = fabric.setup(model, optimizer)
        self.network = model  # of which fabric's is a wrapper
        self.modules: dict[str, nn.Module] = {"vae": self.model}
        self.optimizers = {"vae": self.optimizer}

    def training_step(self, step: int, fabric: Fabric) -> Scores:
        """Draw a batch and its latents, and learn from the pictures that come back."""
        set_rate(self.optimizer, warmed(self.config.learning_rate, step, self.config.steps))
        chosen = torch.randint(len(self.drawn), (self.config.batch,))
        pictures = self.drawn[chosen].to(fabric.device) / 255
        decoded, mean, log_variance = self.model(pictures)
        error = F.mse_loss(decoded, pictures)
        divergence = diffusion.kl(mean, log_variance)
        self.optimizer.zero_grad()
        fabric.backward(error + self.config.beta * divergence)
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.network.scale.lerp_(diffusion.latent_scale(mean.detach()), 1 - DECAY)
        return {"loss": error.item(), "kl": divergence.item()}

    def evaluate(self, step: int, folder: Path) -> Scores:
        """Score scenes it has not seen: error of pictures, and what is still read in them."""
        model = self.network.eval()
        scores = {
            f"{name}, {world}": value
            for world, scenes in self.examined.items()
            for name, value in examine(model, scenes).items()
        }
        model.train()
        return scores


def examine(model: Vae, scenes: Sequence[Scene]) -> Scores:
    """Return PSNR (dB), the share of scenes read rightly in every respect, and latents' spread."""
    true = render(scenes).to(model.scale.device)
    latents = model.latents(true)
    decoded = model.draw(latents)
    return {
        "psnr": psnr(decoded, true),
        "read_rightly": share_read(scenes, decoded),
        "spread": float(latents.std()),
    }


def share_read(scenes: Sequence[Scene], pictures: Tensor) -> float:
    """Return in which share of pictures the oracle reads everything as it was drawn."""
    pairs = zip(scenes, read(pictures), strict=True)
    right = [all(agreement(scene, reading).values()) for scene, reading in pairs]
    return sum(right) / len(right)
