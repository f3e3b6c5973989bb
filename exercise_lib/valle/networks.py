"""VALL-E's two transformers in small: one says the first book, one the books behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass as checked_dataclass
from torch import Tensor, nn

from exercise_lib.models.students import StudentModule
from exercise_lib.train.settings import CHECKED

if TYPE_CHECKING:
    from exercise_lib import codec_lm
else:
    codec_lm = StudentModule("codec_lm")

BOOK = 256  # codes of a book
EOS, BOS, HIDDEN = BOOK, BOOK + 1, BOOK + 2  # numbers behind the codes; EOS alone is ever said
SLOWEST = 1000.0  # base of the rotary positions' wavelengths, frames
GAP = 10  # frames between the prompt and what is said, as rotary positions see it


@checked_dataclass(frozen=True, config=CHECKED)
class ModelSize:
    """How large a codec language model is."""

    n_symbols: PositiveInt  # of the alphabet
    pace: PositiveFloat  # frames a symbol, the mean
    n_books: PositiveInt = 3
    width: PositiveInt = 256
    depth: PositiveInt = 4  # blocks
    heads: PositiveInt = 4
    dropout: NonNegativeFloat = 0.1


@dataclass(frozen=True, eq=False)
class Prefix:
    """What is heard before anything is said: text, then the prompt's frames."""

    tokens: Tensor  # (B, P, d)
    positions: Tensor  # (B or 1, P), frames
    exists: Tensor  # (B, P) bool, false for padding


Past = list[tuple[Tensor, Tensor]]  # keys and values of each block so far, (B, heads, N, d / heads)


