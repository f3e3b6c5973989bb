"""What code may set for all of Python: a cell, a module or a case changes it for itself only."""

from __future__ import annotations

import contextlib
import os
import random
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

AS_IT_IS = object()


@dataclass(frozen=True)
class Setting:
    """One setting: its name in a report, how it is read and set, and what a case begins with.

    One without a name is set by libraries, too, when they are first used: nothing is said of it.
    """

    name: str
    read: Callable[[], Any]
    write: Callable[[Any], Any]
    at_first: Any = AS_IT_IS


def _set_default_device(device: torch.device) -> None:
    torch.set_default_device(None if device.type == "cpu" else device)


def _environment() -> dict[Any, Any]:
    """Return the variables as `os.environ` has them: decoding each, for every case, is slow."""
    return dict(getattr(os.environ, "_data", os.environ))


def _set_environment(variables: dict[Any, Any]) -> None:
    os.environ.clear()
    os.environ.update({os.fsdecode(name): os.fsdecode(it) for name, it in variables.items()})


def _working_folder() -> str:
    try:
        return os.getcwd()
    except OSError:  # it was deleted
        return ""


def _set_working_folder(path: str) -> None:
    with contextlib.suppress(OSError):
        os.chdir(path)


SETTINGS = (
    Setting(
        "torch's default dtype", torch.get_default_dtype, torch.set_default_dtype, torch.float32
    ),
    Setting(
        "torch's default device",
        torch.get_default_device,
        _set_default_device,
        torch.device("cpu"),
    ),
    Setting(
        "whether torch computes gradients", torch.is_grad_enabled, torch.set_grad_enabled, True
    ),
    Setting(
        "torch's deterministic algorithms",
        torch.get_deterministic_debug_mode,
        torch.set_deterministic_debug_mode,
        0,
    ),
    Setting(
        "torch's detection of anomalies",
        torch.is_anomaly_enabled,
        torch.autograd.set_detect_anomaly,
        False,
    ),
    Setting(
        "torch's precision of matrix products",
        torch.get_float32_matmul_precision,
        torch.set_float32_matmul_precision,
        "highest",
    ),
    Setting("torch's number of threads", torch.get_num_threads, torch.set_num_threads),
    Setting("NumPy's handling of errors", np.geterr, lambda it: np.seterr(**it), np.geterr()),
    Setting("how NumPy prints", np.get_printoptions, lambda it: np.set_printoptions(**it)),
    Setting("", _environment, _set_environment),
    Setting("the working folder", _working_folder, _set_working_folder),
)


@contextlib.contextmanager
def kept_settings() -> Iterator[list[str]]:
    """Put all settings back at the end; the list has then the names of those that were changed."""
    before = [it.read() for it in SETTINGS]
    changed: list[str] = []
    with warnings.catch_warnings():
        try:
            yield changed
        finally:
            for setting, value in zip(SETTINGS, before, strict=True):
                if setting.read() != value:
                    setting.write(value)
                    changed += filter(None, [setting.name])


def begin_as_python_does() -> list[str]:
    """Give the settings that results depend on their first values; return which had others."""
    others = [it for it in SETTINGS if it.at_first is not AS_IT_IS and it.read() != it.at_first]
    for setting in others:
        setting.write(setting.at_first)
    return [it.name for it in others]


@contextlib.contextmanager
def kept_random_states() -> Iterator[None]:
    """Put the states of Python's, NumPy's and torch's random numbers back at the end."""
    python, numpy_state = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=[]):
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numpy_state)
