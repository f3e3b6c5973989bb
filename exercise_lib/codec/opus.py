"""Opus, the codec of telephones and browsers, as a measure: `opusenc` where it is installed."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import soundfile
import torch
from torch import Tensor

SAMPLE_RATE = 16_000  # Hz
RATES = (6, 8, 12, 16)  # kb/s that are asked for
RECORDED = Path(__file__).with_name("opus.json")


def is_installed() -> bool:
    """Say whether opusenc and opusdec can be run (package opus-tools)."""
    return all(map(shutil.which, ("opusenc", "opusdec")))


def recorded() -> dict[str, dict[str, Any]]:
    """Return what was measured with opus-tools 0.2, libopus 1.3.1: kb/s asked for -> scores."""
    return json.loads(RECORDED.read_text())


def opus_copies(waveforms: Sequence[Tensor], kilobits: int) -> tuple[list[Tensor], float]:
    """Code and decode waveforms `(samples,)`.

    Args: kilobits: a second, as asked for; the least that Opus takes is 6.
    Returns: the copies, and the kb/s of the files, which are more
    """
    copies, n_bytes = [], 0
    with tempfile.TemporaryDirectory() as folder:
        plain, coded, decoded = (Path(folder) / f"sound.{it}" for it in ("wav", "opus", "out.wav"))
        for waveform in waveforms:
            soundfile.write(plain, waveform.numpy(), SAMPLE_RATE)
            options = f"--quiet --speech --framesize 60 --bitrate {kilobits}".split()
            _run("opusenc", *options, str(plain), str(coded))
            _run("opusdec", "--quiet", "--rate", str(SAMPLE_RATE), str(coded), str(decoded))
            samples, _ = soundfile.read(decoded, dtype="float32")
            copies.append(torch.from_numpy(samples[: len(waveform)]))
            n_bytes += coded.stat().st_size
    seconds = sum(map(len, waveforms)) / SAMPLE_RATE
    return copies, 8 * n_bytes / seconds / 1000


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
