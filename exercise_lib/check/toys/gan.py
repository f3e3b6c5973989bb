"""A generator and a discriminator with a handful of numbers, to see what a training step does."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from exercise_lib.check.toys.discriminator import toy_discriminator

LEARNING_RATE = 0.1


class ToyGenerator(nn.Module):
    """Nothing but one waveform, so that what reaches it can be read."""

    def __init__(self, like: Tensor) -> None:
        """Args: like: real speech `(B, 1, T)`, which says how large the generated is."""
        super().__init__()
        start = torch.cos(torch.arange(float(like.numel()))).reshape(like.shape)
        self.waveform = nn.Parameter(start)
        self.reached = torch.zeros(like.shape)  # the sum of the gradients that came back to it

    def _note(self, gradient: Tensor) -> None:
        self.reached = self.reached + gradient

    def forward(self, mel: Tensor) -> Tensor:
        """Generate the same speech, `(B, 1, T)`, for any mel."""
        speech = self.waveform.clone()
        if speech.requires_grad:
            speech.register_hook(self._note)
        return speech


class ToyDiscriminator(nn.Module):
    """The function `toy_discriminator` behind one learned gain."""

    def __init__(self) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.tensor(0.7))

    def forward(
        self, y: Tensor, y_hat: Tensor
    ) -> tuple[list[Tensor], list[Tensor], list[list[Tensor]], list[list[Tensor]]]:
        """Judge both, as HiFi-GAN's discriminators do."""
        return toy_discriminator(self.gain * y, self.gain * y_hat)


class ToyGan:
    """Both, each with an optimizer."""

    def __init__(self, y: Tensor) -> None:
        """Args: y: real speech `(B, 1, T)`."""
        self.generator, self.discriminator = ToyGenerator(y), ToyDiscriminator()
        self.optimizer_g = torch.optim.SGD(self.generator.parameters(), LEARNING_RATE)
        self.optimizer_d = torch.optim.SGD(self.discriminator.parameters(), LEARNING_RATE)
