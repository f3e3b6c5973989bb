"""Train a codec on speech: regression losses, and from a trained one on a discriminator, too."""

from __future__ import annotations

import math
from collections.abc import Callable
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import soxr
import torch
import torch.nn.functional as F
from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from exercise_lib.codec.discriminator import Discriminators, discriminator_loss, generator_loss
from exercise_lib.codec.networks import SAMPLE_RATE, Codec, CodecConfig
from exercise_lib.codec.quantizer import draw_books, perplexity
from exercise_lib.codec.spectra import BANDS, SCALES
from exercise_lib.files.unusable import UnusableData
from exercise_lib.models.samples import keep_sound
from exercise_lib.models.students import StudentModule
from exercise_lib.speech.data import SpeechCorpus, find_data
from exercise_lib.speech.inspection import take_usable
from exercise_lib.speech.quality import perceived_quality
from exercise_lib.speech.splits import describe_data
from exercise_lib.train.checkpoint import load_checkpoint
from exercise_lib.train.engine import Scores
from exercise_lib.train.settings import CHECKED

if TYPE_CHECKING:
    from lightning_fabric import Fabric
    from matplotlib.axes import Axes

    from exercise_lib import encodec
else:
    encodec = StudentModule("encodec")

HOP = CodecConfig().hop_length
COMMITMENT = 0.25  # weight, van den Oord et al. (2017)
TIME = 1.0  # weight of the distance of waveforms
ALL_BOOKS = 0.3  # share of the examples that use every book, whatever is drawn
VOICES = (0.8, 0.9, 1.0, 1.0, 1.12, 1.25, 1.4)  # factors on pitch, formants and pace
JUDGED = 6  # held-out utterances
# The adversarial phase; weights for the balancer as Défossez et al. (2022), section 3.4
SIZES, CHANNELS = (256, 1024), 8  # n_fft of the discriminators, samples; their channels
WEIGHTS = {"time": 0.1, "spectral": 1.0, "adversarial": 3.0, "features": 3.0}
BALANCE_DECAY = 0.999


@dataclass(frozen=True, config=CHECKED)
class CodecTrainingConfig:
    """How a codec is trained."""

    segment: Annotated[int, Field(ge=2 * max(BANDS), multiple_of=HOP)] = 9600  # samples
    batch: PositiveInt = 8
    learning_rate: PositiveFloat = 1e-3  # falls along a cosine to a hundredth of itself
    steps: PositiveInt = 1400
    quantized_from: NonNegativeInt = 100  # step; books begin where latents have settled a little
    adversarial_from: NonNegativeInt | None = None  # step; None: regression losses only
    adversarial_learning_rate: PositiveFloat = 1e-4
    start: str = ""  # a run's folder, whose codec to begin from


