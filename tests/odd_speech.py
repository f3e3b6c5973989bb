"""A folder like LJSpeech as people bring it: `python odd_speech.py FOLDER` writes 48 utterances.

Half of them are good but oddly written, the other half can't be trained on, each for its reason.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import soundfile

RATE = 22_050  # Hz, as LJSpeech has
WORDS = ["the", "old", "printer's", "art", "was", "slow", "and", "early", "type", "cut", "hand"]
FULL = np.int16(32767)

ODD = [  # texts that are read
    "He wrote: \"slowly\"; then (in haste) 'no'.",
    "It was—so they said—begun in 1455.",
    "Über café, naïve façade",
    "Mr. Hill & Co. paid £3.50 for 42 types.",
    "A line\u2028in a line",
    "THE LORD'S TYPE, 2nd edition, 50%",
]
UNREADABLE = ["Type ² and ½", "Печать", "a * b", "…", "印刷", "{cut}", "a/b", "😀 yes"]


def voice(rng: np.random.Generator, seconds: float, level: float = 0.4) -> np.ndarray:
    """Buzz with a melody, louder and softer as syllables are, `(samples,)`."""
    time = np.arange(round(seconds * RATE)) / RATE
    pitch = 110 * (1 + 0.1 * np.sin(2 * np.pi * rng.uniform(0.3, 0.7) * time))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    buzz = sum(np.sin(k * phase + rng.uniform(0, 6)) / k for k in range(1, 20))
    loudness = np.sin(np.pi * rng.uniform(2, 4) * time) ** 2
    return level * loudness * buzz / np.abs(buzz).max()


def write(root: Path) -> None:
    """Write the folder."""
    rng = np.random.default_rng(12)
    wavs = root / "wavs"
    (wavs / "chapter 2").mkdir(parents=True)
    (root / "splits").mkdir()
    rows = ["file_name|transcription|normalized"]

    def add(field: str, text: str, sound: np.ndarray, file: str = "", **how: str) -> None:
        rows.append(f"{field}|{text}|{text}" if "|" not in text else f"{field}|{text}")
        soundfile.write(wavs / (file or f"{field}.wav"), sound, RATE, **how)

    def sentence() -> str:
        return " ".join(rng.permutation(WORDS)[:6])

    for n in range(12):
        add(f"good-{n:02}", sentence(), voice(rng, 1.5))
    for n, text in enumerate(ODD):
        add(f"odd-{n}", text, voice(rng, 3))
    add("suffix.wav", sentence(), voice(rng, 1.5), "suffix.wav")
    add("wavs/path.wav", sentence(), voice(rng, 1.5), "path.wav")
    add("upper", sentence(), voice(rng, 1.5), "upper.WAV")
    add("compressed", sentence(), voice(rng, 1.5), "compressed.mp3")
    add("nested", sentence(), voice(rng, 1.5), "chapter 2/nested.flac")
    add("stereo", sentence(), np.stack([voice(rng, 1.5)] * 2, axis=1))

    for n, text in enumerate(UNREADABLE):
        add(f"text-{n}", text, voice(rng, 1.5))
    add("silent-0", sentence(), np.zeros(RATE))
    add("silent-1", sentence(), 1e-4 * voice(rng, 1.5))
    add("opposite", sentence(), np.stack([voice(rng, 1.5)] * 2, axis=1) * [1, -1])
    add("short-0", sentence(), voice(rng, 0.01))
    add("short-1", sentence(), voice(rng, 0.4))
    add("clipped", sentence(), (10 * voice(rng, 1.5)).clip(-1, 1))
    add("loud", sentence(), voice(rng, 1.5) * FULL, subtype="FLOAT")
    add("empty", sentence(), np.zeros(0))
    add("nan", sentence(), np.full(RATE, np.nan), subtype="FLOAT")
    add("duration", f"{sentence()}|1.5", voice(rng, 1.5))
    add("four", f"{sentence()}|{sentence()}|joe", voice(rng, 1.5))
    add("no text", "|", voice(rng, 1.5))
    add("good-00", sentence(), voice(rng, 1.5))
    rows.append(f"missing|{sentence()}")
    rows.append(f"foreign|{sentence()}")
    (wavs / "foreign.m4a").write_bytes(b"\0\0\0 ftypM4A ")
    rows.append(f"damaged|{sentence()}")
    (wavs / "damaged.wav").write_bytes(b"no sound")
    rows.append(f"twin|{sentence()}")
    for folder in ("chapter 2", "."):
        (wavs / folder / "again").mkdir()
        soundfile.write(wavs / folder / "again" / "twin.wav", voice(rng, 1.5), RATE)

    (root / "metadata.csv").write_text("\n".join(rows) + "\n", encoding="utf-8-sig")
    ids = [Path(row.split("|")[0].replace(".wav", "")).name for row in rows[1:]]
    held_out = ["good-10", "good-11", "unknown"]
    train = [f"DUMMY/{it}.wav|{it}" for it in ids if it not in held_out]
    for name, listed in (("train", train), ("validation", held_out)):
        (root / "splits" / f"{name}.txt").write_text("\n".join(listed) + "\n", "utf-8-sig")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