class Block(nn.Module):
    """A transformer block with rotary positions (Su et al. 2021), `(B, N, d)` -> `(B, N, d)`."""

    def __init__(self, size: ModelSize) -> None:
        super().__init__()
        width, self.heads = size.width, size.heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )
        self.dropout = nn.Dropout(size.dropout)

    def forward(
        self,
        x: Tensor,
        turns: tuple[Tensor, Tensor],
        hears: Tensor,
        past: tuple[Tensor, Tensor] | None = None,
        maps: list[Tensor] | None = None,
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Return the tokens and all keys and values; append attention weights to `maps`.

        Args:
            turns: cosine and sine of each token's rotary angles
            hears: who hears whom, `(B, 1, N, N so far)` bool
            past: keys and values of the tokens before these
        """
        split = self.qkv(self.norm1(x)).unflatten(-1, (3, self.heads, -1))
        queries, keys, values = split.permute(2, 0, 3, 1, 4)  # (B, heads, N, d / heads) each
        queries, keys = turned(queries, turns), turned(keys, turns)
        if past is not None:
            keys, values = torch.cat([past[0], keys], 2), torch.cat([past[1], values], 2)
        if maps is None:
            heard = F.scaled_dot_product_attention(queries, keys, values, attn_mask=hears)
        else:
            scores = queries @ keys.mT / queries.shape[-1] ** 0.5
            maps.append(scores.masked_fill(~hears, -torch.inf).softmax(-1))
            heard = maps[-1] @ values
        x = x + self.dropout(self.out(heard.transpose(1, 2).flatten(2)))
        return x + self.dropout(self.mlp(self.norm2(x))), (keys, values)


def rotations(positions: Tensor, width: int) -> tuple[Tensor, Tensor]:
    """Return cosine and sine of the angles of positions `(B, N)`: `(B, 1, N, width / 2)` each."""
    exponents = torch.arange(0, width, 2, device=positions.device) / width
    angles = positions[:, None, :, None] / SLOWEST**exponents
    return angles.cos(), angles.sin()


def turned(x: Tensor, turns: tuple[Tensor, Tensor]) -> Tensor:
    """Turn pairs of numbers by their angles, so that products depend on distances."""
    cosine, sine = turns
    a, b = x.chunk(2, dim=-1)
    return torch.cat([a * cosine - b * sine, a * sine + b * cosine], dim=-1).to(x.dtype)


class Transformer(nn.Module):
    """What both have in common: symbols and a prompt as tokens, and blocks."""

    def __init__(self, size: ModelSize) -> None:
        super().__init__()
        self.config = size
        width = size.width
        self.symbols = nn.Embedding(size.n_symbols, width)
        self.tables = nn.Parameter(torch.randn(size.n_books, BOOK, width) / size.n_books**0.5)
        self.kinds = nn.Parameter(0.5 * torch.randn(3, width))  # text, prompt, what is said
        self.dropout = nn.Dropout(size.dropout)
        self.blocks = nn.ModuleList(Block(size) for _ in range(size.depth))
        self.norm = nn.LayerNorm(width)

    def prefix(
        self, symbols: Tensor, prompt: Tensor, prompt_lengths: Tensor, pace: Tensor
    ) -> Prefix:
        """Make tokens of symbols `(B, L)` and of the prompt's codes `(B, books, F)`.

        Args: pace: frames a symbol, `(B,)` or `(1,)`: where in time each symbol is expected
        """
        text = self.symbols(symbols) + self.kinds[0]
        heard = sum(table[its] for table, its in zip(self.tables, prompt.unbind(1), strict=False))
        frames = torch.arange(prompt.shape[2], device=prompt.device)
        centres = torch.arange(symbols.shape[1], device=symbols.device) + 0.5
        places = centres * pace[:, None]
        behind = (frames - len(frames) - GAP).expand(len(places), -1)
        return Prefix(
            torch.cat([text, heard + self.kinds[1]], dim=1),
            torch.cat([places, behind], dim=1),
            torch.cat([symbols > 0, frames < prompt_lengths[:, None]], dim=1),
        )

    def run(
        self,
        x: Tensor,
        positions: Tensor,
        hears: Tensor,
        past: Past | None = None,
        maps: list[Tensor] | None = None,
    ) -> tuple[Tensor, Past]:
        """Send tokens through all blocks."""
        x, now = self.dropout(x), []
        turns = rotations(positions, self.config.width // self.config.heads)
        for number, block in enumerate(self.blocks):
            x, its = block(x, turns, hears, past[number] if past else None, maps)
            now.append(its)
        return self.norm(x), now


@dataclass(eq=False)
class Speaking:
    """A batch in the middle of being said."""

    past: Past
    exists: Tensor  # (B, N so far) bool
    said: int  # places behind the prefix
    logits: Tensor  # (B, BOOK + 1) of the next code


class Reader(Transformer):
    """The autoregressive model: codes of the first book, one by one."""

    def __init__(self, size: ModelSize) -> None:
        super().__init__(size)
        self.said = nn.Embedding(BOOK + 3, size.width)
        self.head = nn.Linear(size.width, BOOK + 1)

    def start(self, symbols: Tensor, prompt: Tensor, prompt_lengths: Tensor) -> Prefix:
        pace = torch.tensor([self.config.pace], device=symbols.device)
        return self.prefix(symbols, prompt, prompt_lengths, pace)

    def forward(
        self,
        symbols: Tensor,
        prompt: Tensor,
        prompt_lengths: Tensor,
        inputs: Tensor,
        maps: list[Tensor] | None = None,
    ) -> Tensor:
        """Return what is said at each place, `(B, P + T + 1, BOOK + 1)`.

        Args: inputs: BOS and the codes of the first book, `(B, T + 1)`
        """
        prefix = self.start(symbols, prompt, prompt_lengths)
        x, positions = self._with_said(prefix, inputs)
        hears = codec_lm.prefix_mask(prefix.exists, inputs.shape[1])
        return self.head(self.run(x, positions, hears, maps=maps)[0])

    def _with_said(self, prefix: Prefix, inputs: Tensor) -> tuple[Tensor, Tensor]:
        said = self.said(inputs) + self.kinds[2]
        times = torch.arange(inputs.shape[1], device=inputs.device)[None]
        positions = torch.cat([prefix.positions, times], dim=1)
        return torch.cat([prefix.tokens, said], dim=1), positions

    @torch.inference_mode()
    def begin(self, symbols: Tensor, prompt: Tensor, prompt_lengths: Tensor) -> Speaking:
        """Hear the prefix and BOS, once for all that follows."""
        prefix = self.start(symbols, prompt, prompt_lengths)
        bos = torch.full_like(symbols[:, :1], BOS)
        x, positions = self._with_said(prefix, bos)
        hears = codec_lm.prefix_mask(prefix.exists, 1)
        x, past = self.run(x, positions, hears)
        exists = F.pad(prefix.exists, (0, 1), value=True)
        return Speaking(past, exists, 1, self.head(x[:, -1]))

    @torch.inference_mode()
    def proceed(self, state: Speaking, codes: Tensor) -> Speaking:
        """Hear one more code of each row, `(B,)`."""
        x = self.said(codes[:, None]) + self.kinds[2]
        positions = torch.full((1, 1), state.said, device=codes.device)
        exists = F.pad(state.exists, (0, 1), value=True)
        x, past = self.run(x, positions, exists[:, None, None], state.past)
        return Speaking(past, exists, state.said + 1, self.head(x[:, -1]))


class Filler(Transformer):
    """The non-autoregressive model: all codes of one further book at once."""

    def __init__(self, size: ModelSize) -> None:
        super().__init__(size)
        self.stages = nn.Parameter(0.5 * torch.randn(size.n_books, size.width))
        self.heads = nn.ModuleList(nn.Linear(size.width, BOOK) for _ in range(1, size.n_books))

    def forward(
        self,
        symbols: Tensor,
        prompt: Tensor,
        prompt_lengths: Tensor,
        codes: Tensor,
        lengths: Tensor,
        book: int,
    ) -> Tensor:
        """Return what is said of a book, counted from 0, at all frames: `(B, T, BOOK)`.

        Args: codes: of the books before it, and any behind, `(B, books, T)`
        """
        n_symbols = (symbols > 0).sum(1)
        prefix = self.prefix(symbols, prompt, prompt_lengths, lengths / n_symbols)
        said = codec_lm.stage_input(self.tables, self.stages, codes, book) + self.kinds[2]
        times = torch.arange(codes.shape[2], device=codes.device)
        exists = torch.cat([prefix.exists, times < lengths[:, None]], dim=1)
        positions = torch.cat([prefix.positions, times.expand(len(codes), -1)], dim=1)
        x = torch.cat([prefix.tokens, said], dim=1)
        x, _ = self.run(x, positions, exists[:, None, None])  # no frame is hidden from another
        return self.heads[book - 1](x[:, -len(times) :])
