"""Language models of codes without a network: what is said depends on all that was said before."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import torch
from torch import Tensor

N_CODES = 7  # of a book; the number behind them is the end


def toy_say(codes: list[int]) -> Tensor:
    """Return logits `(N_CODES + 1,)` of the next code; the end is likely after some rows only."""
    number = 1.0 + sum((place + 1) * (code + 2) for place, code in enumerate(codes))
    logits = 3 * torch.cos(number * torch.arange(1.0, N_CODES + 2))
    logits[-1] = 20.0 if number % 5 == 4 and len(codes) > 2 else -20.0
    return logits


def toy_draw(logits: Tensor) -> int:
    """Draw the end where it is nearly certain, else the second most likely code."""
    order = logits.argsort(descending=True)
    return int(order[0] if logits[order[0]] > 10 else order[1])


def toy_turns(begin: int) -> Callable[[Tensor], int]:
    """Return a draw that takes codes by turns, from the likeliest to the fourth likeliest.

    So the likeliest is often not drawn, and the same logits give another code the next time.
    Probabilities, none of which is below 0, are one turn behind.
    """
    turns = count(begin)

    def draw(logits: Tensor) -> int:
        turn = next(turns) + int(logits.min() < 0)
        return int(logits.argsort(descending=True)[turn % 4])

    return draw


def toy_predict(codes: Tensor) -> Tensor:
    """Return logits `(T, N_CODES)` of the next book, which depend on all books and their order.

    Raises: ValueError: codes are not `(books, T)`.
    """
    if codes.dim() != 2:
        raise ValueError(f"predict takes codes (books, T), and got {tuple(codes.shape)}")
    weights = torch.arange(1.0, len(codes) + 1) ** 2
    heard = weights @ codes.float()  # (T,)
    return torch.cos((heard[:, None] + len(codes)) * torch.arange(1.0, N_CODES + 1))
