"""Train a transformer on the codes of pieces: the prior from words, the upsampler from codes."""

from __future__ import annotations

import copy
import random
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import torch
from pydantic import Field, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from exercise_lib.models.students import StudentModule
from exercise_lib.music.captions import caption, encode, full_caption
from exercise_lib.music.jukebox_codes import codes_of, encoded
from exercise_lib.music.jukebox_level import LevelName, load_level
from exercise_lib.music.jukebox_level_training import heard
from exercise_lib.music.jukebox_pieces import played
from exercise_lib.music.jukebox_player import LOWER, UPPER, say
from exercise_lib.music.jukebox_transformer import (
    UNKNOWN,
    CodeTransformer,
    TransformerSize,
)
from exercise_lib.music.pieces import draw_pieces
from exercise_lib.train.averages import follow
from exercise_lib.train.drawn import DrawnTask
from exercise_lib.train.engine import Scores
from exercise_lib.train.rates import set_rate, warmed
from exercise_lib.train.settings import CHECKED

if TYPE_CHECKING:
    from lightning_fabric import Fabric

    from exercise_lib import vq_music
else:
    vq_music = StudentModule("vq_music")

EXAMINED = 54  # pieces of held-out kinds by which a run is judged
READINGS = 8  # captions of each piece


@dataclass(frozen=True, config=CHECKED)
class TransformerConfig:
    """How a transformer on codes is trained."""

    level: LevelName = "top"  # whose codes it says
    steps: PositiveInt = 1000
    batch: PositiveInt = 32
    learning_rate: PositiveFloat = 2e-3  # at its highest; it rises first, then falls to 0
    pieces: PositiveInt = 4000  # to learn from
    width: PositiveInt = 128
    depth: PositiveInt = 3  # blocks
    hidden: Annotated[float, Field(ge=0, lt=1)] = 0.1  # share of the codes heard that are hidden
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.1


class TransformerTask(DrawnTask):
    """A transformer on codes of kept levels."""

    config_type = TransformerConfig
    learns_from = "a transformer of Jukebox learns from codes of pieces that are drawn"

    def __init__(self, config: TransformerConfig, fabric: Fabric) -> None:
        self.config = config
        self.data = f"codes of {config.pieces} pieces, {config.level}"
        device = fabric.device
        names: tuple[LevelName, ...] = ("top",) if config.level == "top" else ("top", "bottom")
        codes = codes_of(config.pieces, *names, device=device)
        self.codes = codes[config.level].to(device)
        self.level = load_level(config.level).to(device).requires_grad_(False)
        self.pieces = draw_pieces(EXAMINED, 11, held_out=True)
        sounds = played(EXAMINED, 11, held_out=True)
        self.examined = encoded(self.level, sounds).long().to(device)
        upper = 0 if config.level == "top" else codes["top"].shape[1]
        if upper:
            self.conditions = codes["top"].to(device)[:, None]  # (n, 1, N)
            self.known = encoded(load_level("top").to(device), sounds).long().to(device)
        else:
            self.conditions = readings(config.pieces).to(device)  # (n, readings, W)
            self.known = encode(full_caption(it.kind) for it in self.pieces).to(device)
        model = CodeTransformer(
            TransformerSize(
                self.level.config.n_codes,
                self.codes.shape[1],
                upper,
                config.width,
                config.depth,
                config.width // 32,
                config.dropout,
            )
        )
        average = copy.deepcopy(model).requires_grad_(False)
        optimizer = torch.optim.AdamW(
            model.parameters(), config.learning_rate, (0.9, 0.98), weight_decay=0.05, fused=True
        )
        self.model, self.optimizer = fabric.setup(model, optimizer)
        self.network = average.to(device)  # what is judged and kept
        self.modules: dict[str, nn.Module] = {"transformer": self.model, "average": self.network}
        self.optimizers = {"transformer": self.optimizer}

    def training_step(self, step: int, fabric: Fabric) -> Scores:
        """Draw pieces and what is said of them, hide some of the codes heard, and learn."""
        config = self.config
        set_rate(self.optimizer, warmed(config.learning_rate, step, config.steps))
        device = self.codes.device
        chosen = torch.randint(len(self.codes), (config.batch,), device=device)
        reading = torch.randint(self.conditions.shape[1], (config.batch,), device=device)
        codes = self.codes[chosen]
        heard_codes = vq_music.shifted(codes, self.network.start)
        is_hidden = torch.rand(codes.shape, device=device) < config.hidden
        heard_codes = heard_codes.masked_fill(is_hidden, self.network.config.n_codes + UNKNOWN)
        logits = self.model(heard_codes, self.conditions[chosen, reading])
        loss = vq_music.code_loss(logits, codes, self.network.config.words)
        self.optimizer.zero_grad()
        fabric.backward(loss)
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        follow(self.network, self.model, step)
        return {"nats": loss.item()}

    @torch.no_grad()
    def evaluate(self, step: int, folder: Path) -> Scores:
        """Score held-out kinds: nats of their codes, and what is heard of those that it says."""
        model = self.network.eval()
        logits = model(vq_music.shifted(self.examined, model.start), self.known)
        nats = vq_music.code_loss(logits, self.examined, model.config.words)
        codes = say(model, self.known, LOWER if model.config.upper else UPPER)
        scores = heard(self.pieces, self.level.decode(codes))
        del scores["pitch"]  # no caption says the notes
        return {"held_out_nats": float(nats), **scores}


def readings(n: int) -> Tensor:
    """Return captions of `draw_pieces(n, 0)` as words, `(n, 8, 16)`."""
    rng = random.Random(0)
    said = [str(caption(it, rng)) for it in draw_pieces(n, 0) for _ in range(READINGS)]
    return encode(said).unflatten(0, (n, READINGS))
