"""Train a prior on the embeddings of a frozen CLIP, judged by how near it is to true pictures."""

from __future__ import annotations

import copy
import random
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from pydantic import PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from exercise_lib.images.captions import caption
from exercise_lib.images.clip_training import Examined
from exercise_lib.images.flow_training import Worlds
from exercise_lib.images.prior_network import Prior, PriorSize
from exercise_lib.images.scenes import WORLDS, draw_mixed
from exercise_lib.images.unclip_embeddings import Which, load_embedder
from exercise_lib.images.unclip_painter import imagine
from exercise_lib.models.students import StudentModule
from exercise_lib.train.averages import follow
from exercise_lib.train.drawn import DrawnTask
from exercise_lib.train.engine import Scores
from exercise_lib.train.rates import set_rate, warmed
from exercise_lib.train.settings import CHECKED

if TYPE_CHECKING:
    from lightning_fabric import Fabric

    from exercise_lib import unclip
else:
    unclip = StudentModule("unclip")

EXAMINED = 200  # captions of each world by which a run is judged


@dataclass(frozen=True, config=CHECKED)
class PriorConfig:
    """How a prior is trained."""

    steps: PositiveInt = 200
    batch: PositiveInt = 128
    learning_rate: PositiveFloat = 2e-3  # at its highest; it rises first, then falls to 0
    scenes: PositiveInt = 6000  # to learn from
    worlds: Worlds = "centred"
    width: PositiveInt = 128
    depth: PositiveInt = 3  # blocks
    words: bool = True  # whether it hears words, beside the caption's embedding
    clip: Which = "binds"

    @property
    def names(self) -> list[str]:
        """The worlds whose scenes it learns from, equally many of each."""
        return self.worlds.split(", ")


class PriorTask(DrawnTask):
    """A prior of laptop size on scenes that are drawn at the start."""

    config_type = PriorConfig

    def __init__(self, config: PriorConfig, fabric: Fabric) -> None:
        self.config = config
        self.data = f"{config.scenes} scenes, {config.worlds}"
        self.embedder = load_embedder(config.clip)
        self.scenes = draw_mixed(config.scenes, 0, [WORLDS[it] for it in config.names])
        self.images = self.embedder.see_scenes(self.scenes)
        model = Prior(PriorSize(width=config.width, depth=config.depth, words=config.words))
        average = copy.deepcopy(model).requires_grad_(False)
        optimizer = torch.optim.AdamW(
            model.parameters(), config.learning_rate, (0.9, 0.99), weight_decay=0.01
        )
        self.model, self.optimizer = fabric.setup(model, optimizer)
        self.network = average.to(fabric.device)  # what is judged and kept
        self.modules: dict[str, nn.Module] = {"prior": self.model, "average": self.network}
        self.optimizers = {"prior": self.optimizer}
        self.examined = {
            name: Examined.drawn(EXAMINED, 11, WORLDS[name], False) for name in config.names
        }

    def training_step(self, step: int, fabric: Fabric) -> Scores:
        """Draw a batch, times and noise, say captions anew, and learn what was noised."""
        set_rate(self.optimizer, warmed(self.config.learning_rate, step, self.config.steps))
        chosen = torch.randint(len(self.scenes), (self.config.batch,))
        rng = random.Random(int(torch.randint(2**31, ())))
        said = [caption(self.scenes[it], rng) for it in chosen.tolist()]
        heard = self.embedder.read(said).to(fabric.device)
        images = self.images[chosen].to(fabric.device)
        noise, times = torch.randn_like(images), torch.rand(len(images), device=images.device)

        def predict(noisy: Tensor, times: Tensor) -> Tensor:
            return self.model(noisy, times, heard)

        loss = unclip.prior_loss(predict, images, noise, times)
        self.optimizer.zero_grad()
        fabric.backward(loss)
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        follow(self.network, self.model, step)
        return {"loss": loss.item()}

    def evaluate(self, step: int, folder: Path) -> Scores:
        """Return the mean cosines of captions and of the prior with the true pictures."""
        prior, scores = self.network.eval(), {}
        for name, its in self.examined.items():
            images = self.embedder.see(its.pictures)
            texts = self.embedder.texts(its.captions)
            imagined = imagine(prior, self.embedder, its.captions)
            scores[f"caption to picture, {name}"] = mean_cosine(texts, images)
            scores[f"prior to picture, {name}"] = mean_cosine(imagined, images)
        return scores


def mean_cosine(a: Tensor, b: Tensor) -> float:
    return float(torch.cosine_similarity(a, b).mean())
