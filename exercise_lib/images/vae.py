"""A variational autoencoder for pictures: linear patches that a network corrects, and a spread."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from pydantic import PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from exercise_lib.images.convolutions import Convolutions
from exercise_lib.images.pixels import as_floats
from exercise_lib.images.scenes import SIDE
from exercise_lib.models.students import StudentModule
from exercise_lib.models.weights import load_kept
from exercise_lib.train.settings import CHECKED

if TYPE_CHECKING:
    from exercise_lib import diffusion
else:
    diffusion = StudentModule("diffusion")

KEPT = Path(__file__).resolve().parents[2] / "data" / "vae"
PATCH = 4  # pixels of a latent place's width and height
CELLS = SIDE // PATCH  # places along an axis
BEGUN_AT = -6.0  # log variance of the latents in the beginning


@dataclass(frozen=True, config=CHECKED)
class VaeSize:
    """How large a VAE is."""

    latents: PositiveInt = 8  # channels of a latent
    channels: PositiveInt = 64  # of the convolutions
    blocks: PositiveInt = 2  # residual convolutions, in encoder and decoder


class Vae(nn.Module):
    """Pictures `(B, 3, 32, 32)`, from 0 to 1, to latents `(B, C, 8, 8)` and back.

    Linear layers are the principal components of 4 x 4 patches at first, and the networks beside
    them begin at 0.
    """

    scale: Tensor  # by which latents are multiplied to have variance 1, see `latents`

    def __init__(self, size: VaeSize) -> None:
        super().__init__()
        self.config = size
        n_values = 3 * PATCH**2
        self.patches = nn.Conv2d(n_values, size.latents, 1)
        self.pictures = nn.Conv2d(size.latents, n_values, 1)
        self.encoder = Convolutions(n_values, 2 * size.latents, size.channels, size.blocks)
        self.decoder = Convolutions(size.latents, n_values, size.channels, size.blocks)
        self.register_buffer("scale", torch.ones(()))

    @torch.no_grad()
    def begin_from(self, pictures: Tensor) -> None:
        """Begin as the best linear code of the patches of these pictures, from 0 to 1."""
        patches = F.pixel_unshuffle(pictures, PATCH).permute(0, 2, 3, 1).flatten(0, 2)
        mean = patches.mean(0)  # (N, n_values) -> (n_values,)
        _, directions = torch.linalg.eigh((patches - mean).T.cov())
        chosen = directions[:, -self.config.latents :].flip(1).T  # the largest variance first
        self.patches.weight.copy_(chosen[:, :, None, None])
        self.patches.bias.copy_(-chosen @ mean)  # type: ignore[union-attr]
        self.pictures.weight.copy_(chosen.T[:, :, None, None])
        self.pictures.bias.copy_(mean)  # type: ignore[union-attr]
        self.scale.copy_(1 / self.encode(pictures)[0].std())

    def encode(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log variance of the latents, both `(B, C, 8, 8)`."""
        patches = F.pixel_unshuffle(pictures, PATCH)  # (B, 48, 8, 8)
        correction, log_variance = self.encoder(patches).chunk(2, dim=1)
        return self.patches(patches) + correction, log_variance + BEGUN_AT

    def decode(self, latents: Tensor) -> Tensor:
        """Return the pictures of latents as `encode` gives them; not limited to 0 to 1."""
        return F.pixel_shuffle(self.pictures(latents) + self.decoder(latents), PATCH)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return pictures of latents that are drawn, and these latents' mean and log variance."""
        mean, log_variance = self.encode(pictures)
        drawn = diffusion.reparametrise(mean, log_variance, torch.randn_like(mean))
        return self.decode(drawn), mean, log_variance

    @torch.inference_mode()
    def latents(self, pictures: Tensor) -> Tensor:
        """Return the scaled means of pictures, `(B, C, 8, 8)`; pictures may be uint8."""
        return self.scale * self.encode(as_floats(pictures))[0]

    @torch.inference_mode()
    def draw(self, latents: Tensor) -> Tensor:
        """Return the pictures of scaled latents, from 0 to 1."""
        return self.decode(latents / self.scale).clamp(0, 1)


def load_vae(folder: Path = KEPT) -> Vae:
    """Return the kept VAE of 8 channels, which needs no student module to encode and to draw.

    Raises: UnusableData: there is none, or it is damaged.
    """
    path = folder / "vae.safetensors"
    return load_kept(path, "vae", lambda training: Vae(VaeSize(**training["model"])))
