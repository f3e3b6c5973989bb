"""Read a sentence or a recording with the kept Tacotron and vocoder, at any kept training step."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from exercise_lib.alignment_player.reading import (
    WHOLE,
    Breakage,
    DecoderStep,
    break_attention,
    decode,
)
from exercise_lib.alignment_player.take import Take
from exercise_lib.models.pretrained import load_tacotron, load_vocoder, tacotron_steps
from exercise_lib.models.students import StudentModule
from exercise_lib.models.tacotron_training import make_example
from exercise_lib.speech.audio import as_array
from exercise_lib.speech.data import LOCAL_DATA, SpeechCorpus
from exercise_lib.speech.scaling import denormalise
from exercise_lib.speech.text import encode_text

if TYPE_CHECKING:
    from exercise_lib import mel
else:
    mel = StudentModule("mel")

MOST_CHARACTERS = 160
MOST_SECONDS_PER_CHARACTER = 0.1  # a reading that takes longer is stopped, after a second more
SEED = 0  # of the prenet's dropout, so that readings differ by what was changed alone


class Reader:
    """The kept Tacotron after each of `tacotron_steps()`, a vocoder, and recordings.

    Raises:
        DataError: there are no weights, or they are damaged.
        BrokenModule: a module that reads can't be imported.
        NotImplementedError: one has a TODO left.
    """

    def __init__(self) -> None:
        self.mel = mel.MelConfig()
        self.vocoder = load_vocoder()
        self.models = {step: load_tacotron(step) for step in tacotron_steps()}
        if not self.models:
            load_tacotron()  # says what is missing
        self.corpus = SpeechCorpus(LOCAL_DATA / "mini", self.mel.sample_rate)

    def read(self, text: str, step: int, breakage: Breakage = WHOLE) -> Take:
        """Read a text, free running."""
        return self.finish(text, step, self.decode(text, step, breakage))

    def decode(
        self,
        text: str,
        step: int,
        breakage: Breakage = WHOLE,
        each: Callable[[DecoderStep], None] = lambda _: None,
    ) -> list[DecoderStep]:
        """Return the decoder's steps; `each` is told every one when it is made."""
        model = break_attention(self.models[step], breakage)
        tokens, steps = encode_text(text), []
        most = int((1 + MOST_SECONDS_PER_CHARACTER * len(text)) / self.seconds_per_step(step))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(SEED)
            for it in decode(model, tokens, most):
                steps.append(it)
                each(it)
        return steps

    @torch.inference_mode()
    def finish(self, text: str, step: int, decoded: list[DecoderStep]) -> Take:
        """Post-net and vocoder: make of the decoder's steps what can be heard."""
        frames = torch.cat([it.frames for it in decoded], dim=1)[None]  # (1, n_mels, frames)
        log_mel = denormalise(frames + self.models[step].postnet(frames))
        waveform = self.vocoder(log_mel)[0, 0]
        seconds = len(decoded) * self.seconds_per_step(step)
        stopped = f"stopped by itself after {seconds:.1f} s"
        return Take(
            label(step),
            text,
            waveform / waveform.abs().max().clamp(min=1),
            self.mel.sample_rate,
            self.seconds_per_step(step),
            energies=log_weights(torch.stack([it.weights for it in decoded])),
            log_mel=log_mel[0],
            fmax=self.mel.fmax,
            note=stopped if decoded[-1].stops else f"did not stop: cut off after {seconds:.1f} s",
        )

    @torch.inference_mode()
    def forced(self, utterance_id: str, step: int, breakage: Breakage = WHOLE) -> Take:
        """Read a recording with teacher forcing."""
        model = break_attention(self.models[step], breakage)
        utterance = self.corpus[utterance_id]
        example = make_example(utterance, self.mel, model.config.reduction_factor)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(SEED)
            lengths = torch.tensor([len(example.tokens)])
            weights = model(example.tokens[None], lengths, example.mel.T[None])[3][0]
        return Take(
            label(step),
            utterance.text,
            utterance.waveform[: len(example.mel) * self.mel.hop_length],
            self.mel.sample_rate,
            self.seconds_per_step(step),
            energies=log_weights(weights),
            truth=example.truth,
            log_mel=denormalise(example.mel.T),
            fmax=self.mel.fmax,
        )

    def seconds_per_step(self, step: int) -> float:
        r = self.models[step].config.reduction_factor
        return r * self.mel.hop_length / self.mel.sample_rate


def one_line(text: str) -> str:
    """Return a text without line breaks and doubled spaces.

    Raises: ValueError: it is empty, or has characters without a symbol.
    """
    text = " ".join(text.split())
    encode_text(text)
    return text


def check_length(text: str) -> None:
    """Raise ValueError for a text that is too long."""
    if len(text) > MOST_CHARACTERS:
        raise ValueError(
            f"the text has {len(text)} characters; more than {MOST_CHARACTERS} "
            "fit neither this model nor the picture"
        )


def label(step: int) -> str:
    return f"step {step}"


def log_weights(weights: Tensor) -> np.ndarray:
    """ln of weights: the energies up to a constant a step, which no softmax notices."""
    return np.log(np.maximum(as_array(weights), np.finfo(np.float32).tiny))
