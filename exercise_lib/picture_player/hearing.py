"""The attention of a transformer's places to words, computed from what its blocks are given."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from exercise_lib.images.dit_network import CrossAttention, CrossBlock, Dit, JointBlock
from exercise_lib.models.students import StudentModule

if TYPE_CHECKING:
    from exercise_lib import dit
else:
    dit = StudentModule("dit")


@contextmanager
def listening(network: Dit) -> Iterator[Callable[[], dict[int, Tensor]]]:
    """Note what the blocks are given; what is returned computes the first picture's attention.

    Returns: a function: attention `(layers heads, h^2, L)` by h, the places along an axis; nothing
        where words are not heard one by one
    """
    given: list[tuple[nn.Module, tuple[Tensor, ...]]] = []
    hooks = [
        it.register_forward_pre_hook(lambda block, its: given.append((block, its)))
        for it in network.blocks
    ]

    def heard() -> dict[int, Tensor]:
        found = [attention_to_words(block, *(it[:1] for it in its)) for block, its in given]
        layers = [it for it in found if it is not None]
        return {network.rows: torch.cat(layers)} if layers else {}

    try:
        yield heard
    finally:
        for hook in hooks:
            hook.remove()


def attention_to_words(block: nn.Module, x: Tensor, *others: Tensor) -> Tensor | None:
    """Return how much each place of one picture attends to each word, `(heads, N, L)`.

    Args:
        block: of a `Dit`, given x `(1, N, d)`, and where it hears words one by one words
            `(1, L, d)`, condition `(1, d)` and is_word `(1, L)`; others hear none: None
    """
    if isinstance(block, CrossBlock):
        return asked(block.cross, x, *others)
    if isinstance(block, JointBlock):
        return jointly_asked(block, x, *others)
    return None


def asked(cross: CrossAttention, x: Tensor, words: Tensor, _: Tensor, is_word: Tensor) -> Tensor:
    """Return softmax(q k^T / sqrt(d)) of places and words, without weight on padding."""
    queries = cross.q(cross.norm(x)).unflatten(2, (cross.heads, -1)).transpose(1, 2)
    keys, _ = cross.kv(words).unflatten(2, (2, cross.heads, -1)).permute(2, 0, 3, 1, 4)
    return shares(queries, keys, is_word)


def jointly_asked(
    block: JointBlock, x: Tensor, words: Tensor, condition: Tensor, is_word: Tensor
) -> Tensor:
    """Return the words' columns of one softmax over places and words."""
    found = []
    for stream, tokens in ((block.picture, x), (block.text, words)):
        shift, scale, *_ = stream.adaLN_modulation(condition).chunk(6, dim=1)
        found.append(stream.attn.split(dit.modulate(stream.norm1(tokens), shift, scale)))
    (queries, keys, _), (_, saying, _) = found
    n = x.shape[1]
    heard = torch.cat([is_word.new_ones(1, n), is_word], dim=1)
    return shares(queries, torch.cat([keys, saying], dim=2), heard)[:, :, n:]


def shares(queries: Tensor, keys: Tensor, is_heard: Tensor) -> Tensor:
    """Return the attention of one picture's queries, `(heads, N, keys)`."""
    scores = queries @ keys.mT / math.sqrt(queries.shape[-1])
    return scores.masked_fill(~is_heard[:, None, None], -math.inf).softmax(dim=-1)[0]
