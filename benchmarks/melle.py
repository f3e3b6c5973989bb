"""How MELLE in small reads, beside the kept Tacotron and a person: one run.

python -m benchmarks.melle             the kept weights: words understood, alignment, and how ten
                                       readings of a sentence differ; `--write` keeps the figures
python -m benchmarks.melle --train     also trains what notebook 16 trains, from two seeds, four
                                       minutes of one core each, in build/melle-live

The person is the speaker of Debian's asterisk-core-sounds-en-g722, who read some prompts two or
three times; where they are not installed, the figures that were kept stay. Nothing of them is
stored.
"""

import dataclasses
import json
import math
import re
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from rich.console import Console

from autograder.paths import REPOSITORY, ROOT
from benchmarks.solved import solved_modules
from benchmarks.speech import PRETRAINED, speech, test_sentences
from benchmarks.tables import table

KEPT = REPOSITORY.data / "melle"
MEASURED = REPOSITORY.exercise_lib / "readings" / "measured.json"
RUNS = ROOT / "build" / "melle-live"
READ = 20  # test sentences that are read several times
ALL = 100  # test sentences
DRAWS = 10  # readings of each
TEMPERATURES = (0.0, 0.5, 2.0)  # besides 1
FEWER = 40  # test sentences that are heard at these
ALONE = ("Tacotron", "MELLE", "MELLE, no dropout")  # that all test sentences are heard of
SEEDS = (0, 1)
HERS = 120.0, 400.0  # Hz, where a person's pitch is looked for
WORDS = 3  # a prompt that a person read again has as many or more
SPOKEN = 0.03  # of the loudest frame of a prompt: below, before and behind is silence

Row = dict[str, Any]
Rows = dict[str, Row]


def main(
    utterances: Annotated[int, typer.Option(help="How many of the test split.")] = ALL,
    train: Annotated[bool, typer.Option("--train", help="Train and score, too.")] = False,
    write: Annotated[bool, typer.Option("--write", help="Keep the figures.")] = False,
) -> None:
    """Measure the kept MELLE and the kept Tacotron on sentences they never saw."""
    torch.set_num_threads(1)
    with solved_modules():
        kinds = measure(utterances)
        if train:
            kinds["live"] = live()
    console = Console()
    for name, rows in kinds.items():
        console.print(table(name, rows))
    if write:
        path = KEPT / "scores.json"
        before = json.loads(path.read_text()) if path.exists() else {}
        kinds["readings"] = before.get("readings", {}) | kinds["readings"]
        path.write_text(json.dumps(before | kinds, indent=1) + "\n")
        measured = {name: kinds[name] for name in ("readings", "temperature")}
        MEASURED.write_text(json.dumps(measured, indent=1) + "\n")


