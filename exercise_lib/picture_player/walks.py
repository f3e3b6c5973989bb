"""Walks from noise to a picture, watched: at each step the latents, and who hears which word."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

import torch
from torch import Tensor

from exercise_lib.images.captions import encode
from exercise_lib.images.flow_painter import LARGEST, FlowPainter, levels
from exercise_lib.images.painter import Painter
from exercise_lib.images.unet import N_TIMES
from exercise_lib.images.vae import Vae
from exercise_lib.models.students import StudentModule
from exercise_lib.picture_player.hearing import listening

if TYPE_CHECKING:
    from exercise_lib import diffusion
else:
    diffusion = StudentModule("diffusion")


class Step(NamedTuple):
    """What there is at a time of a walk, before the network's answer moves it on."""

    time: float  # from 1, noise, to 0
    latents: Tensor  # (C, 8, 8)
    clean: Tensor  # those that the network takes them to come from, the same shape
    attention: dict[int, Tensor]  # of heads and layers, (N, h^2, L), by places h along an axis


Watch = Callable[[Step], None]


class Walker(Protocol):
    """A network that walks from noise to latents."""

    @property
    def vae(self) -> Vae:
        """What draws its latents."""

    def walk(
        self, prompt: str, guidance_scale: float, n_steps: int, seed: int, watch: Watch
    ) -> Tensor:
        """Return the latents of a picture, `(C, 8, 8)`.

        Args: watch: told each step; what it raises ends the walk.
        """


@dataclass(frozen=True, eq=False)
class UnetWalker:
    """Walks with the U-Net of notebook 11, whose places ask the words."""

    painter: Painter

    @property
    def vae(self) -> Vae:
        return self.painter.vae

    @torch.inference_mode()
    def walk(
        self, prompt: str, guidance_scale: float, n_steps: int, seed: int, watch: Watch
    ) -> Tensor:
        unet = self.painter.unet
        words = unet.read(encode([prompt, ""]))

        def predict(latents: Tensor, t: int) -> tuple[Tensor, Tensor]:
            twice = torch.cat([latents, latents])
            noise, attention = unet.predict(twice, torch.full((2,), t), *words)
            guided = diffusion.guided(noise[:1], noise[1:], guidance_scale)
            clean = diffusion.ddim_step(latents, guided, unet.alpha_bars[t], torch.ones(()))
            heard = {cells: its[0] for cells, its in attention.items()}
            watch(Step(t / (N_TIMES - 1), latents[0], clean[0], heard))
            return noise[:1], noise[1:]

        noise = self.painter.noise(1, seed)
        return diffusion.sample(predict, noise, unet.alpha_bars, n_steps, guidance_scale)[0]


@dataclass(frozen=True, eq=False)
class DitWalker:
    """Walks with a transformer of notebook 12, whichever way it hears and whatever it predicts."""

    painter: FlowPainter

    @property
    def vae(self) -> Vae:
        return self.painter.vae

    @torch.inference_mode()
    def walk(
        self, prompt: str, guidance_scale: float, n_steps: int, seed: int, watch: Watch
    ) -> Tensor:
        network = self.painter.network
        predict = self.painter.predictor([prompt], guidance_scale)

        def watched(z: Tensor, t: Tensor) -> Tensor:
            with listening(network) as heard:
                found = predict(z, t)
            watch(Step(float(t), z[0], self.clean(z, t, found)[0], heard()))
            return found

        return self.painter.sample(watched, self.painter.noise(1, seed), n_steps)[0]

    def clean(self, z: Tensor, t: Tensor, found: Tensor) -> Tensor:
        """Return the clean latents that a prediction points to."""
        if self.painter.network.config.predicts == "velocity":
            return z - t * found
        data, noise = levels(t)
        return ((z - noise * found) / data).clamp(-LARGEST, LARGEST)
