"""Read kept weights: a safetensors file whose header says how the model is made."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from safetensors import SafetensorError, safe_open
from torch import nn

from exercise_lib.files.unusable import UnusableData

Model = TypeVar("Model", bound=nn.Module)


def load_weights(path: Path, make: Callable[[dict[str, Any]], Model]) -> Model:
    """Return the model that a file's header describes, with its weights, for evaluation.

    Args: make: makes the model from what the header says of its training.
    Raises: UnusableData: the file is damaged, or of another model.
    """
    try:
        with safe_open(path, framework="pt") as file:
            training = json.loads(file.metadata()["training"])
            state = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        model = make(training)
        model.load_state_dict(state)
    except (SafetensorError, OSError, TypeError, KeyError, RuntimeError) as error:
        raise UnusableData(f"{path} cannot be read ({error}). Restore it.") from error
    return model.float().eval()
