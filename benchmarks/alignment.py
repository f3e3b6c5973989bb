"""How much of the true alignment attention finds in 300 steps: `python -m benchmarks.alignment`.

Trains the Tacotron of notebook 06 three times: guided by a line, by a first alignment of the
letters' spectra, and by the truth itself, which is the most that this model can reach. Beside them
stands what the first alignment scores without a network, and what a truth would that is spread over
neighbouring letters. Scores are on the validation split.
"""

import dataclasses
import math
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from rich.console import Console
from torch import Tensor

from autograder.paths import REPOSITORY
from benchmarks.solved import solved_modules
from benchmarks.tables import table

CORPUS = REPOSITORY.data / "corpus"
STEPS = 300
ALWAYS = 10**9  # steps until which the weight of the truth falls
EVERY = 100
SPREADS = (1.0, 1.5, 2.0)  # characters, standard deviation

Row = dict[str, Any]


def main() -> None:
    torch.set_num_threads(1)
    console = Console()
    with solved_modules(), tempfile.TemporaryDirectory() as name:
        from exercise_lib.models.tacotron_training import TacotronConfig

        folder, searched = Path(name), TacotronConfig(steps=STEPS)
        line = dataclasses.replace(searched, guided_by="line", guided_until=120, guided_weight=1.0)
        truth = dataclasses.replace(searched, guided_until=ALWAYS)
        runs = {
            "guided by a line": trained(folder / "line", line),
            "guided by a first alignment": trained(folder / "search", searched),
            "guided by the truth": trained(folder / "truth", truth, by_truth=True),
        }
        rows = {name: over_steps(log) for name, (_, log) in runs.items()}
        console.print(table("rc (and mass) by training step, 20 sentences", rows))
        task, _ = runs["guided by a first alignment"]
        rows = {"a first alignment, without a network": mean_scores(task.train, first_alignment)}
        for spread in SPREADS:
            rows[f"the truth, spread by {spread:g} characters"] = mean_scores(
                task.held_out, partial(blurred, spread=spread)
            )
        console.print(table("without training", rows))
        console.print(table("what is hard", {name: hard(task) for name, (task, _) in runs.items()}))


def trained(
    folder: Path, config: Any, by_truth: bool = False
) -> tuple[Any, list[dict[str, float]]]:
    """Train from nothing, always from the same weights; return the task and its log."""
    from exercise_lib.models.tacotron_training import TacotronTask
    from exercise_lib.speech.data import SpeechCorpus
    from exercise_lib.train.engine import RunSettings, fit, make_fabric, seed_step

    settings = RunSettings(folder, config.steps, evaluate_every=EVERY)
    fabric = make_fabric(settings)
    seed_step(settings.seed, 0, 0)
    task = TacotronTask(config, SpeechCorpus(CORPUS), fabric)
    if by_truth:
        task.train = [dataclasses.replace(it, guess=it.truth.float()) for it in task.train]
    return task, fit(task, settings, fabric)


def over_steps(log: list[dict[str, float]]) -> Row:
    return {str(it["step"]): f"{it['rc']:.3f} ({it['mass']:.3f})" for it in log}


def mean_scores(examples: list[Any], align: Callable[[Any], Tensor]) -> Row:
    """Return the mean scores of alignments `(T_enc, T_dec)` of examples."""
    from exercise_lib.models.tacotron_training import score_alignment

    scores = [score_alignment(align(it), it.truth) for it in examples]
    return {name: f"{sum(it[name] for it in scores) / len(scores):.3f}" for name in scores[0]}


def first_alignment(example: Any) -> Tensor:
    """Return the guess of an example as an alignment, `(T_enc, T_dec)`."""
    below = example.guess.floor().long()
    share = (example.guess - below)[:, None]
    n = len(example.tokens)
    here, there = (F.one_hot(it.clamp(max=n - 1), n) for it in (below, below + 1))
    return ((1 - share) * here + share * there).T


def blurred(example: Any, spread: float) -> Tensor:
    """Return the truth of an example, spread over neighbouring characters, `(T_enc, T_dec)`."""
    distance = torch.arange(len(example.tokens))[:, None] - example.truth
    near = torch.exp(-distance.square() / (2 * spread**2))
    return near / near.sum(dim=0)


def hard(task: Any) -> Row:
    """Return rc with and without a pause, and how far attention is from letters, in characters."""
    from exercise_lib.models.tacotron_training import score_alignment
    from exercise_lib.speech.data import SpeechCorpus
    from exercise_lib.speech.splits import split_corpus

    _, utterances = split_corpus(SpeechCorpus(CORPUS))
    task.model.eval()
    rc: dict[bool, list[float]] = {True: [], False: []}
    squares: dict[str, list[float]] = {}
    with torch.inference_mode():
        for example, utterance in zip(task.held_out, utterances, strict=True):
            alignment, _ = task.read(example)
            rc["," in utterance.text].append(score_alignment(alignment, example.truth)["rc"])
            centroid = torch.arange(len(alignment), dtype=torch.float) @ alignment
            kinds = kinds_of_letters(utterance)
            for step, position in enumerate(example.truth.tolist()):
                error = float(centroid[step]) - position
                squares.setdefault(kinds[position], []).append(error**2)
    row = {
        f"rc, {'a pause inside' if paused else 'no pause'}": f"{sum(it) / len(it):.3f}"
        for paused, it in rc.items()
    }
    return row | {
        f"error, {kind}": f"{math.sqrt(sum(it) / len(it)):.2f}"
        for kind, it in sorted(squares.items())
    }


def kinds_of_letters(utterance: Any) -> list[str]:
    """Say of each character whether a phoneme is its own or shared with others, or a pause."""
    spans, phonemes = utterance.alignment.characters, utterance.alignment.phonemes
    middles = [(it.start + it.end) / 2 for it in spans]
    sounds = [
        next((i for i, it in enumerate(phonemes) if it.start <= middle < it.end), -1)
        for middle in middles
    ]
    lasting = [sound for sound, it in zip(sounds, spans, strict=True) if it.end > it.start]
    return [
        "pauses"
        if not it.symbol.isalpha()
        else "letters that share a sound"
        if lasting.count(sound) > 1
        else "letters with their own sound"
        for sound, it in zip(sounds, spans, strict=True)
    ]


if __name__ == "__main__":
    main()
