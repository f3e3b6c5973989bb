"""`python -m exercise_lib.train tacotron`: what is trained is a task of `models/`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from exercise_lib.models.students import BrokenModule
from exercise_lib.speech.data import DataError
from exercise_lib.train.checkpoint import CheckpointError
from exercise_lib.train.engine import TrainingError
from exercise_lib.train.session import find_task, read_config, train


def main(
    name: Annotated[str, typer.Argument(help="tacotron, vocoder, or package.module:Class.")],
    folder: Annotated[Path, typer.Option(help="Checkpoints, samples and the log.")] = Path("run"),
    config: Annotated[Path | None, typer.Option(help="A JSON file of settings.")] = None,
    data: Annotated[Path | None, typer.Option(help="A folder of what it learns from.")] = None,
    seed: int = 0,
    devices: Annotated[int, typer.Option(help="Processes, or GPUs.")] = 1,
    precision: Annotated[str, typer.Option(help="bf16-mixed on a GPU.")] = "32-true",
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Go on without data that can't be used.")
    ] = False,
) -> None:
    """Train; the same command goes on where a stopped run was."""
    try:
        settings = read_config(find_task(name).config_type, config) if config else None
        if config and settings is None:
            raise TrainingError(f"{config} does not exist")
        train(
            name,
            folder,
            settings,
            data,
            seed=seed,
            devices=devices,
            precision=precision,
            skip_bad=skip_bad,
        )
    except (TrainingError, CheckpointError, DataError, BrokenModule) as error:
        sys.exit(f"{type(error).__name__}: {error}")
    except KeyboardInterrupt:
        sys.exit(f"Stopped. The same command goes on from the last checkpoint in {folder}.")


if __name__ == "__main__":
    typer.run(main)
