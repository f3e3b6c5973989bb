"""Pieces played on sampled instruments, by FluidSynth and a bank of sounds that are installed."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from exercise_lib.files.unusable import UnusableData
from exercise_lib.images.widgets import with_article
from exercise_lib.music.clap_encoders import KEPT, Clap
from exercise_lib.music.instruments import RATE
from exercise_lib.music.pieces import Piece, World, draw_pieces
from exercise_lib.music.render import SAMPLES

# Where Debian's packages put their banks
BANKS = (Path("/usr/share/sounds/sf2/TimGM6mb.sf2"), Path("/usr/share/sounds/sf2/default-GM.sf2"))
INSTALL = "apt-get install fluidsynth timgm6mb-soundfont"

# Numbers of General MIDI, from 0: guitars and harp; flute, recorder, ocarina; organs; chimes; brass
PROGRAMS = {
    "plucked": {"nylon guitar": 24, "steel guitar": 25, "harp": 46},
    "flute": {"flute": 73, "recorder": 74, "ocarina": 79},
    "organ": {"drawbar organ": 16, "rock organ": 18, "church organ": 19},
    "bell": {"glockenspiel": 9, "vibraphone": 11, "tubular bells": 14},
    "brass": {"trumpet": 56, "trombone": 57, "brass section": 61},
}
DRUM_KEYS = {"kick": 36, "hats": 42}
DRUM_CHANNEL = 9
SLOT = 4.0  # seconds from one piece to the next
TICKS = 1000  # a second


TEMPLATES = (
    *("a {} melody", "a {} tune", "a slow {} melody", "a fast {} melody"),
    *("a {} melody without drums", "a {} melody in the middle register"),
)
RECORDED = "bank.json"


@dataclass(frozen=True, eq=False)
class Sampled:
    """Pieces as sampled instruments play them."""

    names: list[str]  # of the sampled instruments, such as "recorder"
    pieces: list[Piece]
    sounds: Tensor  # (B, 48000) float32


def find_bank() -> Path:
    """Return an installed bank of sampled instruments.

    Raises: UnusableData: there is none, or no FluidSynth; the message says what to install.
    """
    found = [it for it in BANKS if it.is_file()]
    if not found or not shutil.which("fluidsynth"):
        raise UnusableData(
            "FluidSynth or its bank of sampled instruments is missing. On Debian and Ubuntu: "
            f"{INSTALL}"
        )
    return found[0]


def sampled_pieces(n: int, bank: Path | None = None) -> Sampled:
    """Play n pieces, drawn from all kinds of the instrument, on each of the 15 sampled ones.

    Args: bank: default: `find_bank()`.
    Raises: UnusableData: there is no bank, or it can't be played.
    """
    names, pieces, programs = [], [], []
    for instrument, sampled in PROGRAMS.items():
        for name, program in sampled.items():
            drawn = draw_pieces(n, 900 + program, World(instruments=(instrument,)))
            names += [name] * n
            pieces += drawn
            programs += [program] * n
    return Sampled(names, pieces, play_sampled(pieces, programs, bank or find_bank()))


def confusion(model: Clap, sampled: Sampled, zero_shot: Callable[..., Tensor]) -> Tensor:
    """Return how often each instrument is named as which, `(5, 5)`: a row for each that played.

    Args: zero_shot: the student's, `(sounds (B, d), prompts (K, P, d)) -> (B,)`.
    """
    sentences = [[with_article(it.format(name)) for it in TEMPLATES] for name in PROGRAMS]
    prompts = torch.stack([model.read(its) for its in sentences])  # (5, 6, d)
    counts = torch.zeros(len(PROGRAMS), len(PROGRAMS))
    found = zero_shot(model.hear(sampled.sounds), prompts).tolist()
    for piece, number in zip(sampled.pieces, found, strict=True):
        counts[list(PROGRAMS).index(piece.kind.instrument), number] += 1
    return counts


def recorded() -> dict[str, Tensor]:
    """Return such counts as they were measured, by the name of the weights.

    Raises: UnusableData: the file is missing.
    """
    path = KEPT / RECORDED
    if not path.exists():
        raise UnusableData(f"{path} is missing. Copy data/clap from the repository.")
    return {name: torch.tensor(it) for name, it in json.loads(path.read_text()).items()}


def play_sampled(pieces: Sequence[Piece], programs: Sequence[int], bank: Path) -> Tensor:
    """Return pieces as sampled instruments play them, `(B, 48000)` float32, each of peak 0.8.

    Args: programs: the General MIDI number of each piece's instrument, from 0.
    Raises: UnusableData: FluidSynth can't play them.
    """
    with tempfile.TemporaryDirectory() as folder:
        score, sound = Path(folder, "score.mid"), Path(folder, "sound.wav")
        score.write_bytes(midi(pieces, programs))
        settings = ["-n", "-i", "-q", "-R", "0", "-C", "0", "-r", str(RATE), "-F", str(sound)]
        run = subprocess.run(
            ["fluidsynth", *settings, str(bank), str(score)], capture_output=True, text=True
        )
        if run.returncode or not sound.exists():
            raise UnusableData(f"FluidSynth could not play with {bank}: {run.stderr.strip()}")
        import soundfile

        samples, _ = soundfile.read(sound, dtype="float32", always_2d=True)
    waveform = torch.from_numpy(samples.mean(axis=1))
    n = int(SLOT * RATE)
    waveform = torch.nn.functional.pad(waveform, (0, max(0, n * len(pieces) - len(waveform))))
    sounds = waveform[: n * len(pieces)].reshape(len(pieces), n)[:, :SAMPLES]
    return 0.8 * sounds / sounds.abs().amax(1, keepdim=True).clamp(min=1e-6)


def midi(pieces: Sequence[Piece], programs: Sequence[int]) -> bytes:
    """Return a MIDI file that plays pieces one after another, a thousand ticks a second."""
    events: list[tuple[int, int, bytes]] = []  # tick, order within it, message
    for number, (piece, program) in enumerate(zip(pieces, programs, strict=True)):
        begin = SLOT * number
        events.append((round(TICKS * begin), 0, bytes([0xC0, program])))
        played = [(0, round(it.pitch), it.start, it.seconds) for it in piece.notes]
        if piece.strikes:
            key = DRUM_KEYS[piece.kind.drums]
            played += [(DRUM_CHANNEL, key, it, 0.1) for it in piece.strikes]
        for channel, key, start, seconds in played:
            on, off = (round(TICKS * (begin + it)) for it in (start, start + seconds))
            events.append((on, 2, bytes([0x90 | channel, key, 100])))
            events.append((off, 1, bytes([0x80 | channel, key, 0])))
    events.append((round(TICKS * SLOT * len(pieces)), 3, bytes([0xFF, 0x2F, 0x00])))
    track, now = b"", 0
    for tick, _, message in sorted(events):
        track += variable_length(tick - now) + message
        now = tick
    # 500 ticks a quarter, which lasts half a second where nothing else is said
    header = b"MThd" + struct.pack(">IHHH", 6, 0, 1, TICKS // 2)
    return header + b"MTrk" + struct.pack(">I", len(track)) + track


def variable_length(number: int) -> bytes:
    """Return a number as MIDI files have it: seven bits a byte, the last one without a mark."""
    digits = [number & 0x7F]
    while number := number >> 7:
        digits.insert(0, number & 0x7F | 0x80)
    return bytes(digits)
