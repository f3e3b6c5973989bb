"""Train a Tacotron: teacher forcing, attention guided at first only, judged by the truth."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING, Annotated, Any, Literal

import torch
import torch.nn.functional as F
from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from exercise_lib.models.monotonic_search import first_alignments
from exercise_lib.models.padding import padding_is_zero
from exercise_lib.models.samples import keep_alignment, keep_sound
from exercise_lib.models.students import StudentModule
from exercise_lib.speech import audio, plots
from exercise_lib.speech.data import SpeechCorpus, Utterance, find_data
from exercise_lib.speech.inspection import take_usable
from exercise_lib.speech.normalisation import normalise_text
from exercise_lib.speech.scaling import denormalise, normalise
from exercise_lib.speech.splits import describe_data
from exercise_lib.speech.text import SYMBOLS, encode_text
from exercise_lib.train.engine import Scores
from exercise_lib.train.settings import CHECKED

if TYPE_CHECKING:
    from lightning_fabric import Fabric
    from matplotlib.axes import Axes

    from exercise_lib import attention, mel, tacotron2
else:
    attention, mel, tacotron2 = map(StudentModule, ("attention", "mel", "tacotron2"))


@dataclass(frozen=True, config=CHECKED)
class TacotronConfig:
    """How a Tacotron is trained."""

    reduction_factor: PositiveInt = 4  # mel frames per decoder step
    batch: PositiveInt = 32
    learning_rate: PositiveFloat = 3e-3  # falls to zero over the second half
    steps: PositiveInt = 500
    # besides the prenet's, Tacotron 2; thousands of steps need some
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    # by a first alignment of the letters' spectra, or by a diagonal line
    guided_by: Literal["search", "line"] = "search"
    guided_until: PositiveInt = 300  # step; guidance left on teaches the guess, not speech
    guided_weight: NonNegativeFloat = 0.5  # at the start, falls along a line
    good_rc: float = 2.0  # stop when the alignment score reaches it; above 1: never
    # the characters it reads; the first one is for padding
    symbols: Annotated[str, Field(min_length=2)] = SYMBOLS


@dataclasses.dataclass(frozen=True)
class Example:
    """One utterance as the network sees it."""

    tokens: Tensor  # (T_enc,)
    mel: Tensor  # (frames, n_mels), frames a multiple of the reduction factor
    truth: Tensor | None  # (T_dec,) the character spoken at each decoder step
    linear: Tensor | None = None  # (frames, n_fft // 2 + 1), what Tacotron 1 predicts besides
    guess: Tensor | None = None  # (T_dec,) the position in the text to which attention is drawn


@dataclasses.dataclass(frozen=True)
class Batch:
    """Several examples side by side, padded."""

    tokens: Tensor  # (B, T_enc)
    n_enc: Tensor  # (B,) characters
    mel: Tensor  # (B, n_mels, frames)
    frames: Tensor  # (B,)
    examples: list[Example]

    @classmethod
    def of(cls, examples: list[Example], device: torch.device) -> Batch:
        return cls(
            pad_sequence([it.tokens for it in examples], batch_first=True).to(device),
            torch.tensor([len(it.tokens) for it in examples], device=device),
            pad_sequence([it.mel for it in examples], batch_first=True).mT.to(device),
            torch.tensor([len(it.mel) for it in examples], device=device),
            examples,
        )


def trim(frames: Tensor) -> Tensor:
    """Cut the silence after the last word: it would pull a line through the text off the speech."""
    loudness = frames.mean(dim=1)
    threshold = loudness.min() + 0.25 * (loudness.max() - loudness.min())
    return frames[: int((loudness > threshold).nonzero().max()) + 1]


def make_example(
    utterance: Utterance, config: mel.MelConfig, r: int, symbols: str = SYMBOLS
) -> Example:
    """Turn an utterance into tokens, mel frames and, where known, the true alignment."""
    tokens = encode_text(normalise_text(utterance.text, symbols), symbols)
    log_mel = mel.log_mel_spectrogram(utterance.waveform[None], config)[0]
    frames = trim(normalise(log_mel).T)
    frames = F.pad(frames, (0, 0, 0, -len(frames) % r), value=float(frames.min()))
    truth = None
    if utterance.alignment is not None:
        truth = utterance.alignment.character_truth(config.hop_length * r, len(frames) // r)
    return Example(tokens, frames, truth)


def with_guesses(examples: list[Example], r: int) -> list[Example]:
    """Return the examples with first alignments, found in their texts and spectra alone."""
    paths = first_alignments([it.tokens for it in examples], [it.mel for it in examples])
    return [
        dataclasses.replace(example, guess=path.view(-1, r).float().mean(dim=1))
        for example, path in zip(examples, paths, strict=True)
    ]


def guess_loss(weights: Tensor, guess: Tensor, n_dec: Tensor, width: float = 1.0) -> Tensor:
    """Draw attention to a path of positions: mean of -log sum_n alpha_tn exp(-(n - c_t)^2 / 2 w^2).

    Args:
        weights: `(B, T_dec, T_enc)`.
        guess: the path c_t, `(B, T_dec)`; n_dec: decoder steps without padding, `(B,)`.
        width: w, characters.
    """
    distance = torch.arange(weights.shape[2], device=weights.device) - guess[:, :, None]
    near = (weights * torch.exp(-distance.square() / (2 * width**2))).sum(dim=2)
    inside = torch.arange(weights.shape[1], device=weights.device) < n_dec[:, None]
    return -(near.clamp(min=1e-6).log() * inside).sum() / n_dec.sum()


def guided_attention_loss(weights: Tensor, n_enc: Tensor, n_dec: Tensor, g: float = 0.2) -> Tensor:
    """Punish attention far from the diagonal (Tachibana et al. 2018, equation 8).

    mean of alpha_tn (1 - exp(-(n/N - t/T)^2 / 2 g^2)), t the middle of a decoder step

    Args: weights: `(B, T_dec, T_enc)`; n_enc, n_dec: lengths without padding, `(B,)`.
    """
    n = torch.arange(weights.shape[2], device=weights.device) / n_enc[:, None]
    t = (torch.arange(weights.shape[1], device=weights.device) + 0.5) / n_dec[:, None]
    penalty = 1 - torch.exp(-((n[:, None] - t[:, :, None]) ** 2) / (2 * g**2))
    return (weights * penalty * (t < 1)[:, :, None]).sum() / n_dec.sum()


class TacotronTask:
    """A laptop-size Tacotron 2 on whole utterances."""

    config_type = TacotronConfig

    @classmethod
    def from_data(
        cls, config: TacotronConfig, data: Path | None, fabric: Fabric, skip_bad: bool = False
    ) -> TacotronTask:
        """Make the task from a folder in LJSpeech layout; default: `find_data()`."""
        return cls(config, SpeechCorpus(data or find_data(), tolerant=True), fabric, skip_bad)

    def __init__(
        self, config: TacotronConfig, corpus: SpeechCorpus, fabric: Fabric, skip_bad: bool = False
    ) -> None:
        self.config = config
        self.data = describe_data(corpus)
        self.train, self.held_out = take_usable(
            corpus, self.example, config.symbols, skip_bad, fabric.print
        )
        if config.guided_by == "search":
            self.train = with_guesses(self.train, config.reduction_factor)
        model = self.make_model()
        optimizer = torch.optim.Adam(model.parameters(), config.learning_rate, (0.9, 0.98))
        self.model, self.optimizer = fabric.setup(model, optimizer)
        self.network = model  # of which fabric's is a wrapper
        self.modules: dict[str, nn.Module] = {"tacotron": self.model}
        self.optimizers = {"tacotron": self.optimizer}
        self.alignment: Tensor | None = None  # of the first held-out sentence, to look at

    def example(self, utterance: Utterance) -> Example:
        config = self.config
        return make_example(utterance, mel.MelConfig(), config.reduction_factor, config.symbols)

    def make_model(self) -> Any:
        size = dataclasses.replace(
            tacotron2.laptop(len(self.config.symbols), self.config.reduction_factor),
            dropout=self.config.dropout,
            decoder_dropout=self.config.dropout,
        )
        return tacotron2.Tacotron2(size)

    def learning_rate(self, step: int) -> float:
        """Constant, then along a line to zero over the second half."""
        return self.config.learning_rate * min(1.0, 2 * (1 - step / self.config.steps))

    def training_step(self, step: int, fabric: Fabric) -> Scores:
        """Predict a batch with teacher forcing; learn from the error."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.learning_rate(step)
        drawn = torch.randint(len(self.train), (self.config.batch,)).tolist()
        batch = Batch.of([self.train[index] for index in drawn], fabric.device)
        loss, scores, weights = self.predict(batch)
        guided = self.config.guided_weight * max(0.0, 1 - step / self.config.guided_until)
        if guided:
            loss = loss + guided * self.guidance(weights, batch)
        self.optimizer.zero_grad()
        fabric.backward(loss)
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        return {"loss": loss.item(), **scores}

    def predict(self, batch: Batch) -> tuple[Tensor, Scores, Tensor]:
        """Predict frames and stop steps; return the loss, its parts, and the attention weights."""
        with (
            padding_is_zero(self.network.encoder.convolutions, batch.n_enc),
            padding_is_zero(self.network.postnet.convolutions, batch.frames),
        ):
            before, after, gates, weights = self.model(batch.tokens, batch.n_enc, batch.mel)
        positions = torch.arange(batch.mel.shape[2], device=batch.mel.device)
        inside = positions < batch.frames[:, None]
        mel_loss = masked_error(before, batch.mel, inside) + masked_error(after, batch.mel, inside)
        n_dec = (batch.frames // self.config.reduction_factor)[:, None]
        steps = positions[: gates.shape[1]]
        spoken = (steps < n_dec).float()
        stop = (steps == n_dec - 1).float()
        gate_loss = F.binary_cross_entropy_with_logits(gates, stop, spoken, reduction="sum")
        gate_loss = gate_loss / spoken.sum()
        scores = {"mel": mel_loss.item(), "gate": gate_loss.item()}
        return mel_loss + 0.5 * gate_loss, scores, weights

    def guidance(self, weights: Tensor, batch: Batch) -> Tensor:
        """Return how far attention is from where it is guided to."""
        n_dec = batch.frames // self.config.reduction_factor
        guesses = [it.guess for it in batch.examples if it.guess is not None]
        if guesses:
            return guess_loss(weights, pad_sequence(guesses, True).to(weights), n_dec)
        return guided_attention_loss(weights, batch.n_enc, n_dec)

    def evaluate(self, step: int, folder: Path) -> Scores:
        """Score held-out sentences: the mel loss, and the alignment, by its truth where known.

        Teacher forcing. Leaves the first sentence's alignment in the folder, see `read_alignments`,
        and how it sounds when the model speaks alone.
        """
        self.model.eval()
        with torch.inference_mode():
            read = [self.read(example) for example in self.held_out]
            self.speak(folder / "samples" / f"step-{step:06}.flac")
        self.model.train()
        alignments = [alignment for alignment, _ in read]
        self.alignment = alignments[0]
        path = folder / "alignments" / f"step-{step:06}"
        keep_alignment(path, alignments[0], self.held_out[0].truth)
        rows = [
            score_alignment(alignment, example.truth)
            for alignment, example in zip(alignments, self.held_out, strict=True)
        ]
        scores = {"mel_held_out": sum(loss for _, loss in read) / len(read)}
        for name in {name: None for row in rows for name in row}:
            scores[name] = mean(row[name] for row in rows if name in row)
        return scores

    def read(self, example: Example) -> tuple[Tensor, float]:
        """Return the teacher-forced alignment of an example, `(T_enc, T_dec)`, and its mel loss."""
        _, scores, weights = self.predict(Batch.of([example], self.model.device))
        return weights[0].T.cpu(), scores["mel"]

    def speak(self, path: Path) -> None:
        """Write the first held-out sentence, free running, as sound (Griffin-Lim)."""
        example = self.held_out[0]
        most = 2 * len(example.mel) // self.config.reduction_factor  # decoder steps
        spectrogram, _, _ = self.network.infer(example.tokens.to(self.model.device), most)
        log_mel, config = denormalise(spectrogram.cpu()), mel.MelConfig()
        if not log_mel.exp().isfinite().all():  # too high a learning rate: nothing to hear
            return
        waveform = audio.griffin_lim(log_mel, config)
        waveform = 0.5 * waveform / waveform.abs().max().clamp(min=1e-6)
        keep_sound(path, waveform, config.sample_rate)

    def is_good_enough(self, scores: Scores) -> bool:
        return scores.get("rc", -1.0) >= self.config.good_rc

    def pictures(self) -> list[Callable[[Axes], object]]:
        return [] if self.alignment is None else [partial(plots.alignment, self.alignment)]


def read_alignments(folder: Path) -> dict[int, Tensor]:
    """Return how a run's alignment of one held-out sentence changed: step -> `(T_enc, T_dec)`."""
    paths = sorted((folder / "alignments").glob("step-*.pt"))
    return {int(path.stem[5:]): torch.load(path, weights_only=True).float() for path in paths}


def score_alignment(alignment: Tensor, truth: Tensor | None) -> Scores:
    """Return mass within one character, rc and monotonicity of an alignment `(T_enc, T_dec)`.

    Where the truth is not known, monotonicity alone.
    """
    scores = {"monotonicity": float(attention.monotonicity(alignment))}
    if truth is None:
        return scores
    return {
        "mass": float(attention.mass_near_truth(alignment, truth)),
        "rc": float(attention.centroid_correlation(alignment, truth)),
        **scores,
    }


def masked_error(mel_hat: Tensor, mel: Tensor, inside: Tensor) -> Tensor:
    """L1 + L2 error of `(B, n_mels, frames)`, its mean where `inside`, `(B, frames)`, is true."""
    error = mel_hat - mel
    pointwise = (error.abs() + error.square()).mean(dim=1)  # (B, frames)
    return (pointwise * inside).sum() / inside.sum()
