"""Draw the picture sheet of the voices: of each a second of speech, up to 3 kHz.

    python data/draw_voices.py

needs data/voices, of build_voices.py. Writes data/voices.png.
"""

from __future__ import annotations

import json
from pathlib import Path

import matplotlib.pyplot as plt
import torch
from matplotlib.axes import Axes
from torch import Tensor

from exercise_lib import figures
from exercise_lib.codec.spectra import SAMPLE_RATE, magnitude
from exercise_lib.speech.data import SpeechCorpus

HERE = Path(__file__).resolve().parent
VOICES, PICTURE = HERE / "voices", HERE / "voices.png"
N_FFT, HOP = 1024, 80  # samples
HIGHEST = 3000  # Hz
COLUMNS = 5
HEARD = {"m": "man", "f": "woman"}


def main() -> None:
    plt.switch_backend("agg")
    voices = json.loads((VOICES / "voices.json").read_text())
    corpus = SpeechCorpus(VOICES)
    n_rows = -(-len(voices) // COLUMNS)
    shape = {"sharex": True, "sharey": True, "layout": "constrained"}
    figure, axes = plt.subplots(n_rows, COLUMNS, figsize=(11, 1.9 * n_rows), **shape)
    for ax, (name, voice) in zip(axes.flat, voices.items(), strict=False):
        first = next(it for it in corpus.ids if it.rpartition("-")[0] == name)
        draw(corpus[first].waveform, ax)
        held_out = ", held out" if voice["held_out"] else ""
        ax.set_title(f"{name}\n{HEARD[voice['sex']]}, {voice['median_f0']:.0f} Hz{held_out}")
    for ax in axes.flat[len(voices) :]:
        ax.set_axis_off()
    for ax in axes[:, 0]:
        ax.set_ylabel("kHz")
    for ax in axes[-1]:
        ax.set_xlabel("time (s)")
    figure.savefig(PICTURE, dpi=60, metadata={"Software": None})


def draw(waveform: Tensor, ax: Axes) -> None:
    """Draw the second of a waveform `(samples,)` that begins where it is first loud."""
    loud = waveform.abs() > 0.1 * waveform.abs().max()
    begin = int(loud.int().argmax())
    levels = magnitude(waveform[None, begin : begin + SAMPLE_RATE], N_FFT, HOP)[0]
    decibels = 20 * (levels / levels.max()).clamp(min=1e-3).log10()
    lowest = torch.as_tensor(decibels)[: HIGHEST * N_FFT // SAMPLE_RATE]
    extent = (0.0, 1.0, 0.0, HIGHEST / 1000)
    figures.image(lowest, ax, cmap=figures.colours.MEL, limits=(-50, 0), extent=extent)


if __name__ == "__main__":
    main()
