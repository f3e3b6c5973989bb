"""The prior of DALL-E 2 in small: a causal transformer that predicts a picture's embedding."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch
from pydantic import PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from exercise_lib.images.caption_features import CaptionFeatures
from exercise_lib.images.captions import LONGEST
from exercise_lib.models.students import StudentModule
from exercise_lib.models.weights import load_kept
from exercise_lib.train.settings import CHECKED

if TYPE_CHECKING:
    from exercise_lib import dit, unclip
else:
    dit, unclip = StudentModule("dit"), StudentModule("unclip")

# Where kept weights of this lab are: in this repository, or on a hub.
PLACES = Path(__file__).resolve().parents[2] / "data" / "unclip", Path("/coursedata/unclip")
LAST = 4  # tokens behind the words: caption, time, noisy embedding, query


@dataclass(frozen=True, config=CHECKED)
class PriorSize:
    """How large a prior is, and what it hears of a caption."""

    embedding: PositiveInt = 64  # numbers of an embedding, and of a word's feature
    width: PositiveInt = 128
    depth: PositiveInt = 3  # blocks
    heads: PositiveInt = 4
    words: bool = True  # whether words are tokens too, beside the caption's embedding


class PriorBlock(nn.Module):
    """A transformer block whose tokens hear those before them, `(B, N, d)` -> `(B, N, d)`."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn = dit.Attention(width, heads)
        self.mlp = dit.Mlp(width)

    def forward(self, x: Tensor, is_token: Tensor) -> Tensor:
        queries, keys, values = self.attn.split(self.norm1(x))
        x = x + self.attn.join(unclip.causal_attention(queries, keys, values, is_token))
        return x + self.mlp(self.norm2(x))


class Prior(nn.Module):
    """Clean embeddings `(B, d)` of noisy ones, times `(B,)` and captions."""

    def __init__(self, size: PriorSize) -> None:
        super().__init__()
        self.config = size
        width = size.width
        self.words = nn.Linear(size.embedding, width)
        self.text = nn.Linear(size.embedding, width)
        self.time = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
        self.noisy = nn.Linear(size.embedding, width)
        self.query = nn.Parameter(0.02 * torch.randn(width))
        self.places = nn.Parameter(0.02 * torch.randn(LONGEST + LAST, width))
        self.blocks = nn.ModuleList(PriorBlock(width, size.heads) for _ in range(size.depth))
        self.norm = nn.LayerNorm(width)
        self.out = nn.Linear(width, size.embedding)

    def forward(self, noisy: Tensor, times: Tensor, captions: CaptionFeatures) -> Tensor:
        n_words = captions.words.shape[1] if self.config.words else 0
        time = self.time(dit.time_features(times, self.config.width))
        x = unclip.prior_tokens(
            self.words(captions.words[:, :n_words]),
            self.text(unclip.scaled(captions.pooled)),
            time,
            self.noisy(noisy),
            self.query,
            torch.cat([self.places[:n_words], self.places[-LAST:]]),
        )
        is_word = captions.is_word[:, :n_words]
        is_token = torch.cat([is_word, is_word.new_ones(len(is_word), LAST)], dim=1)
        for block in self.blocks:
            x = block(x, is_token)
        return self.out(self.norm(x[:, -1]))  # the query, which hears all


def kept_folder() -> Path:
    return next(filter(Path.is_dir, PLACES), PLACES[0])


def load_prior(name: str = "prior", folder: Path | None = None) -> Prior:
    """Return a kept prior.

    Raises:
        UnusableData: it is missing or damaged.
        BrokenModule: unclip.py or dit.py can't be imported.
    """
    path = (folder or kept_folder()) / f"{name}.safetensors"
    return load_kept(path, "unclip", lambda training: Prior(PriorSize(**training["model"])))
