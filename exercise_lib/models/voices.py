"""The Tacotrons and vocoders there are to speak with: the kept ones and the student's own."""

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
KEPT = "kept"

Model = TypeVar("Model", bound=nn.Module)


def find_tacotrons(runs: Path = RUNS) -> dict[str, tacotron2.Tacotron2]:
    """Return "kept" and, where notebook 06 trained one, "own, ... steps".

    Raises: DataError: there are no kept weights, or what was trained can't be used.
    """

    def make(config: TacotronConfig) -> tacotron2.Tacotron2:
        if config.symbols != SYMBOLS:
            raise RuntimeError(f"it reads another table of symbols, {config.symbols!r}")
        return tacotron2.Tacotron2(tacotron2.laptop(len(SYMBOLS), config.reduction_factor))

    return {KEPT: load_tacotron(), **_load_run(runs / "tacotron", "tacotron", TacotronConfig, make)}


def find_vocoders(runs: Path = RUNS) -> dict[str, nn.Module]:
    """Return "kept" and, where notebook 05 trained one, "own, ... steps".

    Raises: DataError: there are no kept weights, or what was trained can't be used.
    """

    def make(config: VocoderConfig) -> nn.Module:
        return make_generator(config.generator)

    return {KEPT: load_vocoder(), **_load_run(runs / "vocoder", "generator", VocoderConfig, make)}


def _load_run(
    folder: Path, module: str, config_type: type, make: Callable[[Any], Model]
) -> dict[str, Model]:
    """Return a run's model in evaluation mode by its steps, or nothing where none trained."""
    state = load_checkpoint(folder)
    if state is None:
        return {}
    try:
        model = make(read_config(config_type, folder / "config.json") or config_type())
        model.load_state_dict(state["modules"][module])
    except (KeyError, RuntimeError) as error:
        raise DataError(
            f"{folder} can't be used ({error}). Train it again, or rename the folder to speak with "
            "the kept weights."
        ) from error
    return {f"own, {state['step']} steps": model.eval()}
