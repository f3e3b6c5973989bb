"""Measure data/pretrained's Tacotron at its steps on sentences of the test split.

    python data/measure_tacotron.py 100

needs the finished modules of exercise_lib on the path. Writes data/pretrained/tacotron-scores.json:
the teacher-forced alignment against the ground truth, and of the last step, running free, how many
sentences end by themselves and the word error rate (Griffin-Lim, 32 iterations), beside that of the
recordings.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent))
from exercise_lib import audio, mel
from exercise_lib.data import SpeechCorpus, Utterance
from exercise_lib.pretrained import load_tacotron, tacotron_steps
from exercise_lib.recognise import Recogniser
from exercise_lib.tacotron2 import Tacotron2
from exercise_lib.text import encode_text
from exercise_lib.train.tacotron import denormalise, make_example, score_alignment
from exercise_lib.word_errors import word_error_rate

MOST_STEPS = 200  # decoder steps; the longest sentence needs half of it
LEVEL = 0.5  # peak of what the recogniser hears


def alignment_scores(model: Tacotron2, utterances: list[Utterance]) -> dict[str, float]:
    """Return the means of the alignment scores with the true frames fed back."""
    rows = []
    for utterance in utterances:
        example = make_example(utterance, mel.MelConfig(), model.config.reduction_factor)
        lengths = torch.tensor([len(example.tokens)])
        with torch.inference_mode():
            weights = model(example.tokens[None], lengths, example.mel.T[None])[3][0]
        rows.append(score_alignment(weights.T, example.truth))
    return {name: round(sum(row[name] for row in rows) / len(rows), 3) for name in rows[0]}


def speech_scores(model: Tacotron2, utterances: list[Utterance], heard: Recogniser) -> dict:
    """Let the model speak each text and the recogniser write it down."""
    stopped, words = 0, []
    for utterance in utterances:
        spectrogram, gates, _ = model.infer(encode_text(utterance.text), MOST_STEPS)
        stopped += len(gates) < MOST_STEPS
        waveform = audio.griffin_lim(denormalise(spectrogram), mel.MelConfig())
        words.append(heard(LEVEL * waveform / waveform.abs().max()))
    texts = [utterance.text for utterance in utterances]
    return {
        "sentences": len(texts),
        "stopped": stopped,
        "word_error_rate": round(word_error_rate(texts, words), 3),
    }


def main(n_sentences: int) -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    corpus = SpeechCorpus(HERE / "corpus")
    utterances = list(corpus.split("test"))[:n_sentences]
    heard = Recogniser(corpus[key].text for key in corpus.split("train").ids)
    scores: dict = {"alignment, teacher forcing": {}}
    for step in tacotron_steps():
        scores["alignment, teacher forcing"][step] = alignment_scores(
            load_tacotron(step), utterances[:20]
        )
        print(step, scores["alignment, teacher forcing"][step], flush=True)
    scores["free running"] = speech_scores(load_tacotron(), utterances, heard)
    texts = [utterance.text for utterance in utterances]
    recordings = [heard(utterance.waveform) for utterance in utterances]
    scores["recordings"] = {"word_error_rate": round(word_error_rate(texts, recordings), 3)}
    text = json.dumps(scores, indent=1)
    print(text)
    (HERE / "pretrained" / "tacotron-scores.json").write_text(text + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
