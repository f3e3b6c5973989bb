"""A small U-Net that predicts the noise in latents, and whose places ask the words of a caption."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from pydantic import PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from exercise_lib.images.captions import LONGEST, PAD, WORDS
from exercise_lib.images.phrases import N_ROLES, phrases, roles
from exercise_lib.images.vae import CELLS
from exercise_lib.models.students import StudentModule
from exercise_lib.train.settings import CHECKED

if TYPE_CHECKING:
    from exercise_lib import diffusion
else:
    diffusion = StudentModule("diffusion")

N_TIMES = 1000  # of the noising
GROUPS = 8  # of channels that are normalised together
FEATURES = 64  # of the time
HEADS = 4  # of the attention among words
STRESS = 16.0  # of a word's role, in its key


@dataclass(frozen=True, config=CHECKED)
class UnetSize:
    """How large a U-Net is."""

    latents: PositiveInt = 8  # channels of what it gets and gives
    channels: PositiveInt = 48  # at 8 x 8 places; twice as many at 4 x 4
    heads: PositiveInt = 4  # of the attention to words
    text: PositiveInt = 64  # numbers of a word
    text_layers: PositiveInt = 2
    # each phrase of a caption is read by itself, and places ask for words whose thing lies to the
    # left of the other, or to the right, above, below, by as much as they learn to
    by_phrase: bool = False


class TextEncoder(nn.Module):
    """Numbers of words `(B, L)` to a vector of each, `(B, L, text)`: a transformer.

    It is trained with the U-Net, as Rombach et al. (2022) did; Stable Diffusion took CLIP's.
    """

    def __init__(self, size: UnetSize) -> None:
        super().__init__()
        self.words = nn.Embedding(len(WORDS), size.text)
        if not size.by_phrase:
            self.places = nn.Parameter(0.02 * torch.randn(LONGEST, size.text))
        self.by_phrase = size.by_phrase
        layer = nn.TransformerEncoderLayer(
            size.text, HEADS, 4 * size.text, 0.0, "gelu", batch_first=True, norm_first=True
        )
        self.layers = nn.TransformerEncoder(layer, size.text_layers, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(size.text)

    def forward(self, tokens: Tensor, is_word: Tensor) -> Tensor:
        h, unheard = self.words(tokens), ~is_word[:, None]  # (B, 1, L)
        if self.by_phrase:
            number = phrases(tokens)
            unheard = unheard | (number[:, :, None] != number[:, None])
        else:
            h = h + self.places[: tokens.shape[1]]
        unheard = unheard.expand(-1, tokens.shape[1], -1).repeat_interleave(HEADS, 0)
        return self.norm(self.layers(h, unheard))


class Residual(nn.Module):
    """Two convolutions `(B, C, h, w)` -> `(B, C', h, w)`, told the time by scale and shift."""

    def __init__(self, n_in: int, n_out: int, n_time: int) -> None:
        super().__init__()
        self.norm1 = nn.GroupNorm(GROUPS, n_in)
        self.conv1 = nn.Conv2d(n_in, n_out, 3, padding=1)
        self.time = nn.Linear(n_time, 2 * n_out)
        self.norm2 = nn.GroupNorm(GROUPS, n_out)
        self.conv2 = nn.Conv2d(n_out, n_out, 3, padding=1)
        self.skip = nn.Conv2d(n_in, n_out, 1) if n_in != n_out else nn.Identity()

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        h = self.conv1(F.silu(self.norm1(x)))
        scale, shift = self.time(time)[:, :, None, None].chunk(2, dim=1)
        h = self.conv2(F.silu(self.norm2(h) * (1 + scale) + shift))
        return self.skip(x) + h


class AskWords(nn.Module):
    """Cross-attention `(B, C, h, w)` -> `(B, C, h, w)`: places ask, words answer.

    Read by phrase, words come with their role, and each place learns how much it asks for each.
    """

    def __init__(self, channels: int, cells: int, size: UnetSize) -> None:
        super().__init__()
        self.heads, self.text = size.heads, size.text
        self.norm = nn.GroupNorm(GROUPS, channels)
        self.queries = nn.Linear(channels, channels, bias=False)
        self.keys = nn.Linear(size.text, channels, bias=False)
        self.values = nn.Linear(size.text, channels, bias=False)
        self.out = nn.Linear(channels, channels)
        if size.by_phrase:
            self.sides = nn.Parameter(torch.zeros(size.heads, cells**2, N_ROLES))

    def forward(self, x: Tensor, words: Tensor, is_word: Tensor) -> tuple[Tensor, Tensor]:
        """Return the places with what they heard, and the attention `(B, heads, h w, L)`."""
        places = self.norm(x).flatten(2).mT  # (B, h w, C)
        words, role = words[..., : self.text], words[..., self.text :]
        q = self.split(self.queries(places))
        k, v = self.split(self.keys(words)), self.split(self.values(words))
        if role.shape[2]:
            q = torch.cat([q, self.sides.repeat(len(x), 1, 1)], dim=2)
            k = torch.cat([k, role.repeat_interleave(self.heads, 0)], dim=2)
        are_words = is_word.repeat_interleave(self.heads, 0)
        heard, weights = diffusion.cross_attention(q, k, v, are_words)
        heard = heard.unflatten(0, (-1, self.heads)).transpose(1, 2).flatten(2)  # (B, h w, C)
        h = self.out(heard).mT.reshape(x.shape)
        return x + h, weights.unflatten(0, (-1, self.heads))

    def split(self, x: Tensor) -> Tensor:
        """Give each head its numbers, `(B, N, C)` -> `(B heads, N, C / heads)`."""
        return x.unflatten(2, (self.heads, -1)).transpose(1, 2).flatten(0, 1)


class Unet(nn.Module):
    """Noise in latents `(B, C, 8, 8)`, by their time and the words of their captions.

    Inside, it predicts the velocity sqrt(alpha_bar) eps - sqrt(1 - alpha_bar) z_0 of Salimans and
    Ho (2022), from which the noise follows: in a latent that is nearly all noise, that noise is
    nearly known, and all that is to be learned is in the rest.
    """

    alpha_bars: Tensor

    def __init__(self, size: UnetSize) -> None:
        super().__init__()
        self.config = size
        narrow, wide, time = size.channels, 2 * size.channels, 2 * FEATURES
        self.text = TextEncoder(size)
        self.time = nn.Sequential(nn.Linear(FEATURES, time), nn.SiLU(), nn.Linear(time, time))
        self.first = nn.Conv2d(size.latents, narrow, 3, padding=1)
        self.before = Residual(narrow, narrow, time)
        self.ask_before = AskWords(narrow, CELLS, size)
        self.down = nn.Conv2d(narrow, wide, 3, stride=2, padding=1)
        self.deep = nn.ModuleList(Residual(wide, wide, time) for _ in range(2))
        self.ask_deep = nn.ModuleList(AskWords(wide, CELLS // 2, size) for _ in range(2))
        self.up = nn.Conv2d(wide, narrow, 3, padding=1)
        self.behind = nn.ModuleList([Residual(wide, narrow, time), Residual(narrow, narrow, time)])
        self.ask_behind = AskWords(narrow, CELLS, size)
        self.norm = nn.GroupNorm(GROUPS, narrow)
        self.last = nn.Conv2d(narrow, size.latents, 3, padding=1)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)  # type: ignore[arg-type]
        self.register_buffer("alpha_bars", diffusion.alpha_bars(N_TIMES), persistent=False)

    def read(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Return the words of captions `(B, L)` as vectors, and which are words, not padding.

        Read by phrase, each vector ends with a number for each role, all but its own 0.
        """
        is_word = tokens != WORDS.index(PAD)
        words = self.text(tokens, is_word)
        if self.config.by_phrase:
            words = torch.cat([words, STRESS * F.one_hot(roles(tokens), N_ROLES)], dim=2)
        return words, is_word

    def forward(self, latents: Tensor, t: Tensor, tokens: Tensor) -> Tensor:
        """Return the noise of latents z_t at times `(B,)`, by captions `(B, L)`."""
        return self.predict(latents, t, *self.read(tokens))[0]

    def predict(
        self, latents: Tensor, t: Tensor, words: Tensor, is_word: Tensor
    ) -> tuple[Tensor, dict[int, Tensor]]:
        """Predict the noise, and say which places heard which words.

        Args:
            latents: z_t; t: times, `(B,)` int64; words, is_word: from `read`

        Returns:
            noise, as latents; attention of all heads at 8 x 8 and at 4 x 4 places, by their number
            along an axis, `(B, 2 heads, 64, L)` and `(B, 2 heads, 16, L)`
        """
        time = F.silu(self.time(time_features(t)))
        h = self.before(self.first(latents), time)
        narrow, first = self.ask_before(h, words, is_word)
        h = self.down(narrow)
        deep = []
        for residual, ask in zip(self.deep, self.ask_deep, strict=True):
            h, weights = ask(residual(h, time), words, is_word)
            deep.append(weights)
        h = self.up(F.interpolate(h, scale_factor=2.0))
        h = self.behind[0](torch.cat([h, narrow], dim=1), time)
        h, last = self.ask_behind(h, words, is_word)
        velocity = self.last(F.silu(self.norm(self.behind[1](h, time))))
        level = self.alpha_bars[t][:, None, None, None]
        noise = level.sqrt() * velocity + (1 - level).sqrt() * latents
        return noise, {8: torch.cat([first, last], dim=1), 4: torch.cat(deep, dim=1)}


def time_features(t: Tensor) -> Tensor:
    """Return cosines and sines of times, `(B, 64)`, of wave lengths from 6 to 60 000 times."""
    steps = torch.arange(FEATURES // 2, device=t.device) * 2 / FEATURES
    rates = torch.exp(-math.log(10_000) * steps)
    angles = t[:, None] * rates
    return torch.cat([angles.cos(), angles.sin()], dim=1)
