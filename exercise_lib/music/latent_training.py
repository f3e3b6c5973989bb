"""Train an autoencoder of sound, judged by what the oracle still hears in what comes back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from exercise_lib.codec.discriminator import Discriminators, discriminator_loss, generator_loss
from exercise_lib.codec.spectra import BANDS, magnitude, mel_filters
from exercise_lib.models.students import StudentModule
from exercise_lib.music.latent_network import HOP, LatentSize, SoundVae, load_vae
from exercise_lib.music.oracle import agreement, read
from exercise_lib.music.pieces import Piece, draw_pieces
from exercise_lib.music.render import SAMPLES, render
from exercise_lib.train.drawn import DrawnTask
from exercise_lib.train.engine import Scores
from exercise_lib.train.graphed import Graphed
from exercise_lib.train.rates import set_rate, warmed
from exercise_lib.train.settings import CHECKED

if TYPE_CHECKING:
    from lightning_fabric import Fabric

    from exercise_lib import encodec, latent_audio
else:
    encodec, latent_audio = StudentModule("encodec"), StudentModule("latent_audio")

EXAMINED = 40  # pieces of held-out kinds by which a run is judged
SCALED_BY = 400  # sounds whose latents say the scale
FLOOR = 1e-3  # magnitude that counts as silence, -60 dBFS
CUT = 0.25  # share of the segments that end early, in silence
CHANNELS = 8  # of the discriminators
WEIGHTS = {"adversarial": 0.05, "features": 0.1}  # beside the spectral distance's 1


@dataclass(frozen=True, config=CHECKED)
class LatentConfig:
    """How an autoencoder of sound is trained."""

    steps: PositiveInt = 300
    batch: PositiveInt = 64
    segment: PositiveInt = 40  # latents
    learning_rate: PositiveFloat = 1e-3  # at its highest; it rises first, then falls to 0
    pieces: PositiveInt = 4000  # to learn from
    latents: PositiveInt = 16  # channels
    channels: PositiveInt = 64
    depth: PositiveInt = 3  # blocks of the decoder at either frame rate
    finer: PositiveInt = 2  # frames of both STFTs to one latent
    beta: NonNegativeFloat = 3e-4  # weight of the KL divergence
    adversarial: bool = False  # whether discriminators judge, and the decoder alone learns
    start: str = ""  # a folder of kept weights to begin from

    @property
    def size(self) -> LatentSize:
        return LatentSize(
            latents=self.latents,
            channels=self.channels,
            hidden=3 * self.channels,
            finer=self.finer,
            depth=self.depth,
        )


class LatentTask(DrawnTask):
    """An autoencoder of laptop size on pieces that are played at the start."""

    config_type = LatentConfig
    learns_from = "the autoencoder learns from pieces that it plays"

    def __init__(self, config: LatentConfig, fabric: Fabric) -> None:
        self.config, self.fabric = config, fabric
        self.data = f"{config.pieces} pieces"
        self.sounds = render(draw_pieces(config.pieces, 0)).to(fabric.device)
        self.filters = {
            n_fft: mel_filters(n_fft, n_mels).to(fabric.device) for n_fft, n_mels in BANDS.items()
        }
        self.examined = draw_pieces(EXAMINED, 11, held_out=True)
        model = SoundVae(config.size)
        if config.start:
            model = load_vae(Path(config.start)).train()
        model.encoder.requires_grad_(not config.adversarial)
        self.model, self.optimizer = fabric.setup(model, self._optimizer(model))
        self.network = model  # of which fabric's is a wrapper
        self.modules: dict[str, nn.Module] = {"vae": self.model}
        self.optimizers = {"vae": self.optimizer}
        if config.adversarial:
            judges = Discriminators(tuple(BANDS), CHANNELS, len(WEIGHTS))
            self.judges, self.judging = fabric.setup(judges, self._optimizer(judges))
            self.modules["discriminators"] = self.judges
            self.optimizers["discriminators"] = self.judging
        # with discriminators two networks learn in a step, which is more than a graph records
        self.gradients = self._gradients if config.adversarial else Graphed(self._gradients)

    def _optimizer(self, module: nn.Module) -> torch.optim.Optimizer:
        learned = [it for it in module.parameters() if it.requires_grad]
        return torch.optim.AdamW(
            learned, self.config.learning_rate, (0.8, 0.99), weight_decay=0.01, fused=True
        )

    def draw_batch(self) -> Tensor:
        """Draw segments of the pieces, of which some end early, `(B, samples)`."""
        batch, length, device = self.config.batch, self.config.segment * HOP, self.sounds.device
        rows = torch.randint(len(self.sounds), (batch, 1), device=device)
        starts = torch.randint(SAMPLES - length + 1, (batch, 1), device=device)
        places = torch.arange(length, device=device)
        ends = length * torch.where(
            torch.rand(batch, 1, device=device) < CUT, torch.rand(batch, 1, device=device), 1.0
        )
        return self.sounds[rows, starts + places] * (places < ends)

    def distance(self, real: Tensor, fake: Tensor) -> Tensor:
        """Compare sounds `(B, samples)` at several resolutions, in bins and in mel bands."""
        both, found = torch.cat([real, fake]), []
        for n_fft, filters in self.filters.items():
            bins = magnitude(both, n_fft, n_fft // 4)
            for its in (bins, filters @ bins):
                x, y = its.chunk(2)
                found.append(latent_audio.spectral_distance(x, y, FLOOR))
        return torch.stack(found).mean()

    def training_step(self, step: int, fabric: Fabric) -> Scores:
        """Draw a batch and its latents, and learn from the sounds that come back."""
        set_rate(self.optimizer, warmed(self.config.learning_rate, step, self.config.steps))
        losses = self.gradients(self.draw_batch())
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        return dict(zip(losses, torch.stack([*losses.values()]).tolist(), strict=True))

    def _gradients(self, sounds: Tensor) -> dict[str, Tensor]:
        """Leave gradients of the whole loss in the parameters, and return its parts."""
        decoded, _, divergence = self.model(sounds)
        distance = self.distance(sounds, decoded)
        loss, losses = distance + self.config.beta * divergence, {}
        if self.config.adversarial:
            losses = self.judge(sounds, decoded)
            loss = loss + sum(weight * losses[name] for name, weight in WEIGHTS.items())
        self.optimizer.zero_grad()
        self.fabric.backward(loss)
        losses |= {"loss": distance, "kl": divergence}
        return {name: it.detach() for name, it in losses.items()}

    def judge(self, sounds: Tensor, decoded: Tensor) -> dict[str, Tensor]:
        """Update the discriminators, and return what they say of the decoded sounds."""
        set_rate(self.judging, self.optimizer.param_groups[0]["lr"])
        real, _ = self.judges(sounds)
        fake, _ = self.judges(decoded.detach())
        judged = discriminator_loss(real, fake)
        self.judging.zero_grad()
        self.fabric.backward(judged)
        self.judging.step()
        fake, fake_maps = self.judges(decoded)
        with torch.no_grad():
            _, real_maps = self.judges(sounds)
        return {
            "discriminator": judged,
            "adversarial": generator_loss(fake),
            "features": encodec.relative_feature_loss(real_maps, fake_maps),
        }

    def evaluate(self, step: int, folder: Path) -> Scores:
        """Set the latents' scale, and score pieces of held-out kinds that come back."""
        model = self.network.eval()
        with torch.no_grad():
            parts = self.sounds[:SCALED_BY].split(40)
            means = torch.cat([model.encoder(it)[0] for it in parts])
        mean, spread = latent_audio.latent_scale(means)
        model.mean.copy_(mean)
        model.spread.copy_(spread)
        scores = examine(model, self.examined)
        model.train()
        return scores


def examine(model: SoundVae, pieces: Sequence[Piece]) -> Scores:
    """Return in which share of the pieces that come back the oracle hears what was played."""
    readings = read(model.sounds(model.latents(render(pieces))))
    found = [agreement(*its) for its in zip(pieces, readings, strict=True)]
    return {name: sum(it[name] for it in found) / len(found) for name in found[0]}
