"""What the scenes ask: sentences read at every kept step of training, whole and broken."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from exercise_lib.alignment_player.reader import Reader, check_length, one_line
from exercise_lib.alignment_player.reading import WHOLE, Breakage, repeat_word
from exercise_lib.alignment_player.take import Take, payload_of, player_colours
from exercise_lib.speech import audio, plots
from exercise_lib.speech.audio import as_array
from exercise_lib.speech.recorded import RecordedAttention
from exercise_lib.synthesis import reading_errors

from .told import in_words, timed_words

SENTENCES = (  # of a recorded stage; the first is the one that the scenes begin with
    "The old doctor danced quietly beneath the tower.",
    "A bird slept.",
    "Did the white puppy enjoy her garden?",
    "My pilot paused.",
    "Every column is one look at the text.",
    "The teacher reads, and the students listen.",
    "She sells sea shells by the sea shore.",
    "Where did the small yellow boat go last night?",
    "Attention is where the network looks while it speaks.",
    "If you read this slowly, you hear every pause, and every breath.",
    "The quick brown fox jumps over the lazy dog.",
    "A cold river ran past the old mill, and nobody who lived there could say how deep it was "
    "or where its water came from.",
)


@dataclass(frozen=True)
class Way:
    """A way of breaking a reading."""

    breakage: Breakage = WHOLE
    change: Callable[[str], str] = str


WAYS = {
    "whole": Way(),
    "no location": Way(Breakage(without_location=True)),
    "flat": Way(Breakage(temperature=4)),
    "repeated": Way(change=repeat_word),
    "twice": Way(change=lambda text: f"{text} {text}"),
}
LEAST_ENERGY = -10  # of a recorded stage: below it there is nothing to see
ENERGY_STEPS, MEL_STEPS = 4, 16  # how finely they are kept: a unit of ln, and the whole scale
OPUS_LEVEL = 0.957  # 0 is the best sound, 1 the smallest


def load(say: Callable[[str], None], recorded: bool) -> Answers:
    """Return what answers the scenes."""
    say("loading the voice, type meanwhile")
    made = Answers(Reader(), recorded)
    say("reading a first sentence")
    made.answer(["read", SENTENCES[1], "whole", made.steps[-1]])
    return made


class Answers:
    """Sentences and recordings, read when they are asked for.

    Args: recorded: whether sounds and pictures are kept small.
    """

    def __init__(self, reader: Reader, recorded: bool) -> None:
        self.reader, self.recorded = reader, recorded
        self.attention = RecordedAttention()
        self.steps, self.recordings = list(reader.models), [it.id for it in reader.corpus]
        self.facts: dict[str, Any] = {
            "steps": self.steps,
            "sentences": SENTENCES if recorded else [],
            "recordings": [[it.id, it.text] for it in reader.corpus],
            "colours": player_colours(),
        }

    def questions(self) -> Iterator[list[Any]]:
        """Yield all that the scenes of a recorded stage can ask."""
        for text in SENTENCES:
            for way in WAYS:
                yield from (["read", text, way, step] for step in self.steps)
        yield from (["truth", name, self.steps[-1]] for name in self.recordings)
        yield from (["fake"], ["heads"])

    def answer(self, question: list[Any]) -> dict[str, Any]:
        """Return takes as the player gets them, with their words in time, and told in words.

        Raises: ValueError: a text can't be read.
        """
        kind, *asked = question
        takes = getattr(self, kind)(*asked)
        weights = [torch.from_numpy(it.weights) for it in takes]
        if self.recorded:
            takes = [coarse(it) for it in takes]
        payload = payload_of(takes)
        del payload["colours"]  # they are among the facts
        if self.recorded:
            payload["sounds"] = [opus(it) for it in payload["sounds"]]
            payload["sound_type"] = "audio/ogg"
        for entry, take, alignment in zip(payload["takes"], takes, weights, strict=True):
            entry["told"] = told(take, alignment)
            entry["words"] = timed_words(take.text, spoken(take, alignment), take.seconds_per_step)
        return payload

    def read(self, text: str, way: str, step: int) -> list[Take]:
        text = WAYS[way].change(one_line(text))
        check_length(text)
        return [self.reader.read(text, step, WAYS[way].breakage)]

    def truth(self, utterance_id: str, step: int) -> list[Take]:
        return [self.reader.forced(utterance_id, step)]

    def fake(self) -> list[Take]:
        """Return what two other models attend to at the end: one learned, one was kept straight."""
        return [
            self.of_recording(label, self.energies(run))
            for run, label in (("learned", "learned to read"), ("fake", "guidance left on"))
        ]

    def heads(self) -> list[Take]:
        """Return four heads, and their average after and before the softmax."""
        heads = self.energies("multihead")
        averages = {
            "averaged after the softmax": heads.softmax(-1).mean(0).clamp(min=1e-30).log(),
            "averaged before the softmax": heads.mean(0),
        }
        single = {f"head {number}": head for number, head in enumerate(heads, start=1)}
        return [self.of_recording(*it) for it in {**single, **averages}.items()]

    def energies(self, run: str) -> torch.Tensor:
        utterance, steps = self.reader.corpus[0], self.attention.steps[run]
        return self.attention.energies(utterance.id, run, steps[-1])

    def of_recording(self, label: str, energies: torch.Tensor) -> Take:
        utterance = self.reader.corpus[0]
        assert utterance.alignment is not None
        return Take(
            label,
            utterance.text,
            utterance.waveform,
            self.reader.mel.sample_rate,
            self.attention.seconds_per_step,
            energies=energies,
            truth=utterance.alignment.character_truth(self.attention.hop_length, len(energies)),
            log_mel=audio.log_mel(utterance.waveform, self.reader.mel),
            fmax=self.reader.mel.fmax,
        )


def told(take: Take, alignment: torch.Tensor) -> str:
    """Return what a take shows, in words."""
    shown = in_words(take.text, alignment, take.seconds_per_step, reading_errors(alignment))
    return f"{shown} It {take.note}." if take.note else shown


def spoken(take: Take, alignment: torch.Tensor) -> list[int]:
    """Return the character that each step speaks: the true one where it is known."""
    if take.truth is None:
        return alignment.argmax(0).tolist()
    return as_array(take.truth).round().astype(int).tolist()


def coarse(take: Take) -> Take:
    """Return a take in steps that are not seen, so that it packs well."""
    energies, log_mel = as_array(take.energies), as_array(take.log_mel)
    energies = energies - energies.max(axis=-1, keepdims=True)
    low, high = plots.MEL_LIMITS
    step = (high - low) / MEL_STEPS
    return replace(
        take,
        energies=np.round(energies.clip(LEAST_ENERGY) * ENERGY_STEPS) / ENERGY_STEPS,
        log_mel=low + np.round((log_mel.clip(low, high) - low) / step) * step,
    )


def opus(wav: str) -> str:
    """Return a sound as Ogg Opus; both are base64."""
    import soundfile

    samples, rate = soundfile.read(io.BytesIO(base64.b64decode(wav)))
    packed = io.BytesIO()
    soundfile.write(
        packed, samples, rate, format="OGG", subtype="OPUS", compression_level=OPUS_LEVEL
    )
    return base64.b64encode(packed.getvalue()).decode("ascii")
