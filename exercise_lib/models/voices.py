"""The Tacotron and the vocoder to speak with: the student's own if trained, else the kept ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from torch import nn

from exercise_lib.models.pretrained import load_tacotron, load_vocoder
from exercise_lib.models.students import StudentModule
from exercise_lib.models.tacotron_training import TacotronConfig
from exercise_lib.models.vocoder_training import VocoderConfig
from exercise_lib.models.vocoders import make_generator
from exercise_lib.speech.data import DataError
from exercise_lib.speech.text import SYMBOLS
from exercise_lib.train.checkpoint import load_checkpoint
from exercise_lib.train.session import read_config

if TYPE_CHECKING:
    from exercise_lib import tacotron2
else:
    tacotron2 = StudentModule("tacotron2")

RUNS = Path("runs")  # where notebooks 05 and 06 train

Model = TypeVar("Model", bound=nn.Module)


def find_tacotron(runs: Path = RUNS) -> tuple[tacotron2.Tacotron2, str]:
    """Return the Tacotron of notebook 06 if it was trained, else the kept one, and which it is.

    Raises: DataError: there is neither, or what is there can't be used.
    """

    def make(config: TacotronConfig) -> tacotron2.Tacotron2:
        return tacotron2.Tacotron2(tacotron2.laptop(len(SYMBOLS), config.reduction_factor))

    own = _load_run(runs / "tacotron", "tacotron", TacotronConfig, make)
    return own or (load_tacotron(), "the kept one")


def find_vocoder(runs: Path = RUNS) -> tuple[nn.Module, str]:
    """Return the generator of notebook 05 if it was trained, else the kept one, and which it is.

    Raises: DataError: there is neither, or what is there can't be used.
    """

    def make(config: VocoderConfig) -> nn.Module:
        return make_generator(config.generator)

    own = _load_run(runs / "vocoder", "generator", VocoderConfig, make)
    return own or (load_vocoder(), "the kept one")


def _load_run(
    folder: Path, module: str, config_type: type, make: Callable[[Any], Model]
) -> tuple[Model, str] | None:
    """Return a run's model in evaluation mode and its steps, or None where nothing was trained."""
    state = load_checkpoint(folder)
    if state is None:
        return None
    try:
        model = make(read_config(config_type, folder / "config.json") or config_type())
        model.load_state_dict(state["modules"][module])
    except (KeyError, RuntimeError) as error:
        raise DataError(
            f"{folder} can't be used ({error}). Train it again, or rename the folder to speak with "
            "the kept weights."
        ) from error
    return model.eval(), f"your own, {state['step']} steps ({folder})"
