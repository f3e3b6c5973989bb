"""Phrases of a caption, as numbers of words: which words belong together, and how a thing lies.

<start> | a COLOUR SHAPE | left of | a COLOUR SHAPE | on TEXTURE TONE | <end>
"""

from __future__ import annotations

import torch
from torch import Tensor

from exercise_lib.images.captions import END, PAD, WORDS
from exercise_lib.images.scenes import OPPOSITE, RELATIONS

ARTICLES = torch.tensor([WORDS.index(it) for it in ("a", "an")])
SIDES = torch.tensor([WORDS.index(it.split()[0]) for it in RELATIONS])  # left, right, ...
OPENING = torch.cat([ARTICLES, SIDES, torch.tensor([WORDS.index(it) for it in ("on", END)])])
N_ROLES = 1 + len(RELATIONS)  # 0: it is said of no thing, or of a lone one
TURNED = torch.tensor([0] + [1 + RELATIONS.index(OPPOSITE[it]) for it in RELATIONS])


def phrases(tokens: Tensor) -> Tensor:
    """Return the number of each word's phrase, `(B, L)` int64 from 0; tokens as by `encode`."""
    return torch.isin(tokens, OPENING.to(tokens.device)).cumsum(1)


def things(tokens: Tensor) -> Tensor:
    """Return which thing each word is said of, `(B, L)` int64: 1, 2, or 0 for none."""
    is_article = torch.isin(tokens, ARTICLES.to(tokens.device))
    number = phrases(tokens)
    is_with_article = (number[:, :, None] == number[:, None]) & is_article[:, None]
    return is_with_article.any(2) * is_article.cumsum(1)


def roles(tokens: Tensor) -> Tensor:
    """Return how the thing that a word is said of lies to the other one, `(B, L)` int64.

    1 to 4: left of, right of, above, below it; 0: there is no other one, or it is said of no thing.
    """
    found = (tokens[:, :, None] == SIDES.to(tokens.device)).any(1)  # (B, 4)
    relation = (found * torch.arange(1, N_ROLES, device=tokens.device)).sum(1, keepdim=True)
    its = things(tokens)
    other = TURNED.to(tokens.device)[relation]
    return torch.where(its == 1, relation, torch.where(its == 2, other, 0))


def leave_unsaid(tokens: Tensor, thing: Tensor) -> Tensor:
    """Leave out what captions say of a thing but that it is there: "a ... left of a red circle".

    Args: thing: 1 or 2, or 0 for captions that stay as they are, `(B,)`
    """
    is_article = torch.isin(tokens, ARTICLES.to(tokens.device))
    is_left = (things(tokens) == thing[:, None]) & (thing > 0)[:, None] & ~is_article
    return tokens.masked_fill(is_left, WORDS.index(PAD))
