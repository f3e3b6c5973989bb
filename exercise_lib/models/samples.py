"""What an evaluation leaves to hear and to look at: whole files, since processes share them."""

from __future__ import annotations

from pathlib import Path

import soundfile
import torch
from torch import Tensor

from exercise_lib.speech import plots
from exercise_lib.train.checkpoint import keep


def keep_sound(path: Path, waveform: Tensor, sample_rate: int) -> None:
    """Write a waveform `(samples,)` as FLAC; see `keep`."""
    samples = waveform.numpy()
    keep(path, lambda file: soundfile.write(file, samples, sample_rate, format="FLAC"))


def keep_alignment(path: Path, alignment: Tensor, truth: Tensor | None) -> None:
    """Write an alignment `(T_enc, T_dec)` as tensor (.pt) and as picture (.png); see `keep`."""
    from matplotlib.figure import Figure

    keep(path.with_suffix(".pt"), lambda file: torch.save(alignment.half(), file))
    figure = Figure(figsize=(10, 5), layout="constrained")
    plots.alignment(alignment, figure.subplots(), truth=truth, title=path.stem)
    keep(path.with_suffix(".png"), lambda file: figure.savefig(file, format="png"))
