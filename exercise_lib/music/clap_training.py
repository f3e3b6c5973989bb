"""Train a small CLAP on pieces that it plays itself, judged by the truth."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from pydantic import PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from exercise_lib.images.clip_training import share
from exercise_lib.models.students import StudentModule
from exercise_lib.music.captions import MEANING, caption, encode, full_caption, truth
from exercise_lib.music.clap_encoders import Clap, ClapSize, filters, power
from exercise_lib.music.effects import filtered, through_effects
from exercise_lib.music.pieces import FULL, KINDS, VARIED, Piece, draw_pieces
from exercise_lib.music.render import render
from exercise_lib.train.drawn import DrawnTask
from exercise_lib.train.engine import Scores
from exercise_lib.train.rates import set_rate, warmed
from exercise_lib.train.settings import CHECKED

if TYPE_CHECKING:
    from lightning_fabric import Fabric

    from exercise_lib import clap, clip
else:
    clap, clip = StudentModule("clap"), StudentModule("clip")

EXAMINED = 270  # pieces of each sort by which a run is judged
CHUNK = 64  # pieces played at a time


@dataclass(frozen=True, config=CHECKED)
class ClapConfig:
    """How a CLAP is trained."""

    steps: PositiveInt = 350
    batch: PositiveInt = 64
    learning_rate: PositiveFloat = 3e-3  # at its highest; it rises first, then falls to 0
    pieces: PositiveInt = 1600  # to learn from
    several: bool = True  # whether all true captions of a batch count, or a piece's own alone
    embedding: PositiveInt = 64  # numbers of an embedding, and width of the transformer
    varied: bool = False  # whether tones vary widely, and pieces are heard through effects


@dataclass(frozen=True, config={"arbitrary_types_allowed": True})
class Examined:
    """Pieces to be judged by, as an encoder hears them."""

    pieces: list[Piece]
    log_mel: Tensor

    @classmethod
    def drawn(cls, n: int, seed: int, held_out: bool) -> Examined:
        pieces = draw_pieces(n, seed, held_out=held_out)
        return cls(pieces, heard(pieces))


def heard(pieces: Sequence[Piece], effects: int | None = None) -> Tensor:
    """Play pieces and return their log-mel spectrograms, `(B, 64, 151)` float16.

    Args: effects: seed of the effects that they are heard through; default: none.
    """
    chunks = []
    for start in range(0, len(pieces), CHUNK):
        sounds = render(pieces[start : start + CHUNK])
        if effects is not None:
            sounds = through_effects(sounds, effects + start)
        chunks.append(clap.log_mel(power(sounds), filters()).half())
    return torch.cat(chunks)


class ClapTask(DrawnTask):
    """A CLAP of laptop size on pieces that are played at the start."""

    config_type = ClapConfig
    learns_from = "CLAP learns from pieces that it plays"

    def __init__(self, config: ClapConfig, fabric: Fabric) -> None:
        self.config = config
        self.data = f"{config.pieces} pieces"
        self.pieces = draw_pieces(config.pieces, 0, VARIED if config.varied else FULL)
        self.log_mel = heard(self.pieces, 0 if config.varied else None)
        model = Clap(ClapSize(embedding=config.embedding, width=config.embedding))
        optimizer = torch.optim.AdamW(
            model.parameters(), config.learning_rate, (0.9, 0.98), weight_decay=0.05
        )
        self.model, self.optimizer = fabric.setup(model, optimizer)
        self.network = model  # of which fabric's is a wrapper
        self.modules: dict[str, nn.Module] = {"clap": self.model}
        self.optimizers = {"clap": self.optimizer}
        self.seen, self.held_out = (Examined.drawn(EXAMINED, 11, it) for it in (False, True))

    def training_step(self, step: int, fabric: Fabric) -> Scores:
        """Draw a batch, say its captions anew, and learn from how they are told apart."""
        set_rate(self.optimizer, warmed(self.config.learning_rate, step, self.config.steps))
        chosen = torch.randint(len(self.pieces), (self.config.batch,)).tolist()
        pieces = [self.pieces[it] for it in chosen]
        rng = random.Random(int(torch.randint(2**31, ())))
        captions = [caption(it, rng) for it in pieces]
        log_mel = self.log_mel[chosen].float().to(fabric.device)
        if self.config.varied:
            log_mel = filtered(log_mel)
        sounds, texts = self.model(log_mel, encode(captions).to(fabric.device))
        logits = clip.similarity(sounds, texts, self.network.log_scale)
        if self.config.several:
            loss = clap.many_true_loss(logits, truth(captions, pieces).to(fabric.device))
        else:
            loss = clip.contrastive_loss(logits)
        self.optimizer.zero_grad()
        fabric.backward(loss)
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        return {"loss": loss.item()}

    def evaluate(self, step: int, folder: Path) -> Scores:
        """Score pieces it has not heard: their full captions among 270, and each thing said."""
        model = self.network.eval()
        scores = {"full": named(model, self.seen)["full"]}
        scores |= {f"held_out_{name}": it for name, it in named(model, self.held_out).items()}
        scores["temperature"] = float((-model.log_scale.detach()).exp())
        model.train()
        return scores


def named(model: Clap, examined: Examined) -> Scores:
    """Return how often the full caption is found among 270, and what it says is true."""
    with torch.inference_mode():
        sounds = model.sounds(examined.log_mel.to(model.log_scale))
    found = nearest_kinds(model, sounds)
    pairs = [(KINDS[it], piece.kind) for it, piece in zip(found, examined.pieces, strict=True)]
    right = {s: [getattr(a, s) == getattr(b, s) for a, b in pairs] for s in MEANING}
    scores = {slot: share(torch.tensor(its)) for slot, its in right.items()}
    return {"full": share(torch.tensor([a == b for a, b in pairs])), **scores}


def nearest_kinds(model: Clap, sounds: Tensor) -> list[int]:
    """Return which of the 270 kinds has the full caption that is most like each sound."""
    prompts = model.read(map(full_caption, KINDS))
    return clip.zero_shot(sounds, prompts[:, None]).tolist()
