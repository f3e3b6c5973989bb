"""The two encoders of a small CLIP: convolutions over whitened patches, a causal transformer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from pydantic import PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from exercise_lib.images.captions import END, LONGEST, WORDS, encode
from exercise_lib.images.scenes import SIDE
from exercise_lib.models.students import StudentModule
from exercise_lib.models.weights import load_kept
from exercise_lib.train.settings import CHECKED

if TYPE_CHECKING:
    from exercise_lib import clip
else:
    clip = StudentModule("clip")

KEPT = Path(__file__).resolve().parents[2] / "data" / "clip"
PATCH = 4  # pixels
CELLS = SIDE // PATCH  # along an axis
NOISE = 1e-4  # variance below which a direction of patches is not amplified further


@dataclass(frozen=True, config=CHECKED)
class TextSize:
    """How large the captions' encoder is."""

    embedding: PositiveInt = 64  # numbers of an embedding
    width: PositiveInt = 64  # of the transformer
    layers: PositiveInt = 2
    heads: PositiveInt = 4


@dataclass(frozen=True, config=CHECKED)
class ClipSize(TextSize):
    """How large both encoders are."""

    channels: PositiveInt = 64  # of the convolutions
    blocks: PositiveInt = 1  # residual convolutions
    whitened: bool = True  # whether patches are whitened before the convolutions


class PictureEncoder(nn.Module):
    """Pictures `(B, 3, 32, 32)`, from 0 to 1, to embeddings `(B, d)`."""

    def __init__(self, size: ClipSize) -> None:
        super().__init__()
        n_values = 3 * PATCH**2
        self.patches = nn.Conv2d(3, n_values, PATCH, stride=PATCH)
        self.patches.requires_grad_(not size.whitened)
        self.first = nn.Conv2d(n_values, size.channels, 3, padding=1)
        self.blocks = nn.ModuleList(
            nn.Conv2d(size.channels, size.channels, 3, padding=1) for _ in range(size.blocks)
        )
        self.head = nn.Linear(size.channels * CELLS**2, size.embedding)

    def whiten(self, pictures: Tensor) -> None:
        """Choose the patches' filters so that their outputs are uncorrelated, of variance 1.

        They are the principal components of the patches, each divided by its spread: edges, which
        tell shapes apart and vary little, come out as large as the brightness, which varies much.
        """
        patches = F.unfold(pictures, PATCH, stride=PATCH).mT.flatten(0, 1)  # (N, 48)
        mean = patches.mean(0)
        variances, directions = torch.linalg.eigh((patches - mean).T.cov())
        filters = (directions / (variances + NOISE).sqrt()).T
        with torch.no_grad():
            self.patches.weight.copy_(filters.reshape(self.patches.weight.shape))
            self.patches.bias.copy_(-filters @ mean)  # type: ignore[union-attr]

    def forward(self, pictures: Tensor) -> Tensor:
        h = F.gelu(self.first(self.patches(pictures)))  # (B, channels, 8, 8)
        for block in self.blocks:
            h = h + F.gelu(block(h))
        return self.head(h.flatten(1))  # weights for each place, so it knows what is where


class CaptionEncoder(nn.Module):
    """Numbers of words `(B, L)` to embeddings `(B, d)`, read at the end mark."""

    def __init__(
        self, size: TextSize, words: Sequence[str] = WORDS, longest: int = LONGEST
    ) -> None:
        super().__init__()
        self.end = words.index(END)
        self.words = nn.Embedding(len(words), size.width)
        self.places = nn.Parameter(0.02 * torch.randn(longest, size.width))
        layer = nn.TransformerEncoderLayer(
            size.width, size.heads, 4 * size.width, 0.0, "gelu", batch_first=True, norm_first=True
        )
        self.layers = nn.TransformerEncoder(layer, size.layers, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(size.width)
        self.head = nn.Linear(size.width, size.embedding, bias=False)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.pool(self.hidden(tokens), tokens)

    def hidden(self, tokens: Tensor) -> Tensor:
        """Return a feature of each word, which knows those before it, `(B, L, width)`."""
        n = tokens.shape[1]
        mask = nn.Transformer.generate_square_subsequent_mask(n, tokens.device)
        h = self.layers(self.words(tokens) + self.places[:n], mask=mask, is_causal=True)
        return self.norm(h)

    def pool(self, hidden: Tensor, tokens: Tensor) -> Tensor:
        """Return embeddings `(B, d)` of features `(B, L, width)`."""
        return self.head(clip.end_feature(hidden, tokens, self.end))


class Clip(nn.Module):
    """Both encoders and the temperature, in one set of weights."""

    def __init__(self, size: ClipSize) -> None:
        super().__init__()
        self.config = size
        self.pictures = PictureEncoder(size)
        self.captions = CaptionEncoder(size)
        self.log_scale = nn.Parameter(clip.initial_log_scale())

    def forward(self, pictures: Tensor, tokens: Tensor) -> tuple[Tensor, Tensor]:
        return self.pictures(pictures), self.captions(tokens)

    @torch.inference_mode()
    def see(self, pictures: Tensor) -> Tensor:
        """Return embeddings of pictures, `(B, d)`; they may be uint8."""
        if not pictures.is_floating_point():
            pictures = pictures / 255
        return self.pictures(pictures.to(self.log_scale))

    @torch.inference_mode()
    def read(self, texts: Iterable[object]) -> Tensor:
        """Return embeddings of captions, `(B, d)`; raises ValueError for unknown words."""
        return self.captions(encode(map(str, texts)).to(self.log_scale.device))


def load_clip(folder: Path = KEPT, name: str = "clip", home: str = "clip") -> Clip:
    """Return kept weights; by default those trained without and then with hard negatives.

    Args: home: the folder of data/ that they come from.
    Raises:
        UnusableData: there are none, or they are damaged.
        BrokenModule: clip.py can't be imported.
    """
    path = folder / f"{name}.safetensors"
    return load_kept(path, home, lambda training: Clip(ClipSize(**training["model"])))
