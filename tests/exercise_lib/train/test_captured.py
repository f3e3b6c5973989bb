"""A step that a GPU repeats in one launch is the step, with other random numbers each time."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from exercise_lib.train.captured import WARM, CapturedStep

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="CUDA graphs need a GPU")


def test_captured_steps_learn_as_others_do():
    data = torch.randn(64, 8, device="cuda")

    def learned(is_captured: bool) -> tuple[list[float], torch.Tensor]:
        torch.manual_seed(0)
        model = nn.Linear(8, 8).cuda()
        optimizer = torch.optim.AdamW(model.parameters(), 0.01, fused=True)

        def step() -> torch.Tensor:
            x = data[torch.randint(64, (16,), device="cuda")]
            loss = F.mse_loss(model(x), -x)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            return loss.detach()

        torch.manual_seed(1)
        if not is_captured:
            for _ in range(WARM):
                step()
        captured = CapturedStep(step, optimizer) if is_captured else None
        losses = []
        for seed in range(2, 30):
            torch.manual_seed(seed)
            losses.append(float(step() if captured is None else captured(0.01)))
        return losses, model.weight.detach()

    (expected, weight), (got, same) = learned(False), learned(True)
    assert got == pytest.approx(expected, rel=1e-3) and len(set(got)) > 20
    torch.testing.assert_close(same, weight, rtol=1e-3, atol=1e-4)
