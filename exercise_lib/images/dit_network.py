"""A diffusion transformer of laptop size, and the three ways in which it hears a caption."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import torch
import torch.nn.functional as F
from pydantic import PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from exercise_lib.images.caption_features import CaptionFeatures
from exercise_lib.models.students import StudentModule
from exercise_lib.train.settings import CHECKED

if TYPE_CHECKING:
    from exercise_lib import dit, flow
else:
    dit, flow = StudentModule("dit"), StudentModule("flow")

Hearing = Literal["pooled", "cross", "joint"]


@dataclass(frozen=True, config=CHECKED)
class DitSize:
    """How large a diffusion transformer is, and how it hears a caption."""

    channels: PositiveInt = 8  # of the latents
    side: PositiveInt = 8  # height and width of the latents
    patch: PositiveInt = 2
    width: PositiveInt = 96
    depth: PositiveInt = 3  # blocks
    heads: PositiveInt = 4
    embedding: PositiveInt = 64  # numbers of a word's feature, and of a caption's embedding
    # "pooled": the caption's embedding is part of the condition, as DiT's class; "cross": places
    # ask words, as in PixArt-alpha; "joint": words are tokens too, as in Stable Diffusion 3
    hearing: Hearing = "joint"
    predicts: Literal["velocity", "noise"] = "velocity"


class CrossAttention(nn.Module):
    """Places ask words: `(B, N, d)` and `(B, L, d)` -> `(B, N, d)`, 0 as training begins."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(width, elementwise_affine=False, eps=1e-6)
        self.q = nn.Linear(width, width)
        self.kv = nn.Linear(width, 2 * width)
        self.proj = nn.Linear(width, width)
        nn.init.zeros_(self.proj.weight)
        nn.init.zeros_(self.proj.bias)

    def forward(self, x: Tensor, words: Tensor, is_word: Tensor) -> Tensor:
        queries = self.q(self.norm(x)).unflatten(2, (self.heads, -1)).transpose(1, 2)
        keys, values = self.kv(words).unflatten(2, (2, self.heads, -1)).permute(2, 0, 3, 1, 4)
        found = F.scaled_dot_product_attention(queries, keys, values, is_word[:, None, None])
        return self.proj(found.transpose(1, 2).flatten(2))


class CrossBlock(nn.Module):
    """Words are heard first, then the block goes on as ever."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.cross = CrossAttention(width, heads)
        self.block = dit.DiTBlock(width, heads)

    def forward(self, x: Tensor, words: Tensor, condition: Tensor, is_word: Tensor) -> Tensor:
        return self.block(x + self.cross(x, words, is_word), condition)


class JointBlock(nn.Module):
    """Two streams with weights of their own, whose tokens attend together."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.picture = dit.DiTBlock(width, heads)
        self.text = dit.DiTBlock(width, heads)

    def forward(
        self, x: Tensor, words: Tensor, condition: Tensor, is_word: Tensor
    ) -> tuple[Tensor, Tensor]:
        streams, tokens = (self.picture, self.text), (x, words)
        six = [it.adaLN_modulation(condition).chunk(6, dim=1) for it in streams]
        places, saying = (
            stream.attn.split(dit.modulate(stream.norm1(its), shift, scale))
            for stream, its, (shift, scale, *_) in zip(streams, tokens, six, strict=True)
        )
        found = flow.joint_attention(places, saying, is_word)
        out = []
        for stream, its, own, (_, _, gate_1, shift_2, scale_2, gate_2) in zip(
            streams, tokens, found, six, strict=True
        ):
            its = its + gate_1[:, None] * stream.attn.join(own)
            thought = stream.mlp(dit.modulate(stream.norm2(its), shift_2, scale_2))
            out.append(its + gate_2[:, None] * thought)
        return out[0], out[1]


class FinalLayer(nn.Module):
    """A norm that the condition turns, then the numbers of each patch."""

    def __init__(self, width: int, n_values: int) -> None:
        super().__init__()
        self.norm_final = nn.LayerNorm(width, elementwise_affine=False, eps=1e-6)
        self.linear = nn.Linear(width, n_values)
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(width, 2 * width))

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        shift, scale = self.adaLN_modulation(condition).chunk(2, dim=1)
        return self.linear(dit.modulate(self.norm_final(x), shift, scale))


class Dit(nn.Module):
    """What is predicted at noisy latents `(B, C, H, W)`, times `(B,)` and captions."""

    def __init__(self, size: DitSize) -> None:
        super().__init__()
        self.config = size
        width, self.rows = size.width, size.side // size.patch
        n_values = size.channels * size.patch**2
        self.patches = nn.Linear(n_values, width)
        self.places = nn.Parameter(0.02 * torch.randn(self.rows**2, width))
        self.time = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
        if size.hearing != "cross":
            self.caption = nn.Linear(size.embedding, width)
        if size.hearing != "pooled":
            self.words = nn.Linear(size.embedding, width)
        kind = {"pooled": dit.DiTBlock, "cross": CrossBlock, "joint": JointBlock}[size.hearing]
        self.blocks = nn.ModuleList(kind(width, size.heads) for _ in range(size.depth))
        self.final = FinalLayer(width, n_values)
        dit.zero_init([it for it in self.blocks.modules() if is_modulated(it)], self.final)

    def forward(self, latents: Tensor, times: Tensor, captions: CaptionFeatures) -> Tensor:
        config = self.config
        x = self.patches(dit.patchify(latents, config.patch)) + self.places
        condition = self.time(dit.time_features(times, config.width))
        if config.hearing != "cross":
            condition = condition + self.caption(captions.pooled)
        if config.hearing == "pooled":
            for block in self.blocks:
                x = block(x, condition)
        else:
            words, is_word = self.words(captions.words), captions.is_word
            for block in self.blocks:
                if config.hearing == "cross":
                    x = block(x, words, condition, is_word)
                else:
                    x, words = block(x, words, condition, is_word)
        return dit.unpatchify(self.final(x, condition), config.patch, self.rows)


def is_modulated(module: nn.Module) -> bool:
    return hasattr(module, "adaLN_modulation")
