"""Read kept weights: a safetensors file whose header says how the model is made."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from safetensors import SafetensorError, safe_open
from torch import nn

from exercise_lib.files.unusable import UnusableData

Model = TypeVar("Model", bound=nn.Module)


def load_weights(path: Path, make: Callable[[dict[str, Any]], Model]) -> Model:
    """Return the model that a file's header describes, with its weights, for evaluation.

    Args: make: makes the model from what the header says of its training.
    Raises:
        UnusableData: the file is damaged, or of another model.
        RuntimeError: as `make` raises it, such as the NotImplementedError of an open TODO.
    """
    unreadable = SafetensorError, OSError, TypeError, ValueError, KeyError
    with told_of(path, *unreadable), safe_open(path, framework="pt") as file:
        training = json.loads(file.metadata()["training"])
        state = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    with told_of(path, TypeError, KeyError):
        model = make(training)
    with told_of(path, RuntimeError):
        model.load_state_dict(state)
    return model.float().eval()


@contextmanager
def told_of(path: Path, *errors: type[Exception]) -> Iterator[None]:
    """Name the file in an error that is the file's."""
    try:
        yield
    except errors as error:
        raise UnusableData(f"{path} cannot be read ({error}). Restore it.") from error


def load_kept(path: Path, home: str, make: Callable[[dict[str, Any]], Model]) -> Model:
    """Return a model as `load_weights` does, of a file that comes from a folder of data/.

    Args: home: the folder's name.
    Raises: UnusableData: the file is missing, damaged, or of another model.
    """
    if not path.exists():
        raise UnusableData(
            f"{path.parent} has no {path.name}. Copy data/{home} from the repository."
        )
    return load_weights(path, make)
