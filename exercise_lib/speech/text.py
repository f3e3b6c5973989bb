"""The text front end: characters to the numbers a network reads."""

from __future__ import annotations

import torch

PADDING = "_"
SYMBOLS = PADDING + " !',-.?abcdefghijklmnopqrstuvwxyz"
IDS = {symbol: index for index, symbol in enumerate(SYMBOLS)}


def encode_text(text: str) -> torch.Tensor:
    """Return the ids of a text's characters, `(T_enc,)`, lower case.

    Raises:
        ValueError: the text is empty or has characters the corpus does not; it names them.
    """
    lowered = text.lower()
    unknown = sorted(set(lowered) - set(IDS) | ({PADDING} & set(lowered)))
    if unknown:
        raise ValueError(f"no symbol for {' '.join(map(repr, unknown))}; known: {SYMBOLS[1:]!r}")
    if not lowered.strip():
        raise ValueError("the text is empty")
    return torch.tensor([IDS[character] for character in lowered])
