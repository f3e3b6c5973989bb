"""`python -m exercise_lib.train tacotron`: what is trained is a task of `models/`."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import Annotated

import typer

from exercise_lib.files.unusable import UnusableData
from exercise_lib.models.students import BrokenModule
from exercise_lib.train.checkpoint import CheckpointError
from exercise_lib.train.session import find_task, read_config, train
from exercise_lib.train.settings import TrainingError, make_settings


def main(
    name: Annotated[str, typer.Argument(help="tacotron, clip, ..., or package.module:Class.")],
    folder: Annotated[Path, typer.Option(help="Checkpoints, samples and the log.")] = Path("run"),
    config: Annotated[Path | None, typer.Option(help="A JSON file of settings.")] = None,
    steps: Annotated[int | None, typer.Option(help="Instead of the file's.")] = None,
    batch: Annotated[int | None, typer.Option(help="Instead of the file's.")] = None,
    learning_rate: Annotated[
        float | None, typer.Option(help="Instead of the file's; a run may go on with a lower one.")
    ] = None,
    evaluate_every: Annotated[int, typer.Option(help="Steps.")] = 100,
    checkpoint_every: Annotated[int, typer.Option(help="Steps.")] = 100,
    data: Annotated[Path | None, typer.Option(help="A folder of what it learns from.")] = None,
    seed: int = 0,
    devices: Annotated[int, typer.Option(help="Processes, or GPUs.")] = 1,
    precision: Annotated[str, typer.Option(help="bf16-mixed on a GPU.")] = "32-true",
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Go on without data that can't be used.")
    ] = False,
) -> None:
    """Train; the same command goes on where a stopped run was."""
    given = {"steps": steps, "batch": batch, "learning_rate": learning_rate}
    changes = {key: value for key, value in given.items() if value is not None}
    try:
        kind = find_task(name).config_type
        settings = read_config(kind, config or folder / "config.json")
        if config and settings is None:
            raise TrainingError(f"{config} does not exist")
        before = {} if settings is None else dataclasses.asdict(settings)
        train(
            name,
            folder,
            make_settings(kind, before | changes),
            data,
            seed=seed,
            devices=devices,
            precision=precision,
            skip_bad=skip_bad,
            evaluate_every=evaluate_every,
            checkpoint_every=checkpoint_every,
        )
    except (TrainingError, CheckpointError, UnusableData, BrokenModule) as error:
        sys.exit(f"{type(error).__name__}: {error}")
    except KeyboardInterrupt:
        sys.exit(f"Stopped. The same command goes on from the last checkpoint in {folder}.")


if __name__ == "__main__":
    typer.run(main)
