"""The transformers of a small Jukebox: one says the codes of the upper level, one of the lower."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import torch
import torch.nn.functional as F
from pydantic import Field, NonNegativeInt, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from exercise_lib.images.captions import PAD
from exercise_lib.models.students import StudentModule
from exercise_lib.models.weights import load_kept
from exercise_lib.music.captions import LONGEST, WORDS
from exercise_lib.music.jukebox_level import kept_folder
from exercise_lib.train.settings import CHECKED

if TYPE_CHECKING:
    from pathlib import Path

    from exercise_lib import vq_music
else:
    vq_music = StudentModule("vq_music")

SILENT = WORDS.index(PAD)
NOTHING, UNKNOWN = 0, 1  # numbers behind those of the codes: before the first one; a hidden one
Cache = list[Tensor]  # keys and values of the places that were heard


@dataclass(frozen=True, config=CHECKED)
class TransformerSize:
    """How large a transformer is, and what it hears beside the codes before."""

    n_codes: PositiveInt = 1024
    places: PositiveInt = 50  # codes of a piece
    upper: NonNegativeInt = 0  # upper codes of a piece, which it hears; 0: it hears words instead
    width: PositiveInt = 192
    depth: PositiveInt = 4  # blocks
    heads: PositiveInt = 6
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.1

    @property
    def words(self) -> int:
        return 0 if self.upper else LONGEST


class Block(nn.Module):
    """A transformer block, `(B, N, d)` -> `(B, N, d)`."""

    def __init__(self, size: TransformerSize) -> None:
        super().__init__()
        d = size.width
        self.heads = size.heads
        self.norm1, self.norm2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.split, self.join = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.mlp = nn.Sequential(nn.Linear(d, 4 * d), nn.GELU(), nn.Linear(4 * d, d))
        self.drop = nn.Dropout(size.dropout)

    def forward(self, x: Tensor, mask: Tensor, cache: Cache) -> Tensor:
        """Hear what the mask `(B, N, all)` allows of these places and of those in the cache."""
        heads = self.split(self.norm1(x)).unflatten(2, (3, self.heads, -1))
        queries, keys, values = heads.permute(2, 0, 3, 1, 4)  # (B, heads, N, d / heads)
        if not self.training:
            if cache:
                keys, values = (
                    torch.cat(its, 2) for its in zip(cache, (keys, values), strict=True)
                )
            cache[:] = keys, values
        heard = F.scaled_dot_product_attention(queries, keys, values, mask[:, None])
        x = x + self.drop(self.join(heard.transpose(1, 2).flatten(2)))
        return x + self.drop(self.mlp(self.norm2(x)))


class Upper(nn.Module):
    """Upper codes `(B, N)` to features `(B, N, d)`, each of which knows its neighbours."""

    def __init__(self, size: TransformerSize) -> None:
        super().__init__()
        d = size.width
        self.codes = nn.Embedding(size.n_codes, d)
        self.around = nn.Sequential(
            nn.Conv1d(d, d, 5, padding=2), nn.GELU(), nn.Conv1d(d, d, 3, padding=1)
        )

    def forward(self, codes: Tensor) -> Tensor:
        x = self.codes(codes)
        return x + self.around(x.mT).mT


class CodeTransformer(nn.Module):
    """Logits of every code of a piece, from those before it and from words or upper codes."""

    def __init__(self, size: TransformerSize) -> None:
        super().__init__()
        self.config = size
        d = size.width
        self.codes = nn.Embedding(size.n_codes + 2, d)
        self.places = nn.Parameter(0.02 * torch.randn(size.words + size.places, d))
        if size.upper:
            self.upper = Upper(size)
        else:
            self.words = nn.Embedding(len(WORDS), d)
        self.blocks = nn.ModuleList(Block(size) for _ in range(size.depth))
        self.norm = nn.LayerNorm(d)
        self.out = nn.Linear(d, size.n_codes)

    def embedded(self, heard: Tensor, condition: Tensor) -> Tensor:
        """Return what goes into the first block, `(B, W + T, d)`; see `forward`."""
        x = self.codes(heard)
        if self.config.upper:
            x = vq_music.upsample_condition(x, self.upper(condition))
        else:
            x = torch.cat([self.words(condition), x], dim=1)
        return x + self.places

    def mask(self, condition: Tensor) -> Tensor:
        """Return who hears whom, `(B, W + T, W + T)` bool."""
        is_word = condition[:, : self.config.words] != SILENT
        return vq_music.may_hear(is_word, self.config.places)

    def through(self, x: Tensor, mask: Tensor, caches: list[Cache]) -> Tensor:
        for block, cache in zip(self.blocks, caches, strict=True):
            x = block(x, mask, cache)
        return self.out(self.norm(x))

    def forward(self, heard: Tensor, condition: Tensor) -> Tensor:
        """Return logits of all places, `(B, W + T, K)`.

        Args:
            heard: the codes before each code, `(B, T)`
            condition: a caption's words `(B, W)`, or the upper codes `(B, N)`
        """
        caches: list[Cache] = [[] for _ in self.blocks]
        return self.through(self.embedded(heard, condition), self.mask(condition), caches)

    @property
    def start(self) -> int:
        return self.config.n_codes + NOTHING


class NextCode:
    """Logits `(B, K)` of the next code from the codes so far `(B, t)`; remembers what it heard."""

    def __init__(self, model: CodeTransformer, condition: Tensor) -> None:
        self.model, self.condition = model, condition
        self.mask = model.mask(condition)
        self.caches: list[Cache] = [[] for _ in model.blocks]
        self.done = 0  # places heard

    @torch.inference_mode()
    def __call__(self, codes: Tensor) -> Tensor:
        config = self.model.config
        later = F.pad(codes, (0, config.places - codes.shape[1]))
        heard = vq_music.shifted(later, self.model.start)
        end = config.words + codes.shape[1] + 1
        if end <= self.done:  # other codes than before
            self.done, self.caches = 0, [[] for _ in self.caches]
        x = self.model.embedded(heard, self.condition)[:, self.done : end]
        mask = self.mask[:, self.done : end, :end]
        self.done = end
        return self.model.through(x, mask, self.caches)[:, -1]


def load_transformer(name: str, folder: Path | None = None) -> CodeTransformer:
    """Return the kept "prior" or "upsampler".

    Raises:
        UnusableData: it is missing or damaged.
        BrokenModule: vq_music.py can't be imported.
    """
    path = (folder or kept_folder()) / f"{name}.safetensors"
    return load_kept(
        path, "jukebox", lambda training: CodeTransformer(TransformerSize(**training["model"]))
    )
