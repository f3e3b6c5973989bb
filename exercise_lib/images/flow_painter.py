"""Paint pictures of captions: noise, transformer, sampler and decoder, put together."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from exercise_lib.images.caption_features import CaptionFeatures, FrozenReader, load_reader
from exercise_lib.images.dit_network import Dit, DitSize
from exercise_lib.images.vae import Vae, load_vae
from exercise_lib.models.students import StudentModule
from exercise_lib.models.weights import load_kept
from exercise_lib.speech.data import find_kept

if TYPE_CHECKING:
    from exercise_lib import flow
else:
    flow = StudentModule("flow")

MOST_NOISE = 0.98  # time at which DDIM begins: at 1 nothing is left of the data to divide by
LARGEST = 8.0  # a clean latent's number, as DDIM believes it

Predict = Callable[[Tensor, Tensor], Tensor]  # noisy latents and a time, a scalar


class Seen(NamedTuple):
    """Latents on their way, and the clean ones that their velocity points to: z - t v."""

    time: float
    latents: Tensor  # (B, C, side, side)
    clean: Tensor  # the same shape


@dataclass(frozen=True, eq=False)
class FlowPainter:
    """A trained transformer, with what reads captions and the VAE in whose latents it works."""

    network: Dit
    reader: FrozenReader
    vae: Vae

    def noise(self, n: int, seed: int = 0) -> Tensor:
        """Draw noise to begin from, `(n, C, side, side)`."""
        size = self.network.config
        generator = torch.Generator().manual_seed(seed)
        return torch.randn(n, size.channels, size.side, size.side, generator=generator)

    def paint(
        self,
        captions: Sequence[object],
        n_steps: int = 16,
        guidance_scale: float = 1.0,
        shift: float = 1.0,
        seed: int = 0,
    ) -> Tensor:
        """Return a picture of each caption, `(B, 3, 32, 32)` from 0 to 1.

        Raises: ValueError: a word is unknown, or a caption too long.
        """
        predict = self.predictor(captions, guidance_scale)
        noise = self.noise(len(captions), seed)
        return self.vae.draw(self.sample(predict, noise, n_steps, shift))

    def sample(self, predict: Predict, noise: Tensor, n_steps: int, shift: float = 1.0) -> Tensor:
        """Return the latents at the end of a walk that begins at noise."""
        if self.network.config.predicts == "noise":
            return ddim(predict, noise, n_steps)
        return flow.euler(predict, noise, n_steps, shift)

    def walk(
        self,
        captions: Sequence[object],
        n_steps: int,
        guidance_scale: float = 1.0,
        shift: float = 1.0,
        seed: int = 0,
    ) -> list[Seen]:
        """Return what is seen at each step of a flow, and at its end."""
        predict = self.predictor(captions, guidance_scale)
        seen: list[Seen] = []

        def watched(z: Tensor, t: Tensor) -> Tensor:
            v = predict(z, t)
            seen.append(Seen(float(t), z, z - t * v))
            return v

        end = flow.euler(watched, self.noise(len(captions), seed), n_steps, shift)
        return [*seen, Seen(0.0, end, end)]

    def predictor(self, captions: Sequence[object], guidance_scale: float) -> Predict:
        """Return what the network predicts for these captions, guided; see `guided`."""
        return self.guided(self.reader.read([*captions, ""]), guidance_scale)

    def guided(self, heard: CaptionFeatures, guidance_scale: float) -> Predict:
        """Return what the network predicts, guided (Ho and Salimans 2022).

        u + w (c - u), u with nothing to follow, c with it

        Args: heard: what is to be followed, and in the last row what stands for nothing.
        """
        n = len(heard.pooled) - 1
        both = heard[torch.tensor([*range(n), *[n] * n])]

        @torch.inference_mode()
        def predict(z: Tensor, t: Tensor) -> Tensor:
            times = t.expand(n)
            if guidance_scale == 1:
                return self.network(z, times, both[torch.arange(n)])
            found = self.network(torch.cat([z, z]), times.repeat(2), both)
            conditional, unconditional = found.chunk(2)
            return unconditional + guidance_scale * (conditional - unconditional)

        return predict


def levels(times: Tensor) -> tuple[Tensor, Tensor]:
    """Return the shares of data and noise on the curved path of the cosine schedule.

    cos(pi t / 2), sin(pi t / 2); their squares sum to 1 (Nichol and Dhariwal 2021)
    """
    angles = times * math.pi / 2
    return angles.cos(), angles.sin()


@torch.no_grad()
def ddim(predict: Predict, noise: Tensor, n_steps: int) -> Tensor:
    """Walk from noise to data along the curved path, with a network that predicts the noise."""
    z, times = noise, torch.linspace(1, 0, n_steps + 1).clamp(max=MOST_NOISE)
    for now, then in pairwise(times):
        (a, s), (a_then, s_then) = levels(now), levels(then)
        eps = predict(z, now)
        data = ((z - s * eps) / a).clamp(-LARGEST, LARGEST)
        z = a_then * data + s_then * eps
    return z


def load_dit(name: str = "dit", folder: Path | None = None, home: str = "dit") -> Dit:
    """Return a kept transformer.

    Args: home: the folder of data/ that it comes from.
    Raises:
        UnusableData: it is missing or damaged.
        BrokenModule: dit.py can't be imported.
    """
    folder = folder or find_kept("dit")
    path = folder / f"{name}.safetensors"
    return load_kept(path, home, lambda training: Dit(DitSize(**training["model"])))


def make_painter(network: Dit) -> FlowPainter:
    """Return a painter with the kept caption encoder and VAE; raises UnusableData."""
    return FlowPainter(network, load_reader(), load_vae())
