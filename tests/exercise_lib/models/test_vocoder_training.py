"""A vocoder in training."""

from types import SimpleNamespace

import pytest
import torch
from lightning_fabric import Fabric

from exercise_lib.models.vocoder_training import VocoderConfig, VocoderTask


@pytest.mark.parametrize("broken", [float("nan"), float("inf")])
def test_sound_that_breaks_is_a_loss_that_is_nan(broken):
    """Mel features refuse such a sound, but the training loop says what to do."""
    task = SimpleNamespace(
        config=VocoderConfig(),
        optimizer=SimpleNamespace(param_groups=[{}]),
        learning_rate=lambda step: 1.0,
        draw_batch=lambda: torch.zeros(1, 8192),
        log_mel=lambda y: y,
        generator=lambda log_mel: torch.full((1, 1, 8192), broken),
    )
    losses = VocoderTask.training_step(task, 0, Fabric())
    assert torch.tensor(losses["loss"]).isnan()
