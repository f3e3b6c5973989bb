"""Train a small CLIP on scenes: batches with or without hard negatives, judged by the truth."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import torch
from pydantic import PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from exercise_lib.files.unusable import UnusableData
from exercise_lib.images.captions import Caption, Named, caption, encode, truth
from exercise_lib.images.clip_encoders import Clip, ClipSize
from exercise_lib.images.render import render
from exercise_lib.images.scenes import ALONE, COLOURS, HELD_OUT, SHAPES, Scene, World, draw_scenes
from exercise_lib.models.students import StudentModule
from exercise_lib.train.checkpoint import load_checkpoint
from exercise_lib.train.drawn import DrawnTask
from exercise_lib.train.engine import Scores
from exercise_lib.train.rates import set_rate, warmed
from exercise_lib.train.settings import CHECKED

if TYPE_CHECKING:
    from lightning_fabric import Fabric

    from exercise_lib import clip
else:
    clip = StudentModule("clip")

TWINS = 4  # a scene, its colours swapped, its relation turned, and both
WHITENED_BY = 2000  # pictures
EXAMINED = 400  # scenes of each kind by which a run is judged
PAIRS = [(shape, colour) for shape in SHAPES for colour in COLOURS]  # the 64 classes
TWO = World(of_two=1.0)


@dataclass(frozen=True, config=CHECKED)
class ClipConfig:
    """How a CLIP is trained."""

    steps: PositiveInt = 1500
    batch: PositiveInt = 128
    learning_rate: PositiveFloat = 1.5e-3  # at its highest; it rises first, then falls to 0
    scenes: PositiveInt = 16_000  # to learn from
    # what a batch has besides scenes drawn by chance: "captions", each caption of two things again
    # with its colours swapped and its relation turned, as rivals without a picture; "twins", a half
    # of the batch in scenes that come with their swapped and turned pictures
    hard: Literal["", "captions", "twins"] = ""
    whitened: bool = True
    start: str = ""  # a run's folder, whose weights to begin from

    def __post_init__(self) -> None:
        if self.hard == "twins" and self.batch % (2 * TWINS):
            raise ValueError(f"half of the batch is sets of {TWINS}: choose a multiple of 8")


@dataclass(frozen=True, config={"arbitrary_types_allowed": True})
class Examined:
    """Scenes to be judged by, with their pictures and captions."""

    scenes: list[Scene]
    pictures: Tensor
    captions: list[Caption]

    @classmethod
    def drawn(cls, n: int, seed: int, world: World, held_out: bool) -> Examined:
        scenes = draw_scenes(n, seed, world, held_out=held_out)
        rng = random.Random(seed)
        return cls(scenes, render(scenes), [caption(it, rng) for it in scenes])


def stays_seen(scene: Scene) -> bool:
    """Say whether a scene has two things, and no held-out pair once their colours are swapped."""
    swapped = scene.swapped().things if len(scene.things) == 2 else ()
    return bool(swapped) and not any(it.pair in HELD_OUT for it in swapped)


def twins(scene: Scene) -> list[Scene]:
    """Return a scene of two things with its hard negatives: swapped, turned, and both."""
    swapped = scene.swapped()
    return [scene, swapped, scene.turned(), swapped.turned()]


def wrong_captions(captions: Sequence[Caption]) -> list[Caption]:
    """Return those of two things again, swapped and turned; no held-out pair is said."""
    of_two = [it for it in captions if it.relation]
    swapped = [it.swapped() for it in of_two]
    return [it for it in swapped if not says_held_out(it)] + [it.turned() for it in of_two]


def says_held_out(said: Caption) -> bool:
    return any((it.shape, it.colour) in HELD_OUT for it in said.things)


class ClipTask(DrawnTask):
    """A CLIP of laptop size on scenes that are drawn at the start."""

    config_type = ClipConfig
    learns_from = "CLIP learns from scenes that it draws"

    def __init__(self, config: ClipConfig, fabric: Fabric) -> None:
        self.config = config
        self.data = f"{config.scenes} scenes"
        self.scenes = draw_scenes(config.scenes, seed=0)
        self.drawn = render(self.scenes)
        self.with_twins = [it for it in self.scenes if stays_seen(it)]
        model = Clip(ClipSize(whitened=config.whitened))
        if config.whitened:
            model.pictures.whiten(self.drawn[:WHITENED_BY] / 255)
        if config.start:
            state = load_checkpoint(Path(config.start))
            if state is None:
                raise UnusableData(f"{config.start} has no checkpoint to start from")
            model.load_state_dict(state["modules"]["clip"])
        learned = [it for it in model.parameters() if it.requires_grad]
        optimizer = torch.optim.AdamW(learned, config.learning_rate, (0.9, 0.98), weight_decay=0.05)
        self.model, self.optimizer = fabric.setup(model, optimizer)
        self.network = model  # of which fabric's is a wrapper
        self.modules: dict[str, nn.Module] = {"clip": self.model}
        self.optimizers = {"clip": self.optimizer}
        self.seen, self.held_out = (Examined.drawn(EXAMINED, 11, ALONE, it) for it in (False, True))
        self.of_two = Examined.drawn(EXAMINED, 12, TWO, False)

    def learning_rate(self, step: int) -> float:
        return warmed(self.config.learning_rate, step, self.config.steps)

    def training_step(self, step: int, fabric: Fabric) -> Scores:
        """Draw a batch, say its captions anew, and learn from how they are told apart."""
        set_rate(self.optimizer, self.learning_rate(step))
        scenes, pictures = self.draw_batch()
        rng = random.Random(int(torch.randint(2**31, ())))
        captions = [caption(it, rng) for it in scenes]
        further = wrong_captions(captions) if self.config.hard == "captions" else []
        tokens = encode(captions + further).to(fabric.device)
        images, texts = self.model(pictures.to(fabric.device) / 255, tokens)
        logits = clip.similarity(images, texts, self.network.log_scale)
        loss = clip.hard_negative_loss(logits) if further else clip.contrastive_loss(logits)
        self.optimizer.zero_grad()
        fabric.backward(loss)
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        return {"loss": loss.item()}

    def draw_batch(self) -> tuple[list[Scene], Tensor]:
        n_sets = self.config.batch // 2 // TWINS if self.config.hard == "twins" else 0
        chosen = torch.randint(len(self.scenes), (self.config.batch - TWINS * n_sets,)).tolist()
        scenes, pictures = [self.scenes[it] for it in chosen], self.drawn[chosen]
        if n_sets:
            bases = torch.randint(len(self.with_twins), (n_sets,)).tolist()
            more = [twin for it in bases for twin in twins(self.with_twins[it])]
            scenes, pictures = scenes + more, torch.cat([pictures, render(more)])
        return scenes, pictures

    def evaluate(self, step: int, folder: Path) -> Scores:
        """Score scenes it has not seen: names, held-out names, retrieval, swapped and turned."""
        model = self.network.eval()
        named, colour = zero_shot_64(model, self.seen)
        held_out, _ = zero_shot_64(model, self.held_out)
        scores = {"named": named, "held_out": held_out, "colour": colour}
        scores |= binding(model, self.of_two)
        scores["recall_5"] = retrieval(model, self.of_two, 200, 5)
        scores["temperature"] = float((-model.log_scale.detach()).exp())
        model.train()
        return scores


def zero_shot_64(model: Clip, examined: Examined) -> tuple[float, float]:
    """Return how often shape and colour of lone things are named among 64, and the colour alone.

    By one sentence a class, such as "a red circle".
    """
    prompts = model.read(Named("", colour, shape) for shape, colour in PAIRS)
    found = clip.zero_shot(model.see(examined.pictures), prompts[:, None])
    true = torch.tensor([PAIRS.index(it.things[0].pair) for it in examined.scenes])
    same_colour = found.cpu() % len(COLOURS) == true % len(COLOURS)
    return share(found.cpu() == true), share(same_colour)


def binding(model: Clip, examined: Examined) -> Scores:
    """Return how often a caption beats itself with colours swapped, and with its relation turned.

    Of scenes of two things; chance is 0.5.
    """
    images = model.see(examined.pictures)
    right = torch.cosine_similarity(images, model.read(examined.captions))
    changed = {
        "swapped": [it.swapped() for it in examined.captions],
        "turned": [it.turned() for it in examined.captions],
    }
    return {
        name: share(right > torch.cosine_similarity(images, model.read(wrong)))
        for name, wrong in changed.items()
    }


def retrieval(model: Clip, examined: Examined, n: int, k: int) -> float:
    """Return the recall at k of captions of n pictures; any true caption of a picture counts."""
    captions = examined.captions[:n]
    images, texts = model.see(examined.pictures[:n]), model.read(captions)
    scores = clip.similarity(images, texts, model.log_scale.detach())
    true = truth(captions, examined.scenes[:n]).to(scores.device)
    return float(clip.recall_at_k(scores, true, k))


def share(true: Tensor) -> float:
    return float(true.float().mean())
