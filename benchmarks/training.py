"""What a laptop learns, with the notebooks' recipes: `python -m benchmarks.training`.

Trains the Tacotron of notebook 06 and the vocoder of notebook 05 from nothing, and prints the
scores on held-out sentences along the way. The Tacotron goes on as it does in the background; after
both parts it speaks the test split.
"""

import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from rich.console import Console

from autograder.paths import REPOSITORY
from benchmarks.solved import solved_modules
from benchmarks.speech import speech, test_sentences
from benchmarks.tables import table

LONGER = 1600  # steps, in the background of notebook 06
SENTENCES = 100  # of the test split
GOOD = {"mass": 0.75, "rc": 0.65}  # a diagonal


def main() -> None:
    torch.set_num_threads(1)
    console = Console()
    with solved_modules(), tempfile.TemporaryDirectory() as folder:
        from exercise_lib.models.tacotron_training import TacotronConfig
        from exercise_lib.models.vocoder_training import VocoderConfig

        utterances, recognise = test_sentences(SENTENCES)
        spoken = {}
        for config in (TacotronConfig(), TacotronConfig(steps=LONGER)):
            task, log = trained("tacotron", Path(folder), config, evaluate_every=50)
            model = task.model.module.eval()
            with torch.inference_mode():
                spoken[f"{config.steps} steps"] = speech(model, utterances, recognise)
        console.print(table("Tacotron of notebook 06, by step", rows(log)))
        console.print(when_good(log))
        console.print(table("free running, kept vocoder", spoken))
        _, log = trained("vocoder", Path(folder), VocoderConfig(), evaluate_every=500)
        console.print(table("vocoder of notebook 05, by step", rows(log)))


def trained(
    name: str, folder: Path, config: Any, evaluate_every: int
) -> tuple[Any, list[dict[str, float]]]:
    """Train, or go on; print the processor's time of it, and return the task and its log."""
    from exercise_lib.train import train
    from exercise_lib.train.checkpoint import load_checkpoint

    before = load_checkpoint(folder / name)
    steps = config.steps - (before["step"] if before else 0)
    start = time.process_time()
    task, log = train(
        name, folder / name, config, REPOSITORY.data / "corpus", evaluate_every=evaluate_every
    )
    seconds = time.process_time() - start
    print(f"{steps / seconds:.1f} steps in a second of processor time, measuring included")
    return task, log


def rows(log: list[dict[str, float]]) -> dict[str, dict[str, str]]:
    """Return the log as rows of a table, by training step."""
    return {
        str(entry["step"]): {name: f"{x:.3f}" for name, x in entry.items() if name != "step"}
        for entry in log
    }


def when_good(log: list[dict[str, float]]) -> str:
    """Say when the alignment first became a diagonal, by the ground truth."""
    for entry in log:
        if all(entry[name] >= least for name, least in GOOD.items()):
            return (
                f"A diagonal {GOOD} at step {entry['step']}, after {entry['seconds'] / 60:.1f} min."
            )
    return f"No diagonal {GOOD} within {log[-1]['step']} steps."


if __name__ == "__main__":
    main()
