"""Train a vocoder: regression losses first, then the discriminators join in."""

from __future__ import annotations

import math
from collections.abc import Callable
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import torch
import torch.nn.functional as F
from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from exercise_lib.models.samples import keep_sound
from exercise_lib.models.students import StudentModule
from exercise_lib.models.vocoders import make_generator
from exercise_lib.models.vocos import VocosConfig
from exercise_lib.speech.data import SpeechCorpus, find_data
from exercise_lib.speech.inspection import take_usable
from exercise_lib.speech.quality import SAMPLE_RATE, vocoder_quality
from exercise_lib.speech.splits import describe_data
from exercise_lib.train.engine import Scores
from exercise_lib.train.settings import CHECKED

if TYPE_CHECKING:
    from lightning_fabric import Fabric
    from matplotlib.axes import Axes

    from exercise_lib import discriminators, losses, mel
else:
    discriminators, losses, mel = map(StudentModule, ("discriminators", "losses", "mel"))

RESOLUTIONS = (256, 512, 1024, 2048)  # n_fft, samples; the hop is a quarter of it
HOP = VocosConfig().hop_length


@dataclass(frozen=True, config=CHECKED)
class VocoderConfig:
    """How a vocoder is trained."""

    generator: Literal["vocos", "laptop", "V1", "V2", "V3"] = "vocos"
    segment: Annotated[int, Field(ge=max(RESOLUTIONS), multiple_of=HOP)] = 8192  # samples
    batch: PositiveInt = 8
    learning_rate: PositiveFloat = 1e-3  # falls along a cosine to a hundredth of itself
    steps: PositiveInt = 2500
    adversarial_from: NonNegativeInt | None = None  # step; None: regression losses only
    adversarial_learning_rate: PositiveFloat = 1e-4
    discriminator_width: PositiveFloat = 0.125