def measure(n_utterances: int) -> dict[str, Rows]:
    """Return all figures of the kept weights: table -> row -> name -> figure."""
    spoken = {name: heard(it, n_utterances) for name, it in readers().items() if name in ALONE}
    rows = {name: spread(it, READ) for name, it in readers().items()}
    warmer = {"1": spoken["MELLE"] | rows["MELLE"]}
    for temperature in TEMPERATURES:
        reader = dataclasses.replace(readers()["MELLE"], temperature=temperature)
        warmer[f"{temperature:g}"] = heard(reader, FEWER) | spread(reader, READ // 2)
    return {
        "text to speech": spoken,
        "readings": rows | person(),
        "temperature": dict(sorted(warmer.items())),
    }


@cache
def readers() -> dict[str, Any]:
    """Return the ways to read that are compared, by name."""
    from exercise_lib.models.pretrained import load_tacotron, load_vocoder
    from exercise_lib.readings.network import Melle, load_melle
    from exercise_lib.readings.speaking import Reader

    class Deaf(Melle):
        """A MELLE that never hears what it has drawn."""

        def fed_back(self, parameters: torch.Tensor, drawn: torch.Tensor) -> torch.Tensor:
            return self.draw(parameters, 0.0)[2][:, :, -1]

    tacotron, melle = load_tacotron(folder=PRETRAINED), load_melle(KEPT)
    deaf = Deaf(melle.config).eval()
    deaf.load_state_dict(melle.state_dict())
    vocoder = load_vocoder(PRETRAINED)
    return {
        "Tacotron": Reader(tacotron, vocoder),
        "Tacotron, no dropout": Reader(tacotron, vocoder, dropout=False),
        "MELLE": Reader(melle, vocoder),
        "MELLE, no dropout": Reader(melle, vocoder, dropout=False),
        "MELLE, temperature 0": Reader(melle, vocoder, temperature=0.0),
        "MELLE, no dropout, the mean fed back": Reader(deaf, vocoder, dropout=False),
    }


class Way:
    """A reader in the place of a network, for `benchmarks.speech`."""

    def __init__(self, reader: Any) -> None:
        self.reader, self.config = reader, reader.network.config

    def infer(self, tokens: torch.Tensor, most: int) -> Any:
        from exercise_lib.readings.network import Melle
        from exercise_lib.readings.speaking import prenet_dropout

        reader = self.reader
        more = (reader.temperature,) if isinstance(reader.network, Melle) else ()
        with prenet_dropout(reader.network, reader.dropout):
            return reader.network.infer(tokens, most, *more)


def heard(reader: Any, n_utterances: int) -> Row:
    """Return how many sentences end, words that are misunderstood, and the alignment."""
    utterances, recognise = listener()
    torch.manual_seed(0)
    with torch.inference_mode():
        return speech(Way(reader), utterances[:n_utterances], recognise)


@cache
def listener() -> tuple[list, Any]:
    """Return the test sentences and the recogniser that listens to them."""
    return test_sentences(ALL)


def spread(reader: Any, n_texts: int) -> Row:
    """Return how much readings of a sentence differ, means over sentences with their errors."""
    utterances, _ = listener()
    return differences(
        [
            measured([it.waveform for it in reader.several(utterance.text, DRAWS)])
            for utterance in utterances[:n_texts]
        ]
    )


def measured(waveforms: Sequence[torch.Tensor], *where: float) -> list[tuple[float, float]]:
    """Return of each reading how high it is, beside the contour that all share, and log length."""
    from exercise_lib.readings.pitch import contours

    f0, shared = contours(waveforms, *where)
    heights = (f0 / shared).log().nanmean(dim=1)
    return [(float(h), math.log(len(it))) for h, it in zip(heights, waveforms, strict=True)]


def differences(by_text: Sequence[Sequence[tuple[float, float]]]) -> Row:
    """Return the mean deviation of log pitch and of log length over readings of the same text.

    The deviation of n numbers is on average c4(n) times that of what they are drawn from.
    """
    row: Row = {}
    for place, name in enumerate(("pitch", "length")):
        values = [statistics.stdev(it[place] for it in its) / c4(len(its)) for its in by_text]
        row[name] = round(statistics.fmean(values), 4)
        row[f"{name} error"] = round(statistics.stdev(values) / math.sqrt(len(values)), 4)
    return row | {"texts": len(by_text)}


def c4(n: int) -> float:
    return math.sqrt(2 / (n - 1)) * math.exp(math.lgamma(n / 2) - math.lgamma((n - 1) / 2))


def person() -> Rows:
    """Return how much a person's readings of the same prompt differ; nothing without prompts."""
    sys.path.append(str(REPOSITORY.root / "tests"))
    from human_speech import SOUNDS, prompts

    if not SOUNDS.is_dir():
        return {}
    same: dict[str, list[str]] = defaultdict(list)
    for key, text in prompts().items():
        same[" ".join(re.findall(r"[a-z']+", text.lower()))].append(key)
    by_text = [
        measured([spoken_part(SOUNDS / f"{key}.g722") for key in keys], *HERS)
        for text, keys in same.items()
        if len(keys) > 1 and len(text.split()) >= WORDS
    ]
    return {"a person": differences(by_text)}


def spoken_part(path: Path) -> torch.Tensor:
    """Return a prompt at 16 kHz without the silence around it."""
    command = ["ffmpeg", "-v", "error", "-f", "g722", "-i", str(path), "-ac", "1", "-f", "f32le"]
    data = subprocess.run([*command, "-"], check=True, capture_output=True).stdout
    waveform = torch.from_numpy(np.frombuffer(data, dtype=np.float32).copy())
    hop = 256
    loudness = waveform[: len(waveform) // hop * hop].view(-1, hop).square().mean(1).sqrt()
    loud = (loudness > SPOKEN * loudness.max()).nonzero()
    return waveform[int(loud.min()) * hop : (int(loud.max()) + 1) * hop]


def live() -> Rows:
    """Train what notebook 16 trains from several seeds, and return scores along the way."""
    from exercise_lib.readings.melle_training import MelleTrainingConfig
    from exercise_lib.train import train

    rows = {}
    for seed in SEEDS:
        folder = RUNS / str(seed)
        spent = folder / "processor_seconds.txt"
        begin = time.process_time()
        data = REPOSITORY.data / "corpus"
        _, log = train("melle", folder, MelleTrainingConfig(), data, seed=seed, evaluate_every=50)
        if not spent.exists():
            spent.write_text(str(time.process_time() - begin))
        row = {"processor seconds": round(float(spent.read_text()))}
        for entry in log:
            if entry["step"] % 100 == 0:
                row |= {f"{it} at {entry['step']}": round(entry[it], 3) for it in ("mass", "rc")}
        rows[f"seed {seed}"] = row
    return rows


if __name__ == "__main__":
    typer.run(main)