class CodecTask:
    """A codec on segments of speech, each in one of several voices."""

    config_type = CodecTrainingConfig

    @classmethod
    def from_data(
        cls, config: CodecTrainingConfig, data: Path | None, fabric: Fabric, skip_bad: bool = False
    ) -> CodecTask:
        """Make the task from a folder in LJSpeech layout; default: `find_data()`."""
        return cls(config, SpeechCorpus(data or find_data(), tolerant=True), fabric, skip_bad)

    def __init__(
        self,
        config: CodecTrainingConfig,
        corpus: SpeechCorpus,
        fabric: Fabric,
        skip_bad: bool = False,
    ) -> None:
        self.config = config
        self.data = describe_data(corpus)
        self.train, self.held_out = take_usable(
            corpus, attrgetter("waveform"), skip_bad=skip_bad, say=fabric.print
        )
        self.network = Codec()
        if config.start:
            state = load_checkpoint(Path(config.start))
            if state is None:
                raise UnusableData(f"{config.start} has no checkpoint to start from")
            self.network.load_state_dict(state["modules"]["codec"])
        optimizer = self._optimizer(self.network, config.learning_rate)
        self.codec, self.optimizer = fabric.setup(self.network, optimizer)
        self.modules: dict[str, nn.Module] = {"codec": self.codec}
        self.optimizers = {"codec": self.optimizer}
        if config.adversarial_from is not None:
            self._add_discriminators(config, fabric)

    def _add_discriminators(self, config: CodecTrainingConfig, fabric: Fabric) -> None:
        self.judges = Discriminators(SIZES, CHANNELS, len(WEIGHTS))
        optimizer = self._optimizer(self.judges, config.adversarial_learning_rate)
        self.discriminators, self.discriminator_optimizer = fabric.setup(self.judges, optimizer)
        self.modules["discriminators"] = self.discriminators
        self.optimizers["discriminators"] = self.discriminator_optimizer

    @staticmethod
    def _optimizer(module: nn.Module, learning_rate: float) -> torch.optim.Optimizer:
        parameters = module.parameters()
        return torch.optim.AdamW(
            parameters, learning_rate, (0.8, 0.99), weight_decay=0.01, fused=True
        )

    def learning_rate(self, step: int) -> float:
        """Warm up over 50 steps, then fall along a cosine; start low when a judge joins in."""
        config = self.config
        if config.adversarial_from is not None and step >= config.adversarial_from:
            return config.adversarial_learning_rate
        end = config.adversarial_from or config.steps
        cosine = 0.5 * (1 + math.cos(math.pi * step / end))
        return config.learning_rate * min(1.0, (step + 1) / 50) * max(cosine, 0.01)

    def draw_batch(self) -> Tensor:
        """Draw random segments, `(B, segment)`, resampled to other voices.

        A recording that is played faster sounds higher and of a shorter vocal tract.
        """
        length, segments = self.config.segment, []
        for index in torch.randint(len(self.train), (self.config.batch,)).tolist():
            factor = VOICES[int(torch.randint(len(VOICES), ()))]
            waveform = self.train[index]
            taken = math.ceil(length * factor)
            start = int(torch.randint(max(1, len(waveform) - taken), ()))
            piece = waveform[start : start + taken]
            if factor != 1:
                rates = SAMPLE_RATE * factor, SAMPLE_RATE
                piece = torch.from_numpy(soxr.resample(piece.numpy(), *rates))
            piece = piece[:length]
            segments.append(F.pad(piece, (0, length - len(piece))))
        return torch.stack(segments)

    def training_step(self, step: int, fabric: Fabric) -> Scores:
        """Code a batch of segments with some number of books each, and compare."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.learning_rate(step)
        x = fabric.to_device(self.draw_batch())
        n_books = self.network.config.n_books
        used = draw_books(len(x), n_books)
        used[torch.rand(len(x)) < ALL_BOOKS] = n_books
        is_quantized = self.config.start or step >= self.config.quantized_from
        x_hat, commitment = self.codec(x, used if is_quantized else None)
        losses = {"spectral": encodec.spectral_loss(x, x_hat, SCALES)}
        losses["time"] = F.l1_loss(x_hat, x)
        adversarial_from = self.config.adversarial_from
        if adversarial_from is None or step < adversarial_from:
            loss = losses["spectral"] + TIME * losses["time"] + COMMITMENT * commitment
            self.optimizer.zero_grad()
            fabric.backward(loss)
        else:
            losses |= self._adversarial_step(x, x_hat, commitment, losses, fabric)
        nn.utils.clip_grad_norm_(self.codec.parameters(), 5.0)
        self.optimizer.step()
        values = {f"loss_{name}": value.item() for name, value in losses.items()}
        return values | {"commitment": commitment.item()}

    def _adversarial_step(
        self,
        x: Tensor,
        x_hat: Tensor,
        commitment: Tensor,
        losses: dict[str, Tensor],
        fabric: Fabric,
    ) -> dict[str, Tensor]:
        """Update the discriminators, and leave the codec's balanced gradient in its parameters."""
        real, real_maps = self.discriminators(x)
        fake, _ = self.discriminators(x_hat.detach())
        judged = discriminator_loss(real, fake)
        self.discriminator_optimizer.zero_grad()
        fabric.backward(judged)
        self.discriminator_optimizer.step()

        fake, fake_maps = self.discriminators(x_hat)
        _, real_maps = self.discriminators(x)
        losses = losses | {
            "adversarial": generator_loss(fake),
            "features": encodec.relative_feature_loss(real_maps, fake_maps),
        }
        gradients = [
            torch.autograd.grad(losses[name], x_hat, retain_graph=True)[0] for name in WEIGHTS
        ]
        weights = torch.tensor(list(WEIGHTS.values()), device=x.device)
        mixed, averages = encodec.balance(
            torch.stack(gradients), weights, self.judges.averages, BALANCE_DECAY
        )
        self.judges.averages.copy_(averages)
        self.optimizer.zero_grad()
        torch.autograd.backward(
            [x_hat, commitment], [mixed, torch.full_like(commitment, COMMITMENT)]
        )
        return losses | {"discriminator": judged}

    def evaluate(self, step: int, folder: Path) -> Scores:
        """Measure copies of held-out utterances by one, two and all books, and leave one."""
        self.network.eval()
        scores: Scores = {}
        judged = [it[: len(it) // HOP * HOP] for it in self.held_out[:JUDGED]]
        codes = [self.network.encode(it) for it in judged]
        n_books = self.network.config.n_books
        for n in (1, 2, n_books):
            rows = [
                perceived_quality(it, self.network.decode(its, n))
                for it, its in zip(judged, codes, strict=True)
            ]
            for name in rows[0]:
                scores[f"{name}_{n}"] = sum(row[name] for row in rows) / len(rows)
        every = torch.cat(codes, dim=1)
        for n in (0, n_books - 1):
            scores[f"perplexity_{n + 1}"] = perplexity(every[n], self.network.config.book_size)
        sound = self.network.decode(codes[0])
        self.network.train()
        keep_sound(folder / "samples" / f"step-{step:06}.flac", sound, SAMPLE_RATE)
        return scores

    def is_good_enough(self, scores: Scores) -> bool:
        return False

    def pictures(self) -> list[Callable[[Axes], object]]:
        return []
