"""Train one level of a small Jukebox on pieces, judged by what an oracle hears in its copies."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from pydantic import NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from exercise_lib.codec.spectra import magnitude, mel_filters
from exercise_lib.models.students import StudentModule
from exercise_lib.music.jukebox_level import FACTORS, Level, LevelName, LevelSize
from exercise_lib.music.jukebox_pieces import as_sounds, played
from exercise_lib.music.oracle import agreement, read
from exercise_lib.music.pieces import Kind, Piece, draw_pieces
from exercise_lib.train.drawn import DrawnTask
from exercise_lib.train.engine import Scores
from exercise_lib.train.rates import set_rate, warmed
from exercise_lib.train.settings import CHECKED

if TYPE_CHECKING:
    from lightning_fabric import Fabric

    from exercise_lib import quantization, vq_music
else:
    quantization, vq_music = StudentModule("quantization"), StudentModule("vq_music")

SIZES = (512, 1024, 2048, 4096)  # samples, of the spectral loss's windows
MEL_BANDS = {512: 40, 2048: 128}  # window in samples -> bands, in which soft partials count
COMMITMENT = 0.25  # weight, van den Oord et al. (2017)
EXAMINED = 108  # pieces of held-out kinds by which a run is judged
LOSSES = "spectral", "mel", "time", "commitment"
ATTRIBUTES = tuple(it.name for it in fields(Kind))


@dataclass(frozen=True, config=CHECKED)
class LevelConfig:
    """How a level is trained."""

    level: LevelName = "top"
    steps: PositiveInt = 5000
    batch: PositiveInt = 24
    segment: PositiveInt = 28_800  # samples
    learning_rate: PositiveFloat = 1e-3  # at its highest; it rises first, then falls to 0
    pieces: PositiveInt = 12_000  # to learn from
    quantized_from: NonNegativeInt = 300  # step; the book begins where latents have settled
    n_codes: PositiveInt = 1024
    least: NonNegativeFloat = (
        0.3  # a code that fewer latents of a batch choose begins anew; 0: none
    )
    spectral: NonNegativeFloat = 1.0  # weight of the spectral loss
    mel: NonNegativeFloat = 1.0  # weight of the distance in mel bands
    time: NonNegativeFloat = 0.0  # weight of the squared error of samples

    @property
    def size(self) -> LevelSize:
        return LevelSize(FACTORS[self.level], self.n_codes, least=self.least)


class LevelTask(DrawnTask):
    """A level on segments of pieces that are played at the start."""

    config_type = LevelConfig
    learns_from = "a level of Jukebox learns from pieces that it plays"

    def __init__(self, config: LevelConfig, fabric: Fabric) -> None:
        self.config = config
        self.data = f"{config.pieces} pieces, {config.level}"
        self.sounds = played(config.pieces).to(fabric.device)
        self.pieces = draw_pieces(EXAMINED, 11, held_out=True)
        self.examined = as_sounds(played(EXAMINED, 11, held_out=True))
        model = Level(config.size)
        optimizer = torch.optim.AdamW(
            model.parameters(), config.learning_rate, (0.8, 0.99), weight_decay=0.01, fused=True
        )
        self.model, self.optimizer = fabric.setup(model, optimizer)
        self.network = model  # of which fabric's is a wrapper
        self.modules: dict[str, nn.Module] = {"level": self.model}
        self.optimizers = {"level": self.optimizer}
        self.filters = {
            n_fft: mel_filters(n_fft, bands).to(fabric.device) for n_fft, bands in MEL_BANDS.items()
        }

    def draw_batch(self) -> Tensor:
        """Draw segments of pieces, `(B, segment)`, of any loudness and either sign."""
        n, length = self.config.batch, self.config.segment
        device = self.sounds.device
        chosen = torch.randint(len(self.sounds), (n, 1), device=device)
        starts = torch.randint(self.sounds.shape[1] - length + 1, (n, 1), device=device)
        x = as_sounds(self.sounds[chosen, starts + torch.arange(length, device=device)])
        return x * (0.5 + 0.6 * torch.rand(n, 1, device=device))

    def training_step(self, step: int, fabric: Fabric) -> Scores:
        """Draw segments, move networks by the losses and codes to what they are used for."""
        config = self.config
        set_rate(self.optimizer, warmed(config.learning_rate, step, config.steps))
        is_quantized = step >= config.quantized_from
        if step == config.quantized_from and config.least:
            vectors = self.network.encoder(self.draw_batch()).mT.flatten(0, 1)
            self.network.book.begin_from(vectors.detach())
        x = self.draw_batch()
        x_hat, z, codes, commitment = self.model(x, is_quantized)
        spectral = vq_music.multi_resolution_stft(x, x_hat, SIZES)
        mel, time = self.mel_distance(x, x_hat), F.mse_loss(x_hat, x)
        loss = config.spectral * spectral + config.mel * mel + config.time * time
        loss = loss + COMMITMENT * commitment
        self.optimizer.zero_grad()
        fabric.backward(loss)
        nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
        self.optimizer.step()
        if is_quantized:
            self.network.book.learn(z.detach().mT.flatten(0, 1), codes.flatten())
        values = torch.stack([spectral, mel, time, commitment]).tolist()  # one wait for the device
        return dict(zip(LOSSES, values, strict=True))

    def mel_distance(self, x: Tensor, x_hat: Tensor) -> Tensor:
        """Return the mean absolute difference of log-mel spectra."""
        differences = []
        for n_fft, filters in self.filters.items():
            s, s_hat = (filters @ magnitude(it, n_fft, n_fft // 4) for it in (x, x_hat))
            floor = vq_music.FLOOR
            differences.append(F.l1_loss((s_hat + floor).log(), (s + floor).log()))
        return torch.stack(differences).mean()

    def evaluate(self, step: int, folder: Path) -> Scores:
        """Score copies of pieces of held-out kinds: what the oracle hears, and codes in use."""
        model = self.network.eval()
        codes = torch.cat([model.encode(it) for it in self.examined.split(27)])
        copies = torch.cat([model.decode(it) for it in codes.split(27)])
        model.train()
        scores = heard(self.pieces, copies)
        scores["perplexity"] = float(quantization.perplexity(codes, model.config.n_codes))
        scores["used"] = float(len(codes.unique()))
        return scores


def heard(pieces: list[Piece], sounds: Tensor) -> Scores:
    """Return how often the oracle hears each thing of a piece in a sound, and all of it."""
    rows = [agreement(*it) for it in zip(pieces, read(sounds), strict=True)]
    names = *ATTRIBUTES, "pitch"
    scores = {name: sum(row[name] for row in rows) / len(rows) for name in names}
    scores["all"] = sum(all(row[it] for it in ATTRIBUTES) for row in rows) / len(rows)
    return scores
