"""What can't be is said in one sentence for each setting, before anything is trained."""

from pathlib import Path

import pytest

from exercise_lib.models.tacotron_training import TacotronConfig
from exercise_lib.models.vocoder_training import VocoderConfig
from exercise_lib.train.settings import RunSettings, TrainingError, make_settings


@pytest.mark.parametrize(
    ("kind", "values", "message"),
    [
        (TacotronConfig, {"batch": 0}, "batch is 0: input should be greater than 0."),
        (TacotronConfig, {"batch": "8"}, "batch is '8': input should be a valid integer."),
        (TacotronConfig, {"batch": True}, "batch is True: input should be a valid integer."),
        (TacotronConfig, {"learning": 1}, "There is no setting learning."),
        (
            TacotronConfig,
            {"learning_rate": -1e-3},
            "learning_rate is -0.001: input should be greater than 0.",
        ),
        (
            TacotronConfig,
            {"good_rc": float("nan")},
            "good_rc is nan: input should be a finite number.",
        ),
        (TacotronConfig, {"dropout": 1.0}, "dropout is 1.0: input should be less than 1."),
        (TacotronConfig, {"guided_until": 0}, "guided_until is 0: input should be greater than 0."),
        (
            VocoderConfig,
            {"segment": 8000},
            "segment is 8000: input should be a multiple of 256.",
        ),
        (
            VocoderConfig,
            {"generator": "V4"},
            "generator is 'V4': input should be 'vocos', 'laptop', 'V1', 'V2' or 'V3'.",
        ),
        (
            RunSettings,
            {"folder": Path("run"), "steps": 3, "seed": -1},
            "seed is -1: input should be greater than or equal to 0.",
        ),
        (
            TacotronConfig,
            {"batch": 0, "steps": "many"},
            "batch is 0: input should be greater than 0. "
            "steps is 'many': input should be a valid integer.",
        ),
    ],
)
def test_what_cannot_be_is_one_sentence(kind, values, message):
    with pytest.raises(TrainingError) as error:
        make_settings(kind, values)
    assert str(error.value) == message


def test_what_can_be_is_what_was_set():
    assert make_settings(TacotronConfig, {"batch": 3, "learning_rate": 1}).batch == 3
    assert make_settings(VocoderConfig, {"segment": 2048, "adversarial_from": 0}).segment == 2048
