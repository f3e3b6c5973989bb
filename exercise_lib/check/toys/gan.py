"""A generator and a discriminator with a handful of numbers, to see what a training step does."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from exercise_lib.check.toys.discriminator import toy_discriminator

LEARNING_RATE = 0.1


class ToyGan:
    """A generator that is nothing but one waveform, so that what reaches it can be read.

    The discriminator is `toy_discriminator` behind one learned gain.
    """

    def __init__(self, y: Tensor) -> None:
        """Args: y: real speech `(B, 1, T)`, which says how large the generated is."""
        self.waveform = nn.Parameter(torch.cos(torch.arange(float(y.numel()))).reshape(y.shape))
        self.gain = nn.Parameter(torch.tensor(0.7))
        self.optimizer_g = torch.optim.SGD([self.waveform], LEARNING_RATE)
        self.optimizer_d = torch.optim.SGD([self.gain], LEARNING_RATE)
        self.reached: list[Tensor] = []  # the gradients that came back to the generated speech
        self.waveform.register_hook(lambda gradient: self.reached.append(gradient.clone()))

    def generator(self, mel: Tensor) -> Tensor:
        """Generate the same speech, `(B, 1, T)`, for any mel."""
        return self.waveform

    def discriminator(
        self, y: Tensor, y_hat: Tensor
    ) -> tuple[list[Tensor], list[Tensor], list[list[Tensor]], list[list[Tensor]]]:
        """Judge both, as HiFi-GAN's discriminators do."""
        return toy_discriminator(self.gain * y, self.gain * y_hat)
