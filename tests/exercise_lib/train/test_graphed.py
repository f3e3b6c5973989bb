"""Losses and gradients of a step, recorded as a graph where there is a GPU."""

import pytest
import torch
from torch import nn

from exercise_lib.train.graphed import EAGER, Graphed

DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.skipif(
    not torch.cuda.is_available(), reason="there is no GPU"))]  # fmt: skip


@pytest.mark.parametrize("device", DEVICES)
def test_every_call_gives_the_losses_and_gradients_of_its_own_inputs(device):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 5), nn.GELU(), nn.Linear(5, 1)).to(device)

    def gradients(x, y):
        model.zero_grad(set_to_none=True)
        loss = (model(x) - y).square().mean()
        loss.backward()
        return {"loss": loss}

    graphed = Graphed(gradients)
    for _ in range(EAGER + 3):
        x, y = torch.randn(4, 3, device=device), torch.randn(4, 1, device=device)
        loss = graphed(x, y)["loss"].item()
        found = [it.grad.clone() for it in model.parameters()]
        expected = (model(x) - y).square().mean()
        assert loss == pytest.approx(expected.item())
        gradients_of_its_own = torch.autograd.grad(expected, list(model.parameters()))
        torch.testing.assert_close(found, list(gradients_of_its_own))
