"""Train a diffusion transformer on cached latents, judged by captions and seconds it follows."""

from __future__ import annotations

import copy
import random
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import torch
import torch.nn.functional as F
from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from exercise_lib.images.caption_features import CaptionFeatures
from exercise_lib.models.students import StudentModule
from exercise_lib.music.captions import caption, full_caption
from exercise_lib.music.latent_network import DATA, load_vae
from exercise_lib.music.pieces import draw_pieces
from exercise_lib.music.stable_audio_network import Heard, SoundDit, SoundDitSize, load_reader
from exercise_lib.music.stable_audio_player import Composer
from exercise_lib.music.stable_audio_scores import followed, level_behind, sounding_seconds
from exercise_lib.music.stable_audio_windows import as_windows, encode_windows, load_latents
from exercise_lib.train.averages import follow
from exercise_lib.train.drawn import DrawnTask
from exercise_lib.train.engine import Scores
from exercise_lib.train.graphed import Graphed
from exercise_lib.train.rates import set_rate, warmed
from exercise_lib.train.settings import CHECKED

if TYPE_CHECKING:
    from lightning_fabric import Fabric

    from exercise_lib import latent_audio
else:
    latent_audio = StudentModule("latent_audio")

EXAMINED = 40  # prompts of held-out kinds by which a run is judged
SAYINGS = 4  # captions of each piece
ENDS = (0.8, 2.3)  # seconds asked for


@dataclass(frozen=True, config=CHECKED)
class StableAudioConfig:
    """How a diffusion transformer of sound is trained."""

    steps: PositiveInt = 2000
    batch: PositiveInt = 32
    learning_rate: PositiveFloat = 2e-3  # at its highest; it rises first, then falls to 0
    width: PositiveInt = 128
    depth: PositiveInt = 4  # blocks
    dropped: NonNegativeFloat = 0.1  # share of the captions that are dropped
    windows: PositiveInt = 2500  # into as many pieces, to learn from
    cache: str = ""  # a file of their latents; default: they are played and encoded at the start
    vae: Literal["latent_audio", "stable_audio"] = "latent_audio"  # its folder of data/

    @property
    def size(self) -> SoundDitSize:
        return SoundDitSize(width=self.width, depth=self.depth)


class StableAudioTask(DrawnTask):
    """A transformer of laptop size on the kept autoencoder's latents."""

    config_type = StableAudioConfig
    learns_from = "it learns from the latents that are kept"

    def __init__(self, config: StableAudioConfig, fabric: Fabric) -> None:
        self.config, self.fabric = config, fabric
        device = fabric.device
        self.data = f"{config.windows} windows, {config.vae}"
        self.vae = load_vae(DATA / config.vae).to(device)
        if config.cache:
            latents = load_latents(Path(config.cache))[: config.windows]
        else:
            latents = encode_windows(self.vae, config.windows)
        windows = as_windows(latents)
        self.latents = windows.latents.to(device)
        self.starts, self.totals = windows.starts.to(device), windows.totals.to(device)
        self.reader = load_reader()
        rng = random.Random(0)
        said = [caption(it, rng) for it in windows.pieces for _ in range(SAYINGS)]
        self.captions = self.reader.read(["", *said]).to(device)  # the first one says nothing
        model = SoundDit(config.size)
        average = copy.deepcopy(model).requires_grad_(False)
        optimizer = torch.optim.AdamW(
            model.parameters(), config.learning_rate, (0.9, 0.99), weight_decay=0.01, fused=True
        )
        self.model, self.optimizer = fabric.setup(model, optimizer)
        self.network = average.to(device)  # what is judged and kept
        self.modules: dict[str, nn.Module] = {"dit": self.model, "average": self.network}
        self.optimizers = {"dit": self.optimizer}
        self.gradients = Graphed(self._gradients)
        self.kinds = [it.kind for it in draw_pieces(EXAMINED, 11, held_out=True)]

    def training_step(self, step: int, fabric: Fabric) -> Scores:
        """Draw windows, captions, times and noise, and learn the v that leads between them."""
        set_rate(self.optimizer, warmed(self.config.learning_rate, step, self.config.steps))
        device, n = fabric.device, self.config.batch
        chosen = torch.randint(len(self.latents), (n,), device=device)
        latents = self.latents[chosen]
        said, noise = self.say(chosen), torch.randn_like(latents)
        times = torch.rand(n, device=device)
        inputs = latents, noise, times, said.words, said.pooled, said.is_word
        losses = self.gradients(*inputs, self.starts[chosen], self.totals[chosen])
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        follow(self.network, self.model, step)
        return {"loss": losses["loss"].item()}

    def _gradients(
        self,
        latents: Tensor,
        noise: Tensor,
        times: Tensor,
        words: Tensor,
        pooled: Tensor,
        is_word: Tensor,
        starts: Tensor,
        totals: Tensor,
    ) -> dict[str, Tensor]:
        """Leave the loss's gradients in the parameters."""
        heard = Heard(CaptionFeatures(words, pooled, is_word), starts, totals)
        z, v = latent_audio.noised(latents, noise, times)
        loss = F.mse_loss(self.model(z, times, heard), v)
        self.optimizer.zero_grad()
        self.fabric.backward(loss)
        return {"loss": loss.detach()}

    def say(self, chosen: Tensor) -> CaptionFeatures:
        """Return one caption of each window's piece, none for the share that is dropped."""
        sayings = torch.randint(SAYINGS, chosen.shape, device=chosen.device)
        is_kept = torch.rand(chosen.shape, device=chosen.device) >= self.config.dropped
        return self.captions[torch.where(is_kept, 1 + SAYINGS * chosen + sayings, 0)]

    def evaluate(self, step: int, folder: Path) -> Scores:
        """Compose prompts of held-out kinds, whole and with an end that is asked for."""
        composer, n = self.composer(), len(self.kinds)
        prompts = [*map(full_caption, self.kinds)]
        scores = followed(self.kinds, composer.compose(prompts))
        totals = torch.linspace(*ENDS, n)
        sounds = composer.compose(prompts, totals.tolist())
        scores["seconds_off"] = float((sounding_seconds(sounds) - totals).abs().mean())
        scores["level_behind"] = float(level_behind(sounds, totals).mean())
        return scores

    def composer(self) -> Composer:
        """Return what composes with the weights' average."""
        return Composer(self.network.eval(), self.reader, self.vae)
