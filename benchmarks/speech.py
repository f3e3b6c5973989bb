"""How well and how fast the kept weights speak: `python -m benchmarks.speech` prints one run.

With `--write` the figures go to data/pretrained/scores.json too, beside the weights.
"""

import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from typing import Annotated, Any

import torch
import typer
from rich.console import Console

from autograder.paths import REPOSITORY
from benchmarks.solved import solved_modules
from benchmarks.tables import table

PRETRAINED = REPOSITORY.data / "pretrained"
SENTENCES = 20_000  # of the corpus's grammar, for the recogniser's bigram
MOST_FRAMES = 800  # mel frames; the longest sentence needs half of it
LEVEL = 0.5  # peak of what the recogniser hears
ROUNDS = 9

Scores = dict[str, Any]
Copy = Callable[[torch.Tensor], torch.Tensor]


def main(
    utterances: Annotated[int, typer.Option(help="How many of the test split.")] = 100,
    write: Annotated[bool, typer.Option("--write", help="Keep the figures.")] = False,
) -> None:
    """Measure copy synthesis, text to speech and speed on held-out sentences."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    with solved_modules():
        scores = measure(utterances)
    console = Console()
    console.print(table("the same sentence", scores["copies"]))
    console.print(table("free running", scores["text to speech"]))
    console.print(table("Tacotron, teacher forcing", scores["alignment"]))
    console.print(table("one utterance, one thread", scores["speed"]))
    if write:
        path = PRETRAINED / "scores.json"
        path.write_text(json.dumps(scores, indent=1) + "\n")


def measure(n_utterances: int) -> dict[str, dict[str, Scores]]:
    """Return all figures: table -> row -> name -> figure."""
    from exercise_lib.models.pretrained import load_tacotron, tacotron_steps

    utterances, recognise = test_sentences(n_utterances)
    with torch.inference_mode():
        return {
            "copies": copies(utterances, recognise),
            "text to speech": {
                f"{step} steps": speech(load_tacotron(step, PRETRAINED), utterances, recognise)
                for step in tacotron_steps(PRETRAINED)[-2:]
            },
            "alignment": {
                f"{step} steps": alignment(load_tacotron(step, PRETRAINED), utterances)
                for step in tacotron_steps(PRETRAINED)
            },
            "speed": speed(utterances[0].waveform),
        }


def test_sentences(n_utterances: int) -> tuple[list, Any]:
    """Return utterances of the test split, and the recogniser that listens to them."""
    from exercise_lib.speech.data import SpeechCorpus
    from exercise_lib.speech.recognise import Recogniser

    sys.path.append(str(REPOSITORY.data))
    from grammar import sentence

    rng = random.Random(0)
    recognise = Recogniser(sentence(rng) for _ in range(SENTENCES))
    return list(SpeechCorpus(REPOSITORY.data / "corpus").split("test"))[:n_utterances], recognise


def copies(utterances: list, recognise: Any) -> dict[str, Scores]:
    """Recordings, and what comes back from their log-mel alone."""
    from exercise_lib import mel
    from exercise_lib.models.pretrained import load_vocoder
    from exercise_lib.speech import audio
    from exercise_lib.speech.quality import HOP, vocoder_quality
    from exercise_lib.word_errors import word_error_rate

    texts = [it.text for it in utterances]
    waveforms = [it.waveform[: len(it.waveform) // HOP * HOP] for it in utterances]
    config = mel.MelConfig()

    def log_mel(waveform: torch.Tensor) -> torch.Tensor:
        return mel.log_mel_spectrogram(waveform, config)

    def vocoded(name: str) -> Copy:
        model = load_vocoder(PRETRAINED, name)
        return lambda waveform: model(log_mel(waveform[None]))[0, 0]

    def griffin_lim(rounds: int) -> Copy:
        return lambda w: audio.griffin_lim(log_mel(w[None])[0], config, rounds)[: len(w)]

    ways = {
        "Griffin-Lim, 32 rounds": griffin_lim(32),
        "Griffin-Lim, 60 rounds": griffin_lim(60),
        "kept vocoder": vocoded("vocoder"),
        "kept vocoder, adversarial": vocoded("vocoder-adversarial"),
    }

    def word_errors(sounds: list[torch.Tensor]) -> float:
        return word_error_rate(texts, [recognise(sound) for sound in sounds])

    def measured(copy: Copy) -> Scores:
        copied = []

        def generate(waveform: torch.Tensor) -> torch.Tensor:
            copied.append(copy(waveform))
            return copied[-1]

        scores = vocoder_quality(generate, waveforms, log_mel)
        return {**scores, "wer": word_errors(copied)}

    rows = {"recordings": {"wer": word_errors(waveforms)}}
    rows |= {name: measured(copy) for name, copy in ways.items()}
    return {
        name: {key: round(value, 3) for key, value in row.items()} for name, row in rows.items()
    }


def speech(tacotron: Any, utterances: list, recognise: Any) -> Scores:
    """Let the Tacotron and the vocoder say each text: do they end, are they understood?"""
    from exercise_lib.models.pretrained import load_vocoder
    from exercise_lib.speech.scaling import denormalise
    from exercise_lib.speech.text import encode_text
    from exercise_lib.word_errors import word_error_rate

    vocoder, r = load_vocoder(PRETRAINED), tacotron.config.reduction_factor
    stopped, words, pairs = 0, [], []
    most = MOST_FRAMES // r  # decoder steps
    spoken = seconds = 0.0
    for utterance in utterances:
        start = time.perf_counter()
        spectrogram, gates, weights = tacotron.infer(encode_text(utterance.text), most)
        waveform = vocoder(denormalise(spectrogram)[None])[0, 0]
        seconds += time.perf_counter() - start
        spoken += len(waveform) / utterance.sample_rate
        stopped += len(gates) < most
        words.append(recognise(LEVEL * waveform / waveform.abs().max()))
        pairs.append((weights.T, carried_truth(utterance, spectrogram, r)))
    texts = [utterance.text for utterance in utterances]
    return {
        "stopped": f"{stopped} of {len(texts)}",
        "wer": round(word_error_rate(texts, words), 3),
        "times_real_time": round(spoken / seconds, 1),
        **alignment_scores(pairs),
    }


def carried_truth(utterance: Any, spectrogram: torch.Tensor, r: int) -> torch.Tensor:
    """Carry a recording's true alignment over to free-running speech of the same text.

    Dynamic time warping pairs the frames of both by their sound alone, never by the attention.

    Args: spectrogram: `(n_mels, frames)`, as the Tacotron predicts it; r: reduction factor.
    Returns: the character spoken at each decoder step, `(T_dec,)`.
    """
    from exercise_lib import mel
    from exercise_lib.models.tacotron_training import make_example
    from exercise_lib.warping import accumulated_cost, frame_distances, warping_path

    config = mel.MelConfig()
    recorded = make_example(utterance, config, 1).mel.T
    truth = utterance.alignment.character_truth(config.hop_length, recorded.shape[1])
    path = warping_path(accumulated_cost(frame_distances(recorded, spectrogram)))
    paired = {there: here for here, there in path.tolist()}
    return truth[[paired[frame] for frame in range(r // 2, spectrogram.shape[1], r)]]


def alignment(tacotron: Any, utterances: list) -> Scores:
    """Score the alignment against the ground truth, with the true frames fed back."""
    from exercise_lib import mel
    from exercise_lib.models.tacotron_training import make_example

    pairs = []
    for utterance in utterances:
        example = make_example(utterance, mel.MelConfig(), tacotron.config.reduction_factor)
        lengths = torch.tensor([len(example.tokens)])
        weights = tacotron(example.tokens[None], lengths, example.mel.T[None])[3][0]
        pairs.append((weights.T, example.truth))
    return alignment_scores(pairs)


def alignment_scores(pairs: list[tuple[torch.Tensor, torch.Tensor]]) -> Scores:
    """Return the means over sentences, and rc over the decoder steps of all of them together.

    A sentence without pauses gives rc little to explain, so that its own rc is unsteady.
    """
    from exercise_lib.models.tacotron_training import score_alignment

    rows = [score_alignment(weights, truth) for weights, truth in pairs]
    scores = {name: statistics.fmean(row[name] for row in rows) for name in rows[0]}
    found, true = [], []
    for weights, truth in pairs:
        line = torch.linspace(0, len(weights) - 1, len(truth))
        centroid = torch.arange(len(weights), dtype=weights.dtype) @ weights
        found.append(centroid - line - (centroid - line).mean())
        true.append(truth - line - (truth - line).mean())
    scores["rc of all steps"] = float(torch.cosine_similarity(*map(torch.cat, (found, true)), 0))
    return {name: round(value, 3) for name, value in scores.items()}


def speed(waveform: torch.Tensor) -> dict[str, Scores]:
    """Compare the kept vocoder with the official configurations, in turn on one utterance."""
    from exercise_lib import mel
    from exercise_lib.generator import V2, V3, Generator
    from exercise_lib.models.pretrained import load_vocoder

    log_mel = mel.log_mel_spectrogram(waveform[None], mel.MelConfig())
    models = {"kept vocoder": load_vocoder(PRETRAINED)}
    for name, config in {"official V3": V3, "official V2": V2}.items():
        official = Generator(config).eval()
        official.remove_weight_norm()
        models[name] = official
    seconds: dict[str, list[float]] = {name: [] for name in models}
    for _ in range(ROUNDS):
        for name, model in models.items():
            start = time.perf_counter()
            model(log_mel)
            seconds[name].append(time.perf_counter() - start)
    length = len(waveform) / mel.MelConfig().sample_rate
    kept = seconds["kept vocoder"]
    rows = {}
    for name, found in seconds.items():
        ratio = statistics.median(a / b for a, b in zip(found, kept, strict=True))
        rows[name] = {
            "real_time_factor": round(statistics.median(found) / length, 4),
            "times_slower": round(ratio, 1),
        }
    return rows


if __name__ == "__main__":
    typer.run(main)
