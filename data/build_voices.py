"""Make speech of many voices: other engines', and the corpus's with pitch and formants changed.

python data/build_voices.py            writes data/voices, in LJSpeech layout, with voices.json

needs `pip install hibari-tts==0.2.1 py-nanotts==0.1.1 pyworld==0.3.5 "setuptools<81"`, and flite
for its voices (Debian and Ubuntu: `apt-get install flite`). The sound is not shipped: see
data/README.md for what each voice is and may be used for.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated

import librosa
import numpy as np
import soundfile
import soxr
import typer
from grammar import sentence
from rich.progress import track

HERE = Path(__file__).resolve().parent
SAMPLE_RATE = 16_000  # Hz
LEVEL = -26.0  # dBFS, root mean square where there is speech
FLOOR = 40.0  # dB below the loudest tenth of a second: what is quieter is a pause
PERIOD = 5  # ms between two values of the fundamental frequency
SEED = 41
N_VALIDATION, N_TEST = 3, 6  # sentences of each voice; of a held-out one all are for the test

Engine = Callable[[str], tuple[np.ndarray, int]]


@dataclass(frozen=True)
class Voice:
    """What is known of a voice."""

    name: str
    sex: str  # as it is heard: "f" or "m"
    source: str  # the program, or the voice of the corpus that was changed
    licence: str
    pitch: float = 1.0  # factor on the fundamental frequency
    formants: float = 1.0  # factor on the frequencies of the spectral envelope
    held_out: bool = False
    median_f0: float = 0.0  # Hz, measured


CORPUS = "as data/corpus"
FLITE = "CMU's permissive licence"
SPOKEN = (
    Voice("rms", "m", "flite", FLITE),
    Voice("slt", "f", "flite", FLITE),
    Voice("awb", "m", "flite", FLITE),
    Voice("kal16", "m", "flite", FLITE),
    Voice("pico-us", "f", "py-nanotts en-US", "Apache-2.0"),
    Voice("pico-gb", "f", "py-nanotts en-GB", "Apache-2.0", held_out=True),
    Voice("heart", "f", "hibari-tts", "Apache-2.0"),
)
# Formants shift with the length of the vocal tract: women's lie about 15 % above men's.
CHANGED = tuple(
    Voice(
        f"joe-p{pitch * 100:03.0f}-f{formants * 100:03.0f}",
        "f" if pitch > 1.8 else "m",
        "joe",
        CORPUS,
        pitch,
        formants,
        held_out,
    )
    for pitch, formants, held_out in (
        (0.85, 0.92, False),
        (1.0, 1.12, False),
        (1.2, 0.95, False),
        (1.4, 1.05, False),
        (1.7, 1.1, False),
        (2.0, 1.15, False),
        (2.3, 1.2, False),
        (2.6, 1.28, False),
        (0.9, 1.0, True),
        (1.5, 1.0, True),
        (2.1, 1.18, True),
    )
)


# ---------------------------------------------------------------- sounds
def level(waveform: np.ndarray) -> np.ndarray:
    """Return a waveform scaled to LEVEL outside its pauses."""
    tenth = SAMPLE_RATE // 10
    parts = np.array_split(waveform, max(1, len(waveform) // tenth))
    power = np.array([np.mean(part**2) for part in parts])
    speech = power > power.max() * 10 ** (-FLOOR / 10)
    scaled = waveform * 10 ** (LEVEL / 20) / np.sqrt(power[speech].mean())
    return scaled * min(1.0, 0.99 / np.abs(scaled).max())


def pitch_of(waveform: np.ndarray) -> np.ndarray:
    """Return the fundamental frequency every PERIOD ms, Hz; 0 where there is none.

    By probabilistic YIN (Mauch and Dixon 2014), which compares whole periods: joe's fundamental
    is so weak that WORLD's own trackers, which look for it, find twice the frequency.
    """
    hop = SAMPLE_RATE * PERIOD // 1000
    f0, *_ = librosa.pyin(
        waveform,
        fmin=60,
        fmax=400,
        sr=SAMPLE_RATE,
        frame_length=1024,
        hop_length=2 * hop,
        resolution=0.2,
    )
    return np.nan_to_num(f0).repeat(2)


def changed(waveform: np.ndarray, pitch: float, formants: float) -> np.ndarray:
    """Return speech with other pitch and formants, by WORLD (Morise et al. 2016), same timing."""
    import pyworld

    x = waveform.astype(np.float64)
    f0 = pitch_of(x)
    times = np.arange(len(f0)) * PERIOD / 1000
    envelope = pyworld.cheaptrick(x, f0, times, SAMPLE_RATE)
    noise = pyworld.d4c(x, f0, times, SAMPLE_RATE)
    bins = np.arange(envelope.shape[1])
    moved = [np.exp(np.interp(bins / formants, bins, np.log(row))) for row in envelope]
    made = pyworld.synthesize(f0 * pitch, np.array(moved), noise, SAMPLE_RATE, PERIOD)
    return made[: len(x)]


def median_f0(waveforms: list[np.ndarray]) -> float:
    """Return the median of the fundamental frequency where there is one, Hz."""
    found = np.concatenate([pitch_of(x) for x in waveforms])
    return round(float(np.median(found[found > 0])), 1)


# ---------------------------------------------------------------- engines
def flite(name: str) -> Engine:
    """Return what speaks as a voice of flite.

    Raises: FileNotFoundError: the program is not installed.
    """
    if shutil.which("flite") is None:
        raise FileNotFoundError("flite is not installed")

    def speak(text: str) -> tuple[np.ndarray, int]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "said.wav"
            command = ["flite", "-voice", name, "-t", text, "-o", str(path)]
            subprocess.run(command, check=True, capture_output=True)
            return soundfile.read(path)

    return speak


def pico(name: str) -> Engine:
    """Return what speaks as one of Pico's voices."""
    from py_nanotts import NanoTTS

    engine = NanoTTS()
    language = {"pico-us": "en-US", "pico-gb": "en-GB"}[name]

    def speak(text: str) -> tuple[np.ndarray, int]:
        samples = np.frombuffer(engine.speak(text, voice=language), dtype="<i2")
        return samples / 32768, SAMPLE_RATE

    return speak


