"""A VQ-VAE for pictures: linear patches that a network corrects, before and behind one codebook."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from pydantic import NonNegativeFloat, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from exercise_lib.codes.book import Book
from exercise_lib.images.convolutions import Convolutions
from exercise_lib.images.pixels import as_floats
from exercise_lib.images.scenes import SIDE
from exercise_lib.models.students import StudentModule
from exercise_lib.models.weights import load_kept
from exercise_lib.train.settings import CHECKED

if TYPE_CHECKING:
    from exercise_lib import quantization
else:
    quantization = StudentModule("quantization")

KEPT = Path(__file__).resolve().parents[2] / "data" / "codebooks"
DECAY = 0.98  # of the codes' moving averages, for each batch


@dataclass(frozen=True, config=CHECKED)
class VqvaeSize:
    """How large a VQ-VAE is, and how its codes are learned."""

    n_codes: PositiveInt = 256
    numbers: PositiveInt = 16  # of a code
    patch: PositiveInt = 4  # pixels of a code's width and height
    channels: PositiveInt = 64  # of the convolutions
    blocks: PositiveInt = 2  # residual convolutions, before and behind the codebook
    least: NonNegativeFloat = 3.0  # a code that fewer patches of a batch choose begins anew
    by_loss: bool = False  # codes are learned by the loss in place of moving averages


class Vqvae(nn.Module):
    """Pictures `(B, 3, 32, 32)`, from 0 to 1, to codes `(B, 8, 8)` and back."""

    def __init__(self, size: VqvaeSize) -> None:
        super().__init__()
        self.config = size
        self.cells = SIDE // size.patch  # along an axis
        n_values = 3 * size.patch**2
        self.patches = nn.Linear(n_values, size.numbers)
        self.pictures = nn.Linear(size.numbers, n_values)
        self.before = Convolutions(n_values, size.numbers, size.channels, size.blocks)
        self.behind = Convolutions(size.numbers, n_values, size.channels, size.blocks)
        self.book = Book(size.n_codes, size.numbers, DECAY, size.least, size.by_loss)

    @torch.no_grad()
    def begin_from(self, pictures: Tensor) -> None:
        """Begin as the best linear code of their patches, and with codes drawn from these."""
        patches = self.cut(pictures).permute(0, 2, 3, 1).flatten(0, 2)  # (N, n_values)
        mean = patches.mean(0)
        _, directions = torch.linalg.eigh((patches - mean).T.cov())
        chosen = directions[:, -self.config.numbers :].T  # (numbers, n_values)
        self.patches.weight.copy_(chosen)
        self.patches.bias.copy_(-chosen @ mean)
        self.pictures.weight.copy_(chosen.T)
        self.pictures.bias.copy_(mean)
        self.book.begin_from(self.encode(pictures).permute(0, 2, 3, 1).flatten(0, 2))

    def cut(self, pictures: Tensor) -> Tensor:
        """Return the values of each patch, `(B, 3 patch^2, h, w)`."""
        return F.pixel_unshuffle(pictures, self.config.patch)

    def encode(self, pictures: Tensor) -> Tensor:
        """Return what is quantised, z `(B, d, h, w)`."""
        patches = self.cut(pictures)
        linear = self.patches(patches.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        return linear + self.before(patches)

    def decode(self, quantized: Tensor) -> Tensor:
        """Return the pictures of `(B, d, h, w)`; not limited to 0 to 1."""
        linear = self.pictures(quantized.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        return F.pixel_shuffle(linear + self.behind(quantized), self.config.patch)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return pictures, vectors z and their codes' `(N, d)`, and the codes `(N,)`."""
        z = self.encode(pictures)
        vectors = z.permute(0, 2, 3, 1).flatten(0, 2)  # (N, d)
        codes = quantization.nearest(vectors, self.book.codebook)
        quantized = self.book.codebook[codes]
        passed = quantization.straight_through(vectors, quantized)
        decoded = self.decode(passed.unflatten(0, (-1, *z.shape[2:])).permute(0, 3, 1, 2))
        return decoded, vectors, quantized, codes

    @torch.inference_mode()
    def look_up(self, pictures: Tensor) -> Tensor:
        """Return the codes of pictures, `(B, h, w)`; they may be uint8."""
        vectors = self.encode(as_floats(pictures)).permute(0, 2, 3, 1)
        codes = quantization.nearest(vectors.flatten(0, 2), self.book.codebook)
        return codes.reshape(vectors.shape[:3])

    @torch.inference_mode()
    def draw(self, codes: Tensor) -> Tensor:
        """Return the pictures of codes `(B, h, w)`, from 0 to 1."""
        return self.decode(self.book.codebook[codes].permute(0, 3, 1, 2)).clamp(0, 1)


def load_vqvae(folder: Path = KEPT) -> Vqvae:
    """Return the kept VQ-VAE of 512 codes.

    Raises:
        UnusableData: there is none, or it is damaged.
        BrokenModule: quantization.py can't be imported.
    """
    path = folder / "vqvae.safetensors"
    return load_kept(path, "codebooks", lambda training: Vqvae(VqvaeSize(**training["model"])))
