"""How well speech that runs freely could follow its truth: `python -m benchmarks.ceiling`.

The Tacotron that taught itself is trained on, and its attention drawn to the true alignment
meanwhile. What it scores then when it speaks alone is the most that this model can reach, by the
same measure: dynamic time warping, which carries the truth of a recording over to other speech of
the same text, has its own errors, and they are in all figures. The kept Tacotron went on from the
same weights, its attention drawn to alignments that were found without the truth.
"""

import dataclasses
import tempfile
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from rich.console import Console

from benchmarks.alignment import ALWAYS, CORPUS
from benchmarks.solved import solved_modules
from benchmarks.speech import PRETRAINED, alignment, speech, test_sentences
from benchmarks.tables import table

LEARNING_RATE = 1e-3
SELF_TAUGHT = 5000  # the step until which only a first alignment guided, and that at the start


def main(
    steps: Annotated[int, typer.Option(help="Training steps towards the truth.")] = 500,
    utterances: Annotated[int, typer.Option(help="How many of the test split.")] = 100,
) -> None:
    """Score the Tacotron that taught itself, the kept one, and what the truth makes of it."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    with solved_modules(), tempfile.TemporaryDirectory() as name:
        from exercise_lib.models.pretrained import load_tacotron

        sentences, recognise = test_sentences(utterances)
        models = {
            "as it taught itself": load_tacotron(SELF_TAUGHT, PRETRAINED),
            "as it is kept": load_tacotron(folder=PRETRAINED),
        }
        models[f"{steps} steps towards the truth"] = taught(steps, Path(name))
        with torch.inference_mode():
            alone = {name: speech(it, sentences, recognise) for name, it in models.items()}
            taught_by = {name: alignment(it, sentences) for name, it in models.items()}
    Console().print(table("free running", alone))
    Console().print(table("teacher forcing", taught_by))


def taught(steps: int, folder: Path) -> Any:
    """Return the self-taught one after some steps that draw its attention to the truth."""
    from exercise_lib.models.pretrained import load_tacotron
    from exercise_lib.models.tacotron_training import TacotronConfig, TacotronTask
    from exercise_lib.speech.data import SpeechCorpus
    from exercise_lib.train.engine import RunSettings, fit, make_fabric, seed_step

    before = load_tacotron(SELF_TAUGHT, PRETRAINED)
    config = TacotronConfig(
        reduction_factor=before.config.reduction_factor,
        dropout=before.config.dropout,
        learning_rate=LEARNING_RATE,
        steps=steps,
        guided_until=ALWAYS,
    )
    settings = RunSettings(folder, steps, evaluate_every=steps)
    fabric = make_fabric(settings)
    seed_step(settings.seed, 0, 0)
    task = TacotronTask(config, SpeechCorpus(CORPUS), fabric)
    task.network.load_state_dict(before.state_dict())
    task.train = [dataclasses.replace(it, guess=it.truth.float()) for it in task.train]
    fit(task, settings, fabric)
    return task.network.eval()


if __name__ == "__main__":
    typer.run(main)
