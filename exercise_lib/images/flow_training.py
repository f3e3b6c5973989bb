"""Train a diffusion transformer in the kept VAE's latents, judged by the prompts it follows."""

from __future__ import annotations

import copy
import random
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import torch
import torch.nn.functional as F
from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from exercise_lib.images.caption_features import CaptionFeatures, load_reader
from exercise_lib.images.captions import caption
from exercise_lib.images.clip_training import Examined
from exercise_lib.images.dit_network import Dit, DitSize, Hearing
from exercise_lib.images.flow_painter import FlowPainter, levels
from exercise_lib.images.oracle import share_true
from exercise_lib.images.render import render
from exercise_lib.images.scenes import WORLDS, Scene, draw_mixed
from exercise_lib.images.vae import load_vae
from exercise_lib.models.students import StudentModule
from exercise_lib.train.averages import follow
from exercise_lib.train.drawn import DrawnTask
from exercise_lib.train.engine import Scores
from exercise_lib.train.rates import set_rate, warmed
from exercise_lib.train.settings import CHECKED

if TYPE_CHECKING:
    from lightning_fabric import Fabric

    from exercise_lib import flow
else:
    flow = StudentModule("flow")

Worlds = Literal["centred", "anywhere", "centred, anywhere", "two things"]
EXAMINED = 64  # prompts of each world by which a run is judged


@dataclass(frozen=True, config=CHECKED)
class FlowConfig:
    """How a diffusion transformer is trained."""

    steps: PositiveInt = 2000
    batch: PositiveInt = 64
    learning_rate: PositiveFloat = 2e-3  # at its highest; it rises first, then falls to 0
    scenes: PositiveInt = 6000  # to learn from
    worlds: Worlds = "centred"
    width: PositiveInt = 96
    depth: PositiveInt = 3  # blocks
    patch: PositiveInt = 2  # places of a latent, along an axis
    hearing: Hearing = "joint"
    predicts: Literal["velocity", "noise"] = "velocity"
    dropped: NonNegativeFloat = 0.1  # share of the captions that are dropped
    mean: float = 0.0  # of the logit of times
    spread: NonNegativeFloat = 1.0  # of the same; 0: times are uniform

    @property
    def names(self) -> list[str]:
        """The worlds whose scenes it learns from, equally many of each."""
        return self.worlds.split(", ")

    @property
    def size(self) -> DitSize:
        return DitSize(
            patch=self.patch,
            width=self.width,
            depth=self.depth,
            hearing=self.hearing,
            predicts=self.predicts,
        )


class FlowTask(DrawnTask):
    """A transformer of laptop size on scenes that are drawn at the start."""

    config_type = FlowConfig

    def __init__(self, config: FlowConfig, fabric: Fabric) -> None:
        self.config = config
        self.data = f"{config.scenes} scenes, {config.worlds}"
        self.vae = load_vae()
        self.scenes = draw_mixed(config.scenes, 0, [WORLDS[it] for it in config.names])
        drawn = render(self.scenes).split(500)
        self.latents = torch.cat([self.vae.latents(it) for it in drawn]).clone()
        model = Dit(config.size)
        average = copy.deepcopy(model).requires_grad_(False)
        optimizer = torch.optim.AdamW(
            model.parameters(), config.learning_rate, (0.9, 0.99), weight_decay=0.01
        )
        self.model, self.optimizer = fabric.setup(model, optimizer)
        self.network = average.to(fabric.device)  # what is judged and kept
        self.modules: dict[str, nn.Module] = {"dit": self.model, "average": self.network}
        self.optimizers = {"dit": self.optimizer}
        self.examined = {
            name: Examined.drawn(EXAMINED, 11, WORLDS[name], False).captions
            for name in config.names
        }
        self.begin_to_hear()

    def begin_to_hear(self) -> None:
        """Load what `hear` needs."""
        self.reader = load_reader()

    def training_step(self, step: int, fabric: Fabric) -> Scores:
        """Draw a batch, times and noise, say captions anew, and learn what leads to the noise."""
        set_rate(self.optimizer, warmed(self.config.learning_rate, step, self.config.steps))
        chosen = torch.randint(len(self.scenes), (self.config.batch,))
        data = self.latents[chosen].to(fabric.device)
        heard = self.hear(chosen)
        noise, times = torch.randn_like(data), self.draw_times(len(data)).to(data.device)
        z, target = self.noised(data, noise, times)
        loss = F.mse_loss(self.model(z, times, heard.to(data.device)), target)
        self.optimizer.zero_grad()
        fabric.backward(loss)
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        follow(self.network, self.model, step)
        return {"loss": loss.item()}

    def hear(self, chosen: Tensor) -> CaptionFeatures:
        """Return what the network hears of the scenes of these numbers, `(B,)`."""
        return self.say([self.scenes[it] for it in chosen.tolist()])

    def say(self, scenes: Sequence[Scene]) -> CaptionFeatures:
        """Say a caption of each scene, "" for the share that is dropped."""
        rng = random.Random(int(torch.randint(2**31, ())))
        said = [caption(it, rng) if rng.random() >= self.config.dropped else "" for it in scenes]
        return self.reader.read(said)

    def draw_times(self, n: int) -> Tensor:
        """Draw times `(n,)`: logit-normal, or uniform where the spread is 0."""
        if not self.config.spread:
            return torch.rand(n)
        return flow.draw_times(torch.randn(n), self.config.mean, self.config.spread)

    def noised(self, data: Tensor, noise: Tensor, times: Tensor) -> tuple[Tensor, Tensor]:
        """Return noisy latents and what is to be predicted from them."""
        if self.config.predicts == "velocity":
            return flow.interpolate(data, noise, times)
        a, s = levels(times[:, None, None, None])
        return a * data + s * noise, noise

    def evaluate(self, step: int, folder: Path) -> Scores:
        """Paint prompts of each world, and say how many pictures are right, as the oracle reads."""
        return {
            f"right, {name}": share_true(captions, self.painter().paint(captions))
            for name, captions in self.examined.items()
        }

    def painter(self) -> FlowPainter:
        """Return what paints with the weights' average."""
        return FlowPainter(self.network.eval(), self.reader, self.vae)
