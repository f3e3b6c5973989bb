"""What the scene asks: a recording, and the copies that are made of its mel spectrogram."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

import soundfile
import torch
from torch import Tensor, nn

from exercise_lib.alignment_player.take import base64_text, colour_levels, mel_ticks
from exercise_lib.figures import colours
from exercise_lib.mel import MelConfig
from exercise_lib.models.pretrained import load_vocoder
from exercise_lib.speech import audio
from exercise_lib.speech.data import LOCAL_DATA, SpeechCorpus, Utterance

PERIODS = (2, 3, 5, 7, 11)  # samples: those of HiFi-GAN's multi-period discriminator
LOUD = 1600  # samples: a vowel
RECORDED = 2  # recordings of a recorded stage


def load(say: Callable[[str], None], recorded: bool) -> Answers:
    """Return what answers the scene; the vocoders are loaded when it is first shown."""
    return Answers(recorded)


class Answers:
    """Recordings that no vocoder has learned from, and their copies."""

    def __init__(self, recorded: bool) -> None:
        self.mel = MelConfig()
        self.corpus = SpeechCorpus(LOCAL_DATA / "mini")
        self.ids = self.corpus.ids[:RECORDED] if recorded else self.corpus.ids
        self.facts: dict[str, Any] = {
            "recordings": self.ids,
            "periods": PERIODS,
            "sample_rate": self.mel.sample_rate,
            "mel": base64_text(colours.levels(colours.MEL)),
            "fold": base64_text(colours.levels(colours.ENERGIES)),
        }

    @cached_property
    def vocoders(self) -> dict[str, nn.Module]:
        return {
            "Vocos, no GAN": load_vocoder(),
            "Vocos, then GAN": load_vocoder(name="vocoder-adversarial"),
        }

    def questions(self) -> Iterator[list[Any]]:
        """Yield all that the scene of a recorded stage can ask."""
        yield from (["copies", it] for it in self.ids)

    def answer(self, question: list[Any]) -> dict[str, Any]:
        """Return a recording with its mel, its words in time, and the sounds to compare.

        Raises: ValueError: there is no such recording.
        """
        match question:
            case ["copies", str(name)] if name in self.ids:
                return self.copies(self.corpus[self.corpus.ids.index(name)])
        raise ValueError(f'ask ["copies", ...], of {", ".join(self.ids)}')

    def copies(self, utterance: Utterance) -> dict[str, Any]:
        log_mel = audio.log_mel(utterance.waveform, self.mel)
        real = utterance.waveform[: log_mel.shape[1] * self.mel.hop_length]
        sounds = {"recording": real, "Griffin-Lim": audio.copy_synthesis(real, self.mel)}
        with torch.inference_mode():
            for label, vocoder in self.vocoders.items():
                sounds[label] = vocoder(log_mel[None])[0, 0].clamp(-1, 1)
        return {
            "words": timed_words(utterance),
            "loudest": loudest(real),
            "n_mels": len(log_mel),
            "levels": base64_text(colour_levels(log_mel.numpy()).tobytes()),
            "ticks": mel_ticks(self.mel.n_mels, self.mel.fmax),
            "sounds": [self.compared(label, it, real) for label, it in sounds.items()],
        }

    def compared(self, label: str, sound: Tensor, real: Tensor) -> dict[str, str]:
        """Return a sound, and how near it is to the recording: as a note, and in a sentence."""
        found = {"label": label, "flac": flac(sound, self.mel.sample_rate)}
        if sound is real:
            seconds = len(real) / self.mel.sample_rate
            told = f"Recording, {seconds:.1f} s: its mel, a stretch of its waveform, and {FOLDS}."
            return found | {"note": "real speech", "told": told}
        away = (audio.log_mel(sound, self.mel) - audio.log_mel(real, self.mel)).abs().mean()
        alike = torch.corrcoef(torch.stack([sound, real]))[0, 1]
        return found | {
            "note": f"mel L1 {away:.2f}\ncorrelation {alike:.2f}",
            "told": f"{label}, below the recording: their mels differ by {away:.2f} on average; "
            f"sample by sample, the two waveforms correlate {alike:.2f}.",
        }


FOLDS = f"that stretch folded by {', '.join(map(str, PERIODS[:-1]))} and {PERIODS[-1]} samples"


def loudest(waveform: Tensor) -> int:
    """Return the first sample of the loudest stretch."""
    stretches = waveform.square().unfold(0, LOUD, LOUD // 4)
    return int(stretches.mean(-1).argmax()) * (LOUD // 4)


def timed_words(utterance: Utterance) -> list[tuple[str, float]]:
    """Return each word with its start (s)."""
    assert utterance.alignment is not None
    spans, rate = utterance.alignment.characters, utterance.sample_rate
    return [(it[0], spans[it.start()].start / rate) for it in re.finditer(r"\S+", utterance.text)]


def flac(waveform: Tensor, sample_rate: int) -> str:
    """Return a sound, as exact as in 16 bits, in base64."""
    packed = io.BytesIO()
    soundfile.write(packed, waveform.numpy(), sample_rate, format="FLAC", subtype="PCM_16")
    return base64.b64encode(packed.getvalue()).decode("ascii")
