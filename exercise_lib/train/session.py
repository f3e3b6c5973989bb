"""One training run from its config to its log: what the command and the notebooks call."""

from __future__ import annotations

import dataclasses
import json
from contextlib import ExitStack, closing
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from exercise_lib.train.checkpoint import keep
from exercise_lib.train.engine import Observer, Task, fit, make_fabric, restore, seed_step
from exercise_lib.train.settings import RunSettings, TrainingError, make_settings
from exercise_lib.train.watch import EventFile, LivePlot, ProgressBar, in_notebook

if TYPE_CHECKING:
    from lightning_fabric import Fabric


class TaskType(Protocol):
    """A kind of training: what is set for it, and how it is made."""

    config_type: type

    def from_data(self, config: Any, data: Path | None, fabric: Fabric, **leniency: bool) -> Task:
        """Make the task from a data folder, or from the one that is found without.

        Args: leniency: `skip_bad=True` where it shall go on without what can't be used.
        """


# Folders of exercise_lib with training tasks, of which an assignment has those that it needs
PLACES = ("models", "images", "music", "codec", "readings")


def find_task(name: str) -> TaskType:
    """Return the task `package.module:Class`; "tacotron" is short for one in `models/`.

    Raises: TrainingError: nothing has this name.
    """
    module, _, attribute = name.partition(":")
    try:
        if not attribute:
            there = filter(find_spec, (f"exercise_lib.{it}" for it in PLACES))
            places = (f"{it}.{name}_training" for it in there)
            module, attribute = next(filter(find_spec, places), name), f"{name.capitalize()}Task"
        return getattr(import_module(module), attribute)
    except (ModuleNotFoundError, AttributeError) as error:
        raise TrainingError(f"there is no training task {name!r} ({error})") from error


def train(
    name: str,
    folder: Path,
    config: Any = None,
    data: Path | None = None,
    *,
    seed: int = 0,
    devices: int = 1,
    precision: str = "32-true",
    skip_bad: bool = False,
    evaluate_every: int = 100,
    checkpoint_every: int = 100,
) -> tuple[Task, list[dict[str, Any]]]:
    """Train, or go on where the run in `folder` was stopped.

    Args:
        name: "tacotron", "vocoder", "clip", "vqvae", or `package.module:Class`.
        folder: where checkpoints, samples and the log go.
        config: of the task's `config_type`; default: what the folder says, or the defaults.
        data: a folder of data; default: the one that the task finds.
        skip_bad: go on without data that can't be used.

    Returns: the trained task and its log.
    Raises: TrainingError, CheckpointError, DataError: each says what to do.
    """
    kind = find_task(name)
    before = read_config(kind.config_type, folder / "config.json")
    config = config or before or kind.config_type()
    refuse_other_settings(config, before, folder)
    settings = make_settings(
        RunSettings,
        {
            "folder": folder,
            "steps": config.steps,
            "seed": seed,
            "evaluate_every": evaluate_every,
            "checkpoint_every": checkpoint_every,
            "devices": devices,
            "precision": precision,
        },
    )
    fabric = make_fabric(settings)
    seed_step(seed, 0, 0)  # every process starts from the same weights
    leniency = {"skip_bad": True} if skip_bad else {}
    task = kind.from_data(config, data, fabric, **leniency)
    restore(task, settings)  # or refuse another run, before anything is written
    if fabric.is_global_zero:
        write_config(config, folder / "config.json")
    watchers: list[Observer] = []
    with ExitStack() as stack:
        if fabric.is_global_zero:
            watchers.append(stack.enter_context(closing(ProgressBar(config.steps))))
            if EventFile.is_possible():
                watchers.append(stack.enter_context(closing(EventFile(folder / "tensorboard"))))
        if in_notebook():
            watchers.append(LivePlot(task))

        def observe(step: int, scores: dict[str, float]) -> None:
            for watcher in watchers:
                watcher(step, scores)

        log = fit(task, settings, fabric, observe)
    return task, log


def refuse_other_settings(config: Any, before: Any, folder: Path) -> None:
    """Raise TrainingError where a folder's run has other settings.

    Another number of steps may be asked for, and lower learning rates.
    """
    if before is None:
        return
    now, then = dataclasses.asdict(config), dataclasses.asdict(before)
    for name in now.keys() - {"steps"}:
        is_lower_rate = name.endswith("learning_rate") and now[name] < then[name]
        if now[name] != then[name] and not is_lower_rate:
            raise TrainingError(
                f"{folder} holds a run with {name} {then[name]}, not {now[name]}: choose another "
                "folder."
            )


def write_config(config: Any, path: Path) -> None:
    """Write a config dataclass as JSON."""
    text = json.dumps(dataclasses.asdict(config), indent=1) + "\n"
    keep(path, lambda file: file.write(text.encode()))


def read_config(config_type: type, path: Path) -> Any:
    """Read a config written by `write_config`, or None where there is none.

    Raises: TrainingError: the file is no such config; it names the file and what is wrong.
    """
    if not path.exists():
        return None
    try:
        return make_settings(config_type, json.loads(path.read_text()))
    except (TrainingError, TypeError, ValueError) as error:
        raise TrainingError(f"{path} is no {config_type.__name__}: {error}") from error
