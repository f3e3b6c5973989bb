"""Train a U-Net to undo noise in the kept VAE's latents, judged by the prompts it follows."""

from __future__ import annotations

import copy
import random
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import torch
from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass
from torch import nn

from exercise_lib.files.unusable import UnusableData
from exercise_lib.images.captions import caption, encode
from exercise_lib.images.painter import Painter
from exercise_lib.images.phrases import leave_unsaid
from exercise_lib.images.prompts import heeded
from exercise_lib.images.render import render
from exercise_lib.images.scenes import WORLDS, draw_mixed, draw_scenes
from exercise_lib.images.unet import N_TIMES, Unet, UnetSize
from exercise_lib.images.vae import load_vae
from exercise_lib.models.students import StudentModule
from exercise_lib.train.averages import follow
from exercise_lib.train.checkpoint import load_checkpoint
from exercise_lib.train.drawn import DrawnTask
from exercise_lib.train.engine import Scores
from exercise_lib.train.rates import set_rate, warmed
from exercise_lib.train.settings import CHECKED

if TYPE_CHECKING:
    from lightning_fabric import Fabric

    from exercise_lib import diffusion
else:
    diffusion = StudentModule("diffusion")

EXAMINED = 64  # prompts of each world by which a run is judged
GUIDANCE, PAINTED_IN = 2.0, 12  # scale and steps by which it is judged


@dataclass(frozen=True, config=CHECKED)
class DiffusionConfig:
    """How a U-Net is trained."""

    steps: PositiveInt = 1200
    batch: PositiveInt = 64
    learning_rate: PositiveFloat = 2e-3  # at its highest; it rises first, then falls to 0
    scenes: PositiveInt = 6000  # to learn from
    worlds: Literal["centred", "anywhere", "anywhere, two things", "full"] = "centred"
    channels: PositiveInt = 48  # of the U-Net at 8 x 8 places
    by_phrase: bool = False  # captions are read phrase by phrase
    start: str = ""  # a run's folder, whose average of the weights to begin from
    dropped: NonNegativeFloat = 0.1  # share of the captions that are dropped
    unsaid: NonNegativeFloat = 0.0  # share that leave out what one of their two things is
    # of the squared error of the noise at each time: "noise", 1, as Stable Diffusion; "velocity",
    # 1 / alpha_bar, which makes it the error of the velocity
    weighting: Literal["noise", "velocity"] = "velocity"

    @property
    def names(self) -> list[str]:
        """The worlds whose scenes it learns from, equally many of each."""
        return self.worlds.split(", ")


class DiffusionTask(DrawnTask):
    """A U-Net of laptop size on scenes that are drawn at the start."""

    config_type = DiffusionConfig

    def __init__(self, config: DiffusionConfig, fabric: Fabric) -> None:
        self.config = config
        self.data = f"{config.scenes} scenes, {config.worlds}"
        self.scenes = draw_mixed(config.scenes, 0, [WORLDS[it] for it in config.names])
        self.vae = load_vae()
        pictures = render(self.scenes).split(500)
        self.latents = torch.cat([self.vae.latents(it) for it in pictures]).clone()
        model = Unet(UnetSize(channels=config.channels, by_phrase=config.by_phrase))
        if config.start:
            begin_from(model, Path(config.start))
        average = copy.deepcopy(model).requires_grad_(False)
        optimizer = torch.optim.AdamW(
            model.parameters(), config.learning_rate, (0.9, 0.99), weight_decay=0.01
        )
        self.model, self.optimizer = fabric.setup(model, optimizer)
        self.network = average.to(fabric.device)  # what is judged and kept
        self.modules: dict[str, nn.Module] = {"unet": self.model, "average": self.network}
        self.optimizers = {"unet": self.optimizer}
        self.empty = encode([""])[0].to(fabric.device)
        rng = random.Random(11)
        self.examined = {
            name: [caption(it, rng) for it in draw_scenes(EXAMINED, 11, WORLDS[name])]
            for name in config.names
        }

    def training_step(self, step: int, fabric: Fabric) -> Scores:
        """Draw a batch, times and noise, say captions anew, and learn to predict the noise."""
        set_rate(self.optimizer, warmed(self.config.learning_rate, step, self.config.steps))
        chosen = torch.randint(len(self.scenes), (self.config.batch,))
        rng = random.Random(int(torch.randint(2**31, ())))
        tokens = encode(caption(self.scenes[it], rng) for it in chosen.tolist())
        latents, tokens = self.latents[chosen].to(fabric.device), tokens.to(fabric.device)
        if self.config.unsaid:
            draws = torch.rand(len(tokens), device=fabric.device)
            thing = torch.randint(1, 3, (len(tokens),), device=fabric.device)
            tokens = leave_unsaid(tokens, thing * (draws < self.config.unsaid))
        draws = torch.rand(len(tokens), device=fabric.device)
        tokens = diffusion.drop_captions(tokens, self.empty, draws, self.config.dropped)
        t = torch.randint(N_TIMES, (len(tokens),), device=fabric.device)
        noise = torch.randn_like(latents)
        level = self.network.alpha_bars[t]
        noisy = diffusion.add_noise(latents, noise, level)
        predicted = self.model(noisy, t, tokens)
        weights = 1 / level if self.config.weighting == "velocity" else torch.ones_like(level)
        loss = diffusion.diffusion_loss(noise, predicted, weights)
        self.optimizer.zero_grad()
        fabric.backward(loss)
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        follow(self.network, self.model, step)
        return {"loss": loss.item()}

    def evaluate(self, step: int, folder: Path) -> Scores:
        """Paint prompts of each world, and return how many the oracle finds true, as shares."""
        painter, scores = Painter(self.network.eval(), self.vae), {}
        for name, captions in self.examined.items():
            found = heeded(captions, painter.paint(captions, GUIDANCE, PAINTED_IN))
            shown = found if WORLDS[name].of_two else {"right": found["right"]}
            scores |= {f"{part}, {name}": value for part, value in shown.items()}
        return scores


def begin_from(model: Unet, folder: Path) -> None:
    """Begin from what another run has learned; what it did not have stays as it is.

    Raises: UnusableData: the folder has no checkpoint.
    """
    state = load_checkpoint(folder)
    if state is None:
        raise UnusableData(f"{folder} has no checkpoint to start from")
    own = model.state_dict()
    learned = {name: it for name, it in state["modules"]["average"].items() if name in own}
    model.load_state_dict(own | learned)
