"""Type a sentence and watch a Tacotron read it: the player of the lecture."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import traitlets
from torch import Tensor

from exercise_lib.alignment_player.player import AlignmentPlayer
from exercise_lib.alignment_player.reading import (
    WHOLE,
    Breakage,
    DecoderStep,
    break_attention,
    decode,
    repeat_word,
)
from exercise_lib.alignment_player.take import Take, colour_levels, mel_ticks, payload_of
from exercise_lib.models.pretrained import load_tacotron, load_vocoder, tacotron_steps
from exercise_lib.models.students import BrokenModule, StudentModule
from exercise_lib.models.tacotron_training import make_example
from exercise_lib.speech.audio import as_array
from exercise_lib.speech.data import LOCAL_DATA, SpeechCorpus
from exercise_lib.speech.scaling import denormalise
from exercise_lib.speech.text import encode_text

if TYPE_CHECKING:
    from IPython.display import HTML

    from exercise_lib import mel
    from exercise_lib.tacotron2 import Tacotron2
else:
    mel = StudentModule("mel")

SENTENCE = "The old doctor danced quietly beneath the tower."
MOST_CHARACTERS = 160
SECONDS_PER_CHARACTER = 0.05  # about the speaker's pace
MOST_SECONDS_PER_CHARACTER = 0.1  # a reading that takes longer is stopped, after a second more
SEED = 0  # of the prenet's dropout, so that readings differ by what was changed alone
CANNOT_READ = "No sentence can be read here: {}. Run `make lecture`, or finish notebook 06."


class SpeakingPlayer(AlignmentPlayer):
    """Type a sentence, watch the kept Tacotron decode it, hear it, break it, compare it.

    The takes are the sentence as read after each of `tacotron_steps()`.

    Args:
        text: the sentence that is read at first.

    Raises:
        DataError: there are no weights, or they are damaged.
        BrokenModule: a module that reads can't be imported.
        NotImplementedError: one has a TODO left.
    """

    _speaking = traitlets.Dict().tag(sync=True)  # what the page offers
    _message = traitlets.Unicode().tag(sync=True)  # what went wrong last
    _comparison = traitlets.Dict().tag(sync=True)  # the takes of a recording, or nothing

    def __init__(self, text: str = SENTENCE) -> None:
        self.mel = mel.MelConfig()
        self.vocoder = load_vocoder()
        self.models = {step: load_tacotron(step) for step in tacotron_steps()}
        if not self.models:
            load_tacotron()  # says what is missing
        self.corpus = SpeechCorpus(LOCAL_DATA / "mini", self.mel.sample_rate)
        takes = [self._finish(text, step, self._decode(text, step)) for step in self.models]
        super().__init__(takes)
        self.take = len(takes) - 1
        self._speaking = {
            "text": text,
            "most_characters": MOST_CHARACTERS,
            "recordings": [[utterance.id, utterance.text] for utterance in self.corpus],
        }
        self.on_msg(self._answer)

    def speak(
        self,
        text: str,
        *,
        breakage: Breakage = WHOLE,
        repeated_word: bool = False,
        twice: bool = False,
    ) -> None:
        """Read a sentence with all checkpoints; the page draws the one shown while it decodes.

        Args:
            breakage: what is done to the attention.
            repeated_word: repeat the second word of the sentence.
            twice: read the sentence twice in a row.

        Raises: ValueError: the text is empty or too long, or has characters without a symbol.
        """
        text = " ".join(text.split())
        encode_text(text)
        text = repeat_word(text) if repeated_word else text
        text = f"{text} {text}" if twice else text
        if len(text) > MOST_CHARACTERS:
            raise ValueError(
                f"the text has {len(text)} characters; more than {MOST_CHARACTERS} "
                "fit neither this model nor the picture"
            )
        steps, shown = list(self.models), self.take
        takes: dict[int, Take] = {}
        for index in sorted(range(len(steps)), key=lambda i: i != shown):  # the one shown first
            decoded = self._decode(text, steps[index], breakage, live=index == shown)
            takes[index] = self._finish(text, steps[index], decoded)
        self._replace([takes[index] for index in range(len(steps))], shown)

    def compare(self, utterance_id: str, *, breakage: Breakage = WHOLE) -> None:
        """Show beside it how a recording is read with its true frames fed back, and the truth.

        Args:
            utterance_id: one of data/mini; "" shows none.
            breakage: what is done to the attention.
        """
        if not utterance_id:
            self._comparison = {}
            return
        takes = [self._forced(utterance_id, step, breakage) for step in self.models]
        self._comparison = payload_of(takes)

    def _decode(
        self, text: str, step: int, breakage: Breakage = WHOLE, live: bool = False
    ) -> list[DecoderStep]:
        """Read a text; `live` sends the page each decoder step when it is made."""
        model = break_attention(self.models[step], breakage)
        tokens, steps = encode_text(text), []
        most = int((1 + MOST_SECONDS_PER_CHARACTER * len(text)) / self._seconds_per_step(model))
        if live:
            self.send(self._beginning(text, step))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(SEED)
            for it in decode(model, tokens, most):
                steps.append(it)
                if live:
                    levels = colour_levels(as_array(denormalise(it.frames)))
                    weights = _log(it.weights).astype("<f4")
                    self.send({"kind": "step"}, [weights.tobytes(), levels.T.tobytes()])
        if live:
            self.send({"kind": "end"})
        return steps

    def _beginning(self, text: str, step: int) -> dict[str, Any]:
        return {
            "kind": "begin",
            "label": _label(step),
            "text": text,
            "seconds_per_step": self._seconds_per_step(self.models[step]),
            "expected": SECONDS_PER_CHARACTER * len(text),
            "n_mels": self.mel.n_mels,
            "ticks": mel_ticks(self.mel.n_mels, self.mel.fmax),
        }

    @torch.inference_mode()
    def _finish(self, text: str, step: int, decoded: list[DecoderStep]) -> Take:
        """Post-net and vocoder: make of the decoder's steps what can be heard."""
        model = self.models[step]
        frames = torch.cat([it.frames for it in decoded], dim=1)[None]  # (1, n_mels, frames)
        log_mel = denormalise(frames + model.postnet(frames))
        waveform = self.vocoder(log_mel)[0, 0]
        seconds = len(decoded) * self._seconds_per_step(model)
        stopped = f"stopped by itself after {seconds:.1f} s"
        return Take(
            _label(step),
            text,
            waveform / waveform.abs().max().clamp(min=1),
            self.mel.sample_rate,
            self._seconds_per_step(model),
            energies=_log(torch.stack([it.weights for it in decoded])),
            log_mel=log_mel[0],
            fmax=self.mel.fmax,
            note=stopped if decoded[-1].stops else f"did not stop: cut off after {seconds:.1f} s",
        )

    @torch.inference_mode()
    def _forced(self, utterance_id: str, step: int, breakage: Breakage) -> Take:
        """Read a recording with teacher forcing."""
        model = break_attention(self.models[step], breakage)
        utterance = self.corpus[utterance_id]
        example = make_example(utterance, self.mel, model.config.reduction_factor)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(SEED)
            lengths = torch.tensor([len(example.tokens)])
            weights = model(example.tokens[None], lengths, example.mel.T[None])[3][0]
        return Take(
            _label(step),
            utterance.text,
            utterance.waveform[: len(example.mel) * self.mel.hop_length],
            self.mel.sample_rate,
            self._seconds_per_step(model),
            energies=_log(weights),
            truth=example.truth,
            log_mel=denormalise(example.mel.T),
            fmax=self.mel.fmax,
        )

    def _seconds_per_step(self, model: Tacotron2) -> float:
        return model.config.reduction_factor * self.mel.hop_length / self.mel.sample_rate

    def _answer(self, _: Any, request: dict[str, Any], __: Any) -> None:
        """Do what the page asks; what goes wrong is said there, and what it shows stays."""
        self._message = ""
        breakage = Breakage(request["without_location"], float(request["temperature"]))
        try:
            if request["kind"] == "compare":
                self.compare(request["recording"], breakage=breakage)
            else:
                self.speak(
                    request["text"],
                    breakage=breakage,
                    repeated_word=request["repeated_word"],
                    twice=request["twice"],
                )
        except Exception as error:  # whatever a student's module raises
            self.send({"kind": "cancel"})
            self._message = _in_one_line(error)


def speaking_player(text: str = SENTENCE) -> SpeakingPlayer | HTML:
    """Return a SpeakingPlayer, or where none can be made one line that says what to do."""
    from IPython.display import HTML

    try:
        return SpeakingPlayer(text)
    except Exception as error:  # whatever a student's module raises
        return HTML(f"<p>{html.escape(CANNOT_READ.format(_in_one_line(error)))}</p>")


def _in_one_line(error: Exception) -> str:
    told = isinstance(error, (ValueError, NotImplementedError, BrokenModule))
    return str(error) if told else f"{type(error).__name__}: {error}"


def _label(step: int) -> str:
    return f"step {step}"


def _log(weights: Tensor) -> np.ndarray:
    """ln of weights: the energies up to a constant a step, which no softmax notices."""
    return np.log(np.maximum(as_array(weights), np.finfo(np.float32).tiny))