def stft_loss(y: Tensor, y_hat: Tensor) -> Tensor:
    """Multi-resolution STFT loss (Yamamoto et al. 2020): spectral convergence + log magnitude.

    Args: y, y_hat: `(B, samples)`.
    Returns: scalar, the mean over the resolutions.
    """
    total = torch.zeros((), device=y.device)
    for n_fft in RESOLUTIONS:
        config = mel.MelConfig(n_fft=n_fft, hop_length=n_fft // 4)
        target = mel.stft_magnitude(y, config)
        found = mel.stft_magnitude(y_hat, config)
        convergence = (target - found).norm() / target.norm()
        logarithms = mel.log_compress(target) - mel.log_compress(found)
        total = total + convergence + logarithms.abs().mean()
    return total / len(RESOLUTIONS)


class Discriminators(nn.Module):
    """Both discriminators in one call: of a part that is called alone, devices average nothing."""

    def __init__(self, width: float) -> None:
        super().__init__()
        self.mpd = discriminators.MultiPeriodDiscriminator(width)
        self.msd = discriminators.MultiScaleDiscriminator(width)

    def forward(self, real: Tensor, fake: Tensor) -> list[discriminators.Judged]:
        """Judge `(B, 1, T)`; see either discriminator."""
        return [judge(real, fake) for judge in (self.mpd, self.msd)]


class VocoderTask:
    """A generator, and from `adversarial_from` on its discriminators, on segments of speech."""

    config_type = VocoderConfig

    @classmethod
    def from_data(
        cls, config: VocoderConfig, data: Path | None, fabric: Fabric, skip_bad: bool = False
    ) -> VocoderTask:
        """Make the task from a folder in LJSpeech layout; default: `find_data()`."""
        return cls(config, SpeechCorpus(data or find_data(), tolerant=True), fabric, skip_bad)

    def __init__(
        self, config: VocoderConfig, corpus: SpeechCorpus, fabric: Fabric, skip_bad: bool = False
    ) -> None:
        self.config = config
        self.mel_config = mel.MelConfig()
        self.data = describe_data(corpus)
        self.train, self.held_out = take_usable(
            corpus, attrgetter("waveform"), skip_bad=skip_bad, say=fabric.print
        )
        generator = make_generator(config.generator)
        optimizer = self._optimizer(generator, config.learning_rate)
        self.generator, self.optimizer = fabric.setup(generator, optimizer)
        self.modules: dict[str, nn.Module] = {"generator": self.generator}
        self.optimizers = {"generator": self.optimizer}
        if config.adversarial_from is not None:
            self._add_discriminators(config, fabric)

    def _add_discriminators(self, config: VocoderConfig, fabric: Fabric) -> None:
        pair = Discriminators(config.discriminator_width)
        optimizer = self._optimizer(pair, config.adversarial_learning_rate)
        self.discriminators, self.discriminator_optimizer = fabric.setup(pair, optimizer)
        self.modules["discriminators"] = self.discriminators
        self.optimizers["discriminators"] = self.discriminator_optimizer

    @staticmethod
    def _optimizer(module: nn.Module, learning_rate: float) -> torch.optim.Optimizer:
        return torch.optim.AdamW(module.parameters(), learning_rate, (0.8, 0.99), weight_decay=0.01)

    def learning_rate(self, step: int) -> float:
        """Warm up over 50 steps, then fall along a cosine; start low when the GAN phase begins."""
        config = self.config
        if config.adversarial_from is not None and step >= config.adversarial_from:
            return config.adversarial_learning_rate
        end = config.adversarial_from or config.steps
        cosine = 0.5 * (1 + math.cos(math.pi * step / end))
        return config.learning_rate * min(1.0, (step + 1) / 50) * max(cosine, 0.01)

    def draw_batch(self) -> Tensor:
        """Draw random segments, `(B, segment)`; what is too short ends in silence."""
        length = self.config.segment
        segments = []
        for index in torch.randint(len(self.train), (self.config.batch,)).tolist():
            waveform = self.train[index]
            start = int(torch.randint(max(1, len(waveform) - length), ()))
            piece = waveform[start : start + length]
            segments.append(F.pad(piece, (0, length - len(piece))))
        return torch.stack(segments)

    def log_mel(self, waveform: Tensor) -> Tensor:
        return mel.log_mel_spectrogram(waveform, self.mel_config)

    def training_step(self, step: int, fabric: Fabric) -> Scores:
        """Update the discriminators, then the generator, on one batch of segments."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.learning_rate(step)
        y = fabric.to_device(self.draw_batch())
        y_hat = self.generator(self.log_mel(y)).squeeze(1)
        if not y_hat.isfinite().all():  # which mel features refuse
            return {"loss": math.nan}
        adversarial_from = self.config.adversarial_from
        if adversarial_from is None or step < adversarial_from:
            mel_loss = losses.mel_l1_loss(y, y_hat, self.log_mel)
            loss = mel_loss + stft_loss(y, y_hat)
            self._update(self.optimizer, loss, fabric)
            return {"loss": loss.item(), "mel": mel_loss.item()}
        return self._adversarial_step(y, y_hat, fabric)

    def _adversarial_step(self, y: Tensor, y_hat: Tensor, fabric: Fabric) -> Scores:
        real, fake = y.unsqueeze(1), y_hat.unsqueeze(1)
        judged = self.discriminators(real, fake.detach())
        d_loss = torch.stack([losses.discriminator_loss(r, f) for r, f, _, _ in judged]).sum()
        self._update(self.discriminator_optimizer, d_loss, fabric)

        judged = self.discriminators(real, fake)
        g_loss = torch.stack([losses.generator_loss(f) for _, f, _, _ in judged]).sum()
        matching = torch.stack([losses.feature_matching_loss(r, f) for _, _, r, f in judged]).sum()
        mel_loss = losses.mel_l1_loss(y, y_hat, self.log_mel)
        total = losses.generator_total(g_loss, matching, mel_loss) + 45 * stft_loss(y, y_hat)
        self._update(self.optimizer, total, fabric)
        return {
            "loss": total.item(),
            "mel": mel_loss.item(),
            "discriminator": d_loss.item(),
            "adversarial": g_loss.item(),
            "feature_matching": matching.item(),
        }

    def _update(self, optimizer: torch.optim.Optimizer, loss: Tensor, fabric: Fabric) -> None:
        optimizer.zero_grad()
        fabric.backward(loss)
        parameters = [p for group in optimizer.param_groups for p in group["params"]]
        nn.utils.clip_grad_norm_(parameters, 5.0)
        optimizer.step()

    def evaluate(self, step: int, folder: Path) -> Scores:
        """Measure mel-L1, PESQ and STOI on held-out utterances, and leave one as a sound."""
        self.generator.eval()
        with torch.inference_mode():
            scores = vocoder_quality(self._generate, self.held_out, self.log_mel)
            sound = self._generate(self.held_out[0])
        self.generator.train()
        keep_sound(folder / "samples" / f"step-{step:06}.flac", sound, SAMPLE_RATE)
        return scores

    def is_good_enough(self, scores: Scores) -> bool:
        return False

    def pictures(self) -> list[Callable[[Axes], object]]:
        return []

    def _generate(self, waveform: Tensor) -> Tensor:
        log_mel = self.log_mel(waveform[None])
        return self.generator(log_mel.to(self.generator.device))[0, 0].cpu()
