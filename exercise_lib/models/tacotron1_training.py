"""Train a Tacotron 1: a mel and a linear spectrogram, no stop gate, no location term."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from exercise_lib.models.padding import padding_is_zero
from exercise_lib.models.samples import keep_sound
from exercise_lib.models.students import StudentModule
from exercise_lib.models.tacotron_training import Batch, Example, TacotronTask
from exercise_lib.speech import audio
from exercise_lib.speech.data import Utterance
from exercise_lib.speech.scaling import denormalise, normalise
from exercise_lib.train.engine import Scores

if TYPE_CHECKING:
    from exercise_lib import mel, tacotron1
else:
    mel, tacotron1 = map(StudentModule, ("mel", "tacotron1"))

SILENCE = math.log(1e-5) / 5 + 1  # of both spectrograms, on the network's scale
SHARPENED = 1.2  # magnitudes are raised to this power before Griffin-Lim (Wang et al. 2017)


def linear_frames(utterance: Utterance, n: int) -> Tensor:
    """Return the scaled natural-log STFT magnitudes of the first n frames, `(n, bins)`."""
    magnitude = mel.stft_magnitude(utterance.waveform[None], mel.MelConfig())[0]
    frames = normalise(mel.log_compress(magnitude)).T[:n]
    return F.pad(frames, (0, 0, 0, n - len(frames)), value=float(frames.min()))


class Tacotron1Task(TacotronTask):
    """A laptop-size Tacotron 1 on whole utterances; the L1 errors of both spectrograms count."""

    def example(self, utterance: Utterance) -> Example:
        example = super().example(utterance)
        linear = linear_frames(utterance, len(example.mel)).half()  # half the memory
        return dataclasses.replace(example, linear=linear)

    def make_model(self) -> Any:
        config = self.config
        return tacotron1.Tacotron1(tacotron1.laptop(len(config.symbols), config.reduction_factor))

    def predict(self, batch: Batch) -> tuple[Tensor, Scores, Tensor]:
        """Predict both spectrograms; return the loss, its parts, and the attention weights.

        The padding counts, as silence: without a stop gate the model has to fall silent.
        """
        n_frames = batch.mel.shape[2]
        behind = torch.arange(n_frames, device=batch.mel.device) >= batch.frames[:, None]
        target = batch.mel.masked_fill(behind[:, None], SILENCE)
        reader = self.network.encoder
        with padding_is_zero([*reader.bank, *reader.projections], batch.n_enc):
            mel_hat, linear_hat, weights = self.model(batch.tokens, batch.n_enc, target)
        linear = pad_sequence(
            [it.linear for it in batch.examples if it.linear is not None], True, SILENCE
        )
        mel_loss = F.l1_loss(mel_hat, target)
        linear_loss = F.l1_loss(linear_hat, linear.mT.to(linear_hat))
        scores = {"mel": mel_loss.item(), "linear": linear_loss.item()}
        return mel_loss + linear_loss, scores, weights

    def speak(self, path: Path) -> None:
        """Write the first held-out sentence, free running, as sound (Griffin-Lim)."""
        example, config = self.held_out[0], mel.MelConfig()
        steps = len(example.mel) // self.config.reduction_factor
        _, linear, _ = self.network.infer(example.tokens.to(self.model.device), steps)
        if denormalise(linear).exp().isfinite().all():
            keep_sound(path, sound(linear[0].cpu()), config.sample_rate)


def sound(linear: Tensor) -> Tensor:
    """Return the waveform of a predicted linear spectrogram, `(n_linear, frames)`, peak 0.5."""
    waveform = audio.guess_phase(denormalise(linear).exp(), mel.MelConfig(), power=SHARPENED)
    return 0.5 * waveform / waveform.abs().max().clamp(min=1e-6)