def hibari(name: str) -> Engine:
    """Return what speaks as the voice inside hibari-tts."""
    from hibari import Hibari

    engine = Hibari(threads=1)
    return lambda text: (engine(text, seed=SEED), 24_000)


def engine_of(voice: Voice) -> Engine:
    makers = {"flite": flite, "py-nanotts": pico, "hibari-tts": hibari}
    return makers[voice.source.split()[0]](voice.name)


# ---------------------------------------------------------------- the folder
@dataclass(frozen=True)
class Spoken:
    """One sentence of one voice."""

    key: str
    text: str
    waveform: np.ndarray
    split: str


def split_of(voice: Voice, number: int) -> str:
    """Return where a voice's sentence belongs: the first few are for judging."""
    if voice.held_out or number < N_TEST:
        return "test"
    return "validation" if number < N_TEST + N_VALIDATION else "train"


def spoken(voice: Voice, texts: Iterator[str], n: int) -> Iterator[Spoken]:
    """Let an engine say n sentences."""
    say = engine_of(voice)
    for number in track(range(n), voice.name):
        text = next(texts)
        samples, rate = say(text)
        waveform = level(soxr.resample(np.asarray(samples, dtype=np.float64), rate, SAMPLE_RATE))
        yield Spoken(f"{voice.name}-{number:04}", text, waveform, split_of(voice, number))


def corpus(split: str) -> list[tuple[str, str, np.ndarray]]:
    """Return id, text and sound of the utterances of a split of data/corpus."""
    folder = HERE / "corpus"
    rows = (line.split("|") for line in (folder / "metadata.csv").read_text().splitlines())
    texts = {row[0]: row[1] for row in rows}
    ids = (folder / "splits" / f"{split}.txt").read_text().split()
    return [(key, texts[key], soundfile.read(folder / "wavs" / f"{key}.flac")[0]) for key in ids]


def from_corpus(n: int) -> Iterator[tuple[Voice, list[Spoken]]]:
    """Return the corpus's voice, and those made from it, each of other sentences.

    A sentence for judging is one of the corpus's test or validation split in every voice.
    """
    splits = {name: corpus(name) for name in ("train", "validation", "test")}
    joe = Voice("joe", "m", "piper-tts en_US-joe-medium", CORPUS)
    yield (
        joe,
        [Spoken(k, text, x, split) for split, its in splits.items() for k, text, x in its],
    )
    rngs = random.Random(SEED)
    queues = {name: rngs.sample(its, len(its)) for name, its in splits.items()}
    for voice in CHANGED:
        made = []
        for number in track(range(n), voice.name):
            split = split_of(voice, number)
            queue = queues[split]
            _, text, x = item = queue.pop(0)
            queue.append(item)
            waveform = level(changed(x, voice.pitch, voice.formants))
            made.append(Spoken(f"{voice.name}-{number:04}", text, waveform, split))
        yield voice, made


def write(folder: Path, voices: dict[Voice, list[Spoken]]) -> None:
    """Write audio, metadata.csv, splits and voices.json; splits take voices in turn."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "wavs").mkdir(parents=True)
    (folder / "splits").mkdir()
    lines, splits = [], {"train": [], "validation": [], "test": []}
    for its in voices.values():
        for number, it in enumerate(its):
            soundfile.write(folder / "wavs" / f"{it.key}.flac", it.waveform, SAMPLE_RATE, "PCM_16")
            lines.append(f"{it.key}|{it.text}|{it.text}\n")
            splits[it.split].append((number, it.key))
    (folder / "metadata.csv").write_text("".join(lines), encoding="utf-8")
    for name, keys in splits.items():
        ids = "".join(f"{key}\n" for _, key in sorted(keys))
        (folder / "splits" / f"{name}.txt").write_text(ids)
    known = {
        voice.name: asdict(voice)
        | {"utterances": len(its), "minutes": round(sum(len(it.waveform) for it in its) / 960e3, 1)}
        for voice, its in voices.items()
    }
    (folder / "voices.json").write_text(json.dumps(known, indent=1) + "\n")


def main(
    sentences: Annotated[int, typer.Option(help="Of each voice besides joe.", min=12)] = 60,
    out: Annotated[Path, typer.Option(help="Replaced.")] = HERE / "voices",
) -> None:
    """Build data/voices; an engine that is missing is named, and left out."""
    rng = random.Random(SEED)
    known = {line.split("|")[1] for line in (HERE / "corpus" / "metadata.csv").open()}
    texts = (it for it in iter(lambda: sentence(rng), None) if it not in known)
    voices = dict(from_corpus(sentences))
    for voice in SPOKEN:
        try:
            voices[voice] = list(spoken(voice, texts, sentences))
        except (ImportError, FileNotFoundError) as error:
            print(f"without {voice.name}: {error}", file=sys.stderr)
    measured = {
        replace(voice, median_f0=median_f0([it.waveform for it in its[:10]])): its
        for voice, its in voices.items()
    }
    write(out, measured)
    for voice, its in measured.items():
        minutes = sum(len(it.waveform) for it in its) / SAMPLE_RATE / 60
        print(f"{voice.name:16} {voice.sex} {len(its):4} {minutes:5.1f} min {voice.median_f0:6} Hz")


if __name__ == "__main__":
    typer.run(main)
