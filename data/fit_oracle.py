"""Fit what names the 28 voices of build_digits.py, on their speech as the codec decodes it.

python data/fit_oracle.py              writes data/digits/oracle.npz, ten minutes of one core

Of each voice it hears 40 sentences of build/digits, of the held-out ones 28, and none of those
that students get to test with.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import torch
import typer
from rich.progress import track

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent))
from exercise_lib.codec.networks import load_codec
from exercise_lib.valle.listening import VoiceOracle
from exercise_lib.valle.spoken import load_spoken

EACH = 40  # sentences of a voice


def main(
    source: Annotated[Path, typer.Option()] = HERE.parent / "build" / "digits",
    out: Annotated[Path, typer.Option()] = HERE / "digits",
) -> None:
    """Fit and write it, and say how often it is right of what students test with."""
    torch.set_num_threads(1)
    splits, kept, codec = load_spoken(source), load_spoken(out)["test"], load_codec()
    waveforms, names = [], []
    for name in track(kept.names):
        its = splits["train"].of_voice(name)
        if not len(its):
            its = splits["test"].of_voice(name)
            its = its.only([n for n, key in enumerate(its.keys) if key not in set(kept.keys)])
        for n in range(min(EACH, len(its))):
            waveforms.append(codec.decode(its.codes[n, :, : its.lengths[n]]))
            names.append(name)
    oracle = VoiceOracle.fitted(waveforms, names)
    oracle.save(out / "oracle.npz")
    right = [
        oracle(codec.decode(kept.codes[n, :, : kept.lengths[n]])) == kept.names[kept.voices[n]]
        for n in range(len(kept))
    ]
    print(f"{sum(right) / len(right):.3f} of {len(right)} are named right")


if __name__ == "__main__":
    typer.run(main)
