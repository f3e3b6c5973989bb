"""One training run from its config to its log: what the command and the notebooks call."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lightning_fabric import Fabric

from exercise_lib.data import SpeechCorpus, find_data
from exercise_lib.train.checkpoint import replace_file
from exercise_lib.train.engine import (
    Observer,
    RunSettings,
    Task,
    TrainingError,
    fit,
    make_fabric,
    seed_step,
)
from exercise_lib.train.tacotron import TacotronConfig, TacotronTask
from exercise_lib.train.vocoder import VocoderConfig, VocoderTask
from exercise_lib.train.watch import LivePlot, ProgressBar

TaskMaker = Callable[[Any, SpeechCorpus, Fabric], Task]
TASKS: dict[str, tuple[type, TaskMaker]] = {
    "tacotron": (TacotronConfig, TacotronTask),
    "vocoder": (VocoderConfig, VocoderTask),
}


def train(
    name: str,
    folder: Path,
    config: Any = None,
    data: Path | None = None,
    *,
    seed: int = 0,
    devices: int = 1,
    precision: str = "32-true",
    evaluate_every: int = 100,
    checkpoint_every: int = 100,
) -> tuple[Task, list[dict[str, Any]]]:
    """Train, or go on where the run in `folder` was stopped.

    Args:
        name: "tacotron" or "vocoder".
        folder: where checkpoints, samples and the log go.
        config: a TacotronConfig or VocoderConfig; default: what the folder says, or the defaults.
        data: a folder in LJSpeech layout; default: `find_data()`.

    Returns: the trained task and its log.
    Raises: TrainingError, CheckpointError, DataError: each says what to do.
    """
    config_type, make_task = TASKS[name]
    before = read_config(config_type, folder / "config.json")
    config = config or before or config_type()
    refuse_other_settings(config, before, folder)
    settings = RunSettings(
        folder, config.steps, seed, evaluate_every, checkpoint_every, devices, precision
    )
    fabric = make_fabric(settings)
    seed_step(seed, 0, 0)  # every process starts from the same weights
    task = make_task(config, SpeechCorpus(data or find_data()), fabric)
    if fabric.is_global_zero:
        write_config(config, folder / "config.json")
    with ProgressBar(config.steps) as bar:
        watchers: list[Observer] = [bar] if fabric.is_global_zero else []
        if "ipykernel" in sys.modules:
            watchers.append(LivePlot(task))

        def observe(step: int, scores: dict[str, float]) -> None:
            for watcher in watchers:
                watcher(step, scores)

        log = fit(task, settings, fabric, observe)
    return task, log


def refuse_other_settings(config: Any, before: Any, folder: Path) -> None:
    """Raise TrainingError where a folder's run has other settings; more steps may be asked for."""
    if before is None:
        return
    now, then = dataclasses.asdict(config), dataclasses.asdict(before)
    for name in now.keys() - {"steps"}:
        if now[name] != then[name]:
            raise TrainingError(
                f"{folder} holds a run with {name} {then[name]}, not {now[name]}: choose another "
                "folder."
            )


def write_config(config: Any, path: Path) -> None:
    """Write a config dataclass as JSON."""
    text = json.dumps(dataclasses.asdict(config), indent=1) + "\n"
    replace_file(path, lambda file: file.write(text.encode()))


def read_config(config_type: type, path: Path) -> Any:
    """Read a config written by `write_config`, or None where there is none.

    Raises: TrainingError: the file is no such config; it names the file and what is wrong.
    """
    if not path.exists():
        return None
    try:
        return config_type(**json.loads(path.read_text()))
    except (TypeError, json.JSONDecodeError) as error:
        raise TrainingError(f"{path} is no {config_type.__name__}: {error}") from error
