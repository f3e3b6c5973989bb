"""What CLAP makes of speech, of which its captions say nothing: one run.

python -m benchmarks.voices            needs data/voices, see data/build_voices.py
python -m benchmarks.voices --write    keeps the figures beside CLAP's weights
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any

import librosa
import numpy as np
import torch
import typer
from rich.console import Console
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from autograder.paths import REPOSITORY
from benchmarks.solved import solved_modules
from benchmarks.tables import table

KEPT = REPOSITORY.data / "clap"
VOICES = REPOSITORY.data / "voices"
TOLD_APART_BY = {"voice": "register", "pace": "tempo"}  # the captions' words that come nearest
CLASSES = {"voice": {"man": "low", "woman": "high"}, "pace": {"slow": "slow", "fast": "fast"}}
RATES = {"slow": 0.75, "fast": 4 / 3}  # of recordings whose pace is changed, pitch kept
SENTENCES = 24  # of each voice

Row = dict[str, Any]


@dataclass(frozen=True)
class Heard:
    """Recordings, `(samples,)` each, whose they are, and what is asked of them: "man", "slow"."""

    waveforms: list[Tensor]
    speakers: list[str]
    truth: list[str]


def main(
    write: Annotated[bool, typer.Option("--write", help="Keep the figures.")] = False,
) -> None:
    """Ask the kept CLAP whether a man or a woman speaks, and whether slowly or fast."""
    if not VOICES.exists():
        raise SystemExit(f"{VOICES} is missing: make it with `python data/build_voices.py`.")
    torch.set_num_threads(1)
    with solved_modules():
        scores = measure()
    Console().print(table("Speech, as CLAP hears it; chance .5", scores))
    if write:
        (KEPT / "voices.json").write_text(json.dumps(scores, indent=1) + "\n")


def measure() -> dict[str, Row]:
    """Return the share of each class that is named rightly, by the words of music and otherwise.

    A classifier is judged on one voice after another, and has learned from all others.
    """
    from exercise_lib.codec.speakers import voice_features
    from exercise_lib.music.clap_encoders import load_clap

    model = load_clap(KEPT)
    words, probe, ceiling = {}, {}, {}
    for question, classes in CLASSES.items():
        asked = heard(question)
        embeddings = embedded(model, asked.waveforms)
        names = list(classes)
        found = zero_shot(model, embeddings, question)
        words |= shares([names[it] for it in found], asked)
        linear = LogisticRegression(C=100, max_iter=2000)
        probe |= shares(voice_by_voice(linear, embeddings, asked), asked)
        if question == "voice":
            features = np.stack([voice_features(it) for it in asked.waveforms])
            linear = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
            ceiling = shares(voice_by_voice(linear, features, asked), asked)
    return {
        "words of music, zero-shot": words,
        "linear classifier of its embeddings": probe,
        "linear classifier of mel bands and pitch": ceiling,
    }


def heard(question: str) -> Heard:
    """Return recordings of all voices; asked for their pace, each once slow and once fast."""
    from exercise_lib.speech.data import SpeechCorpus

    voices = json.loads((VOICES / "voices.json").read_text())
    corpus = SpeechCorpus(VOICES)
    found = Heard([], [], [])
    for name, voice in voices.items():
        ids = [it for it in corpus.ids if it.rpartition("-")[0] == name][: SENTENCES + 1]
        sentences = [corpus[it].waveform for it in ids]
        long = [torch.cat(its) for its in pairwise(sentences)]  # fast, one is too short
        if question == "voice":
            said = {{"m": "man", "f": "woman"}[voice["sex"]]: long}
        else:
            said = {pace: [at_rate(it, rate) for it in long] for pace, rate in RATES.items()}
        for truth, its in said.items():
            found.waveforms.extend(its)
            found.speakers.extend([name] * len(its))
            found.truth.extend([truth] * len(its))
    return found


def at_rate(waveform: Tensor, rate: float) -> Tensor:
    """Return speech so many times faster, of the same pitch."""
    return torch.from_numpy(librosa.effects.time_stretch(waveform.numpy(), rate=rate))


def voice_by_voice(classifier: Any, features: np.ndarray, asked: Heard) -> list[str]:
    """Return a classifier's answers for each voice, when it has learned from all others."""
    speakers, truth = np.array(asked.speakers), np.array(asked.truth)
    found = np.empty_like(truth)
    for name in dict.fromkeys(asked.speakers):
        its = speakers == name
        found[its] = classifier.fit(features[~its], truth[~its]).predict(features[its])
    return found.tolist()


def embedded(model: Any, waveforms: list[Tensor]) -> np.ndarray:
    """Return embeddings of length 1, `(B, d)`."""
    from exercise_lib.music.folder import three_seconds

    sounds = torch.stack([three_seconds(it) for it in waveforms])
    return torch.nn.functional.normalize(model.hear(sounds), dim=-1).numpy()


def zero_shot(model: Any, embeddings: np.ndarray, question: str) -> list[int]:
    """Return the class of each, by all captions of a word of the class and an instrument."""
    from exercise_lib import clip
    from exercise_lib.music.captions import MEANING, NOUNS, SYNONYMS, Caption

    slot = TOLD_APART_BY[question]
    prompts = [
        model.read(
            Caption(instrument, noun=noun, **{slot: word})
            for word in SYNONYMS[slot][value]
            for instrument in MEANING["instrument"]
            for noun in NOUNS
        )
        for value in CLASSES[question].values()
    ]
    return clip.zero_shot(torch.from_numpy(embeddings), torch.stack(prompts)).tolist()


def shares(found: Sequence[str], asked: Heard) -> Row:
    """Return the share of each class that is named rightly."""
    truth = np.array(asked.truth)
    right = np.array(found) == truth
    return {it: round(float(right[truth == it].mean()), 3) for it in dict.fromkeys(asked.truth)}


if __name__ == "__main__":
    typer.run(main)
