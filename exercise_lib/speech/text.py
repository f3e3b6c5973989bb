"""The text front end: characters to the numbers a network reads."""

from __future__ import annotations

import torch

PADDING = "_"
SYMBOLS = PADDING + " !',-.?abcdefghijklmnopqrstuvwxyz"


def encode_text(text: str, symbols: str = SYMBOLS) -> torch.Tensor:
    """Return the ids of a text's characters, `(T_enc,)`; see `spell` for their case.

    Args: symbols: the table; the first one is for padding.

    Raises:
        ValueError: the text is empty or has characters that the table has not; it names them.
    """
    spelled = spell(text, symbols)
    if unknown := sorted(set(spelled) - set(symbols[1:])):
        raise ValueError(f"no symbol for {' '.join(map(repr, unknown))}; known: {symbols[1:]!r}")
    if not text.strip():
        raise ValueError("the text is empty")
    return torch.tensor([symbols.index(character) for character in spelled])


def spell(text: str, symbols: str = SYMBOLS) -> list[str]:
    """Return a text's characters, in lower case where the table has no upper case for them."""
    return [it if it in symbols[1:] else it.lower() for it in text]
